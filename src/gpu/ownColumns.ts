import { type ColumnDefinition, definedColumn, endNames } from "../model/definitions.ts";
import type { Ensemble } from "../model/ensemble.ts";
import { constantCase } from "./names.ts";

/** The line behind which a column's own WGSL begins. */
export const columnHeader = (name: string): string => `// column ${name}`;

const parameters = endNames.map((name) => `${name}: ${name === "loss" ? "f32" : "Tokens"}`).join(", ");

/** A column's WGSL as the function `own_column_…`. An expression begins on a line of its own, as statements do. */
function functionOf({ name, wgsl }: ColumnDefinition, i: number): string {
  const [before, after] = /\breturn\b/.test(wgsl) ? ["", ""] : [" return", ";"];
  return `fn own_column_${i}(${parameters}) -> f32 {${before}\n${columnHeader(name)}\n${wgsl}\n${after}}`;
}

/** The WGSL that sets the columns of one's own that an ensemble has. Twin: src/reference/definitions/columns.ts */
export function ownColumns({ record }: Ensemble): string {
  const own = (record.columns ?? []).map((name) => definedColumn(name)?.definition as ColumnDefinition);
  const set = own.map(({ name }, i) => {
    const value = `own_column_${i}(z, p, norms, alignments, loss)`;
    return `  (*row)[COLUMN_${constantCase(name)}] = bitcast<u32>(${value});`;
  });
  return [
    ...own.map(functionOf),
    "fn set_own_columns(row: ptr<function, Row>, s: ptr<function, State>, z: Tokens, p: Tokens, alignments: Tokens, loss: f32) {",
    ...(own.length > 0 ? ["  let norms = value_norms(s);"] : []),
    ...set,
    "}",
  ].join("\n");
}
