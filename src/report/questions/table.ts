import { csvOf } from "../../results/csv.ts";
import type { Proportion } from "../../statistics/proportion.ts";
import { percent, short } from "../format.ts";
import { escaped, tableHtml } from "../html.ts";
import { type Estimate, estimated } from "./words.ts";

/** What a cell holds: a name or a whole number as it is, a number, a share of runs, or an estimate. Undefined where it is not known. */
type Cell = string | number | Proportion | Estimate | undefined;

/** Numbers behind an answer: a table of the page, and a file of CSV. */
export interface Table {
  /** Of its file, without the extension. */
  name: string;
  /** What the numbers are, of which runs, and what the intervals are. */
  title: string;
  /** `name` and `count` are written as they are; `share` and `estimate` have an interval, three columns of the CSV. */
  columns: readonly { title: string; holds: "name" | "count" | "number" | "share" | "estimate" }[];
  rows: readonly (readonly Cell[])[];
}

function cellText(cell: Cell, holds: Table["columns"][number]["holds"]): string {
  if (cell === undefined) return "–";
  if (typeof cell === "string") return cell;
  if (typeof cell === "number") return holds === "count" ? cell.toLocaleString("en-US") : holds === "name" ? String(cell) : short(cell);
  if ("share" in cell) return percent(cell);
  return estimated(cell);
}

/** The table with its title below it. */
export function tableHtmlOf({ title, columns, rows }: Table): string {
  const named = columns.findIndex(({ holds }) => holds !== "name");
  const cells = rows.map((row) => row.map((cell, i) => cellText(cell, columns[i]?.holds ?? "number")));
  const header = columns.map((column) => column.title);
  return `${tableHtml([header, ...cells], named < 0 ? columns.length : named)}\n<p class="note">${escaped(title)}</p>`;
}

/** The table as CSV, in full precision; what is infinite, as an open end of an interval, is empty. */
export function tableCsv({ columns, rows }: Table): string {
  const header = columns.flatMap(({ title, holds }) =>
    holds === "share" || holds === "estimate" ? [title, `${title}, low`, `${title}, high`] : [title],
  );
  const cells = rows.map((row) =>
    row.flatMap((cell, i) => {
      const holds = columns[i]?.holds;
      if (holds !== "share" && holds !== "estimate") return [cell as string | number | undefined];
      if (typeof cell !== "object") return [undefined, undefined, undefined];
      return ["share" in cell ? cell.share : cell.value, ...cell.interval].map((x) => (Number.isFinite(x) ? x : undefined));
    }),
  );
  return csvOf(header, cells);
}
