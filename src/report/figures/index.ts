import type { PointReport, SweepReport } from "../../sweep/sweep.ts";
import { type Figure, loadPlot, type PlotModule } from "../plot.ts";
import { shownPoints } from "../samples.ts";
import type { SeriesEntry } from "../series.ts";
import { label } from "../table.ts";
import { colorsOf } from "../theme.ts";
import { fans } from "./fans.ts";
import type { ReportFigure, View } from "./figure.ts";
import { overGrid } from "./grid.ts";
import { polarizedBy } from "./polarizedBy.ts";
import { predictors } from "./predictors.ts";
import { shares } from "./shares.ts";
import { sinks } from "./sinks.ts";

/** The figures of a report, in its order. */
const figures: readonly ReportFigure[] = [...overGrid, shares, ...fans, polarizedBy, sinks, predictors];

/** The points that are shown one by one: all, or as many as fit, spread over the grid. */
function panelsOf({ points }: SweepReport): View["panels"] {
  const categories = shownPoints(points).map((index) => {
    const point = points[index] as PointReport;
    const { kind } = point.ensemble.normalizer;
    return { label: label(point) || kind, normalizer: kind, index, point };
  });
  const colors = colorsOf(categories);
  return categories.map(({ label, index, point }) => ({ label, index, point, color: colors.get(label) as string }));
}

function viewOf(Plot: PlotModule, report: SweepReport, series: readonly SeriesEntry[]): View {
  const panels = panelsOf(report);
  const { length } = report.points;
  return { Plot, report, series, panels, panelNote: panels.length < length ? ` ${panels.length} of the ${length} points.` : "" };
}

/**
 * The figures of a report that apply to it.
 * @param series of the sampled runs: what the shares over time are drawn from
 */
export async function drawFigures(report: SweepReport, series: readonly SeriesEntry[]): Promise<Figure[]> {
  const view = viewOf(await loadPlot(), report, series);
  return figures.flatMap((figure) => figure.draw(view) ?? []);
}
