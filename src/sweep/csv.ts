import type { ByteSink, Cell } from "./parquet.ts";

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

/** Writes a CSV file as its rows come. */
export class CsvTable {
  private head: string;

  constructor(
    names: readonly string[],
    private readonly sink: ByteSink,
  ) {
    this.head = csvOf(names, []);
  }

  /** Appends `count` rows. Each column gives the cell of a row 0 … count − 1. */
  async appendColumns(columns: readonly ((row: number) => Cell)[], count: number): Promise<void> {
    const lines = Array.from({ length: count }, (_, row) => lineOf(columns.map((cell) => cell(row))));
    await this.write(lines.join(""));
  }

  /** Writes the header, if there were no rows. */
  async finish(): Promise<void> {
    await this.write("");
  }

  private async write(text: string): Promise<void> {
    const bytes = new TextEncoder().encode(this.head + text);
    this.head = "";
    await this.sink(bytes);
  }
}
