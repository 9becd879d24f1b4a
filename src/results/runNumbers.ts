import type { Column, VectorName } from "../model/columns.ts";
import type { Engine } from "../model/result.ts";
import { absentIn, arrayOf } from "../model/rows.ts";

/** What is read of the runs of points. */
export interface Wanted {
  /** By default the sink. */
  columns?: readonly Column[];
  /** The specification must have recorded them. */
  vectors?: readonly VectorName[];
}

export type Numbers = Uint32Array | Float32Array | Float64Array;

/** Numbers of the runs of a point. One that is absent is NaN, of a column of whole numbers `none`. */
export interface RunNumbers {
  /** By run. */
  columns: Partial<Record<Column, Numbers>>;
  /** [token][run] */
  vectors: Partial<Record<VectorName, Numbers[]>>;
}

const realOf = (engine: Engine["kind"]) => (engine === "cpu" ? Float64Array : Float32Array);
/** Of so many runs, absent in all. */
export const emptyColumn = (name: Column, runs: number, engine: Engine["kind"]): Numbers =>
  new (arrayOf(name, realOf(engine)))(runs).fill(absentIn(name));

/** Room for what is wanted, all absent. @param points how many runs and tokens each has */
export const emptyRuns = (
  { columns: named = ["sink"], vectors = [] }: Wanted,
  points: readonly { runs: number; tokens: number }[],
  engine: Engine["kind"],
): RunNumbers[] =>
  points.map(({ runs, tokens }) => ({
    columns: Object.fromEntries(named.map((name) => [name, emptyColumn(name, runs, engine)])),
    vectors: Object.fromEntries(
      vectors.map((name) => [name, Array.from({ length: tokens }, () => new (realOf(engine))(runs).fill(Number.NaN))]),
    ),
  }));
