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

/** Letters of a name beside lines: they take half of the figure. */
const maxLetters = 50;

/** The points that are shown one by one, see `shownPoints`, and how captions end. Where a name is too long, points have their numbers, and the captions the names. */
function panelsOf({ points }: SweepReport): Pick<View, "panels" | "panelNote"> {
  const named = shownPoints(points).map((index) => {
    const point = points[index] as PointReport;
    const { kind } = point.ensemble.normalizer;
    return { label: label(point) || kind, normalizer: kind, index, point };
  });
  const notes = named.length < points.length ? [`${named.length} of the ${points.length} points.`] : [];
  const isLong = named.some(({ label }) => label.length > maxLetters);
  if (isLong) notes.push(`Points, numbered from 0: ${named.map(({ label, index }) => `${index}, ${label}`).join("; ")}.`);
  const shown = isLong ? named.map((panel) => ({ ...panel, label: `point ${panel.index}` })) : named;
  const colors = colorsOf(shown);
  const panels = shown.map(({ label, index, point }) => ({ label, index, point, color: colors.get(label) as string }));
  return { panels, panelNote: notes.map((note) => ` ${note}`).join("") };
}

/** The figures that apply to a report. Shares over time are drawn from `series`, the sampled runs. */
export async function drawFigures(report: SweepReport, series: readonly SeriesEntry[]): Promise<Figure[]> {
  const view = { Plot: await loadPlot(), report, series, ...panelsOf(report) };
  return [...figures.flatMap((draw) => draw(view) ?? []), ...ownColumns(view)];
}
