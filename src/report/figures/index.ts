import type { PointReport, SweepReport } from "../../sweep/sweep.ts";
import { label } from "../format.ts";
import { type Figure, loadPlot } from "../plot.ts";
import { shownPoints } from "../samples.ts";
import type { SeriesEntry } from "../series.ts";
import { colorsOf } from "../theme.ts";
import { fans } from "./fans.ts";
import type { Draw, View } from "./figure.ts";
import { overGrid } from "./grid.ts";
import { ownColumns } from "./ownColumns.ts";
import { polarizedBy } from "./polarizedBy.ts";
import { predictors } from "./predictors.ts";
import { shares } from "./shares.ts";
import { sinks } from "./sinks.ts";

/** The figures of a report, in its order. */
const figures: readonly Draw[] = [...overGrid, shares, ...fans, polarizedBy, sinks, predictors];

/** The points that are shown one by one, see `shownPoints`. */
function panelsOf({ points }: SweepReport): View["panels"] {
  const shown = shownPoints(points).map((index) => {
    const point = points[index] as PointReport;
    const { kind } = point.ensemble.normalizer;
    return { label: label(point) || kind, normalizer: kind, index, point };
  });
  const colors = colorsOf(shown);
  return shown.map(({ label, index, point }) => ({ label, index, point, color: colors.get(label) as string }));
}

/** The figures that apply to a report. Shares over time are drawn from `series`, the sampled runs. */
export async function drawFigures(report: SweepReport, series: readonly SeriesEntry[]): Promise<Figure[]> {
  const [Plot, panels, { length }] = [await loadPlot(), panelsOf(report), report.points];
  const panelNote = panels.length < length ? ` ${panels.length} of the ${length} points.` : "";
  const view = { Plot, report, series, panels, panelNote };
  return [...figures.flatMap((draw) => draw(view) ?? []), ...ownColumns(view)];
}
