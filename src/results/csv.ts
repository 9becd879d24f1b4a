/** What a cell of a CSV file may hold. */
export type Cell = number | bigint | string | boolean | readonly number[] | null;

/** Rows as CSV: RFC 4180, but lines end with a line feed alone. An absent cell is empty, a list is written as JSON. */
export const csvOf = (header: readonly string[], rows: readonly (readonly (Cell | undefined)[])[]): string =>
  [header, ...rows].map(lineOf).join("");

function lineOf(row: readonly (Cell | undefined)[]): string {
  const cells = row.map((x) => {
    const text = typeof x === "object" && x !== null ? JSON.stringify(x) : String(x ?? "");
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  });
  return `${cells.join(",")}\n`;
}
