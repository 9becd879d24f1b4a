import type { PointReport, SweepReport } from "../sweep/sweep.ts";
import { percent, short, valueName } from "./format.ts";
import { commonOf, timeName } from "./sentences.ts";
import { spaced } from "./spaced.ts";

/** Points that a table has a row for, at most. */
const maxRows = 500;

/** Which points the table has, where it has not all; else undefined. */
export const tableNote = ({ points }: SweepReport): string | undefined =>
  points.length > maxRows ? `The table has ${maxRows} of the ${points.length} points, evenly spaced.` : undefined;

/** The points as rows of cells, the header first: the grid's keys, then results. Of many points some; see `tableNote`. */
export function tableCells(report: SweepReport): string[][] {
  const points = spaced(report.points, maxRows);
  const time = timeName(report) === "flow time" ? "time" : timeName(report);
  const keys = Object.keys(points[0]?.parameters ?? {});
  const threshold = commonOf(report)(({ polarizedAt }) => polarizedAt) ?? "";
  const asked = [
    { name: `${time} to twice uniform`, of: ({ tippingTime }: PointReport) => tippingTime },
    {
      name: `${time} to loss ${commonOf(report)(({ record }) => record.lossAt) ?? ""}`.trim(),
      of: ({ timeToLoss }: PointReport) => timeToLoss,
    },
    ...[...new Set(report.points.flatMap(({ ensemble }) => ensemble.record.columns ?? []))].map((name) => ({
      name,
      of: ({ columns }: PointReport) => columns?.[name],
    })),
  ].filter(({ of }) => report.points.some((point) => of(point)));
  const header = [
    ...keys,
    `share ≥ ${threshold}`.trim(),
    "largest share",
    "entropy",
    `${time} to ${threshold}`.trim(),
    ...asked.map(({ name }) => name),
    "loss",
  ];
  const rows = points.map((point) => [
    ...keys.map((key) => valueName(point.parameters[key])),
    percent(point.polarizedAtEnd),
    short(point.sinkShare?.median),
    short(point.entropy?.median),
    short(point.polarizationTime?.median),
    ...asked.map(({ of }) => short(of(point)?.median)),
    short(point.loss?.median),
  ]);
  return [header, ...rows];
}

/** The points as a table for a terminal, as lines of text. */
export function table(report: SweepReport): string {
  return columnsOf(tableCells(report), Object.keys(report.points[0]?.parameters ?? {}).length).join("\n");
}

/** Rows as lines of text in columns: the first `left` columns are aligned left, the others right. */
export function columnsOf(rows: string[][], left: number): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => [...(row[column] ?? "")].length)));
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const fill = " ".repeat((widths[column] as number) - [...cell].length);
        return column < left ? cell + fill : fill + cell;
      })
      .join("  ")
      .trimEnd(),
  );
}
