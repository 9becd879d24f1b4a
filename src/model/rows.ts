import { type Always, type Asked, type Column, columnRow, columnTypes } from "./columns.ts";

type Numbers = Uint32Array | Float32Array | Float64Array;
/** The columns of some runs, an entry a run. A `real` one is of float32 from a device, of float64 from the CPU engine. */
export type Rows = Record<Always, Numbers> & Partial<Record<Asked, Numbers>>;
/** The numbers of one run. */
export type Row = Record<Always, number> & Partial<Record<Asked, number>>;

/** Rows of columns that are made one by one. */
export const rowsWith = (names: readonly Column[], make: (name: Column) => Numbers): Rows =>
  Object.fromEntries(names.map((name) => [name, make(name)])) as Rows;
/** Rows of the same columns, each made of that of these. */
export const mapRows = (rows: Rows, change: (numbers: Numbers, name: Column) => Numbers): Rows =>
  Object.fromEntries(Object.entries(rows).map(([name, numbers]) => [name, change(numbers, name as Column)])) as Rows;

export const rowAt = (rows: Rows, run: number): Row =>
  Object.fromEntries(Object.entries(rows).map(([name, numbers]) => [name, numbers[run]])) as Row;

/** The type of the array of a column: unsigned words, or the numbers of the engine. */
export const arrayOf = (name: Column, Real: Float32ArrayConstructor | Float64ArrayConstructor) =>
  columnTypes[columnRow(name).type].word === "u32" ? Uint32Array : Real;

/** What says in an array of a column that a run has nothing there. */
export const absentIn = (name: Column): number =>
  columnTypes[columnRow(name).type].word === "f32" ? Number.NaN : columnTypes[columnRow(name).type].absent;

/** Room for so many runs. */
export const emptyRows = (names: readonly Column[], runs: number, Real: Float32ArrayConstructor | Float64ArrayConstructor): Rows =>
  rowsWith(names, (name) => new (arrayOf(name, Real))(runs));

/**
 * Copies rows into others, from entry `from` on. A column that they don't have becomes absent there.
 * @param runs how many
 */
export function copyRows(to: Rows, rows: Rows, from: number, runs: number): void {
  for (const name of Object.keys(to) as Column[]) {
    const numbers = rows[name];
    if (numbers) to[name]?.set(numbers, from);
    else to[name]?.fill(absentIn(name), from, from + runs);
  }
}
