import { type Cell, csvOf } from "../../results/csv.ts";
import type { PointReport, SweepReport } from "../../sweep/sweep.ts";
import { type Figure, type PlotModule, type PlotOptions, renderSvg } from "../plot.ts";
import type { SeriesEntry } from "../series.ts";

/** What figures are drawn from. */
export interface View {
  Plot: PlotModule;
  report: SweepReport;
  series: readonly SeriesEntry[];
  /** The points that are shown one by one: index in the report, name, color, results. */
  panels: readonly { index: number; label: string; color: string; point: PointReport }[];
  /** How a caption ends where there are fewer panels than points, or where they have numbers in place of names; else empty. */
  panelNote: string;
}

/** Draws a figure; undefined where it does not apply. */
export type Draw = (view: View) => Figure | undefined;

interface FigureRow<Entry> extends Pick<Figure, "name" | "title"> {
  /** What the figure shows; nothing where it does not apply. */
  entries(view: View): Entry[];
  caption(entries: readonly Entry[], view: View): string;
  csv(entries: readonly Entry[], view: View): string;
  plot(entries: readonly Entry[], view: View): PlotOptions;
}

export const figure =
  <Entry>({ name, title, ...row }: FigureRow<Entry>): Draw =>
  (view) => {
    const entries = row.entries(view);
    if (entries.length === 0) return undefined;
    const svg = renderSvg(view.Plot, row.plot(entries, view));
    return { name, title, caption: row.caption(entries, view), csv: row.csv(entries, view), svg };
  };

/** Entries as CSV, a column a key. */
export const csvBy = <K extends string>(keys: readonly K[], entries: readonly Record<K, Cell>[]): string =>
  csvOf(
    keys,
    entries.map((entry) => keys.map((key) => entry[key])),
  );
