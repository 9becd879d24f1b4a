import { csvOf } from "../../sweep/csv.ts";
import type { Cell } from "../../sweep/parquet.ts";
import type { PointReport, SweepReport } from "../../sweep/sweep.ts";
import { type Figure, type PlotModule, type PlotOptions, renderSvg } from "../plot.ts";
import type { SeriesEntry } from "../series.ts";

/** What figures are drawn from. */
export interface View {
  Plot: PlotModule;
  report: SweepReport;
  series: readonly SeriesEntry[];
  /** The points that are shown one by one: place in the report, name, color, results. */
  panels: readonly { index: number; label: string; color: string; point: PointReport }[];
  /** How a caption ends where panels are fewer than points; else empty. */
  panelNote: string;
}

/** A figure of the report. */
export interface ReportFigure extends Pick<Figure, "name" | "title"> {
  /** Undefined where the figure does not apply. */
  draw(view: View): Figure | undefined;
}

/** A figure from its row; `data` returns what the figure shows, undefined where it does not apply. */
export const figure = <Data>({
  name,
  title,
  ...row
}: Pick<Figure, "name" | "title"> & {
  data(view: View): Data | undefined;
  caption(data: Data, view: View): string;
  csv(data: Data, view: View): string;
  plot(data: Data, view: View): PlotOptions;
}): ReportFigure => ({
  name,
  title,
  draw(view) {
    const data = row.data(view);
    if (data === undefined) return undefined;
    return { name, title, caption: row.caption(data, view), csv: row.csv(data, view), svg: renderSvg(view.Plot, row.plot(data, view)) };
  },
});

/** The entries, or undefined where there are none. */
export const some = <T>(entries: T[]): T[] | undefined => (entries.length > 0 ? entries : undefined);

/** Entries as CSV, a column a key. */
export const csvBy = <K extends string>(keys: readonly K[], entries: readonly Record<K, Cell>[]): string =>
  csvOf(
    keys,
    entries.map((entry) => keys.map((key) => entry[key])),
  );
