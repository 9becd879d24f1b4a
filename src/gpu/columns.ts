import shaders from "sinkflow:shaders";
import { type Column, columnRow, columnsOf, hasColumn } from "../model/columns.ts";
import type { Ensemble } from "../model/ensemble.ts";
import { constantCase } from "./names.ts";

const snakeCase = (name: Column) => constantCase(name).toLowerCase();
const fileOf = (name: Column) => `columns/${snakeCase(name).replaceAll("_", "-")}.wgsl`;

/** The columns that an ensemble has and that are computed by a file of their own, as `byMode` is by shaders/columns/by-mode.wgsl. */
const withFile = (ensemble: Ensemble): Column[] =>
  columnsOf(ensemble).filter((name) => fileOf(name) in shaders && hasColumn(ensemble, name));

/** The files of these columns under shaders/. */
export const columnFiles = (ensemble: Ensemble): string[] => withFile(ensemble).map(fileOf);

/**
 * The WGSL that sets these columns, those of the start and those of the end of a run. The file of a column NAME has a function `column_NAME` of the state s, its
 * logits z, weights p, output y and alignments, which gives the word that is stored. Where an ensemble does not have a column its word stays that of ABSENT_ROW.
 */
export function setColumns(ensemble: Ensemble): string {
  const names = withFile(ensemble);
  const set = (at: string, own: readonly Column[]) => [
    `fn set_columns_at_${at}(row: ptr<function, Row>, s: ptr<function, State>, z: Tokens, p: Tokens, y: Vector, alignments: Tokens) {`,
    ...own.map((name) => `  (*row)[COLUMN_${constantCase(name)}] = column_${snakeCase(name)}(s, z, p, y, alignments);`),
    "}",
  ];
  return [
    ...set(
      "start",
      names.filter((name) => columnRow(name).start),
    ),
    ...set(
      "end",
      names.filter((name) => !columnRow(name).start),
    ),
  ].join("\n");
}
