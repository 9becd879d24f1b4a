import {
  type Column,
  type Conditional,
  columnRow,
  columnsOf,
  columnTypes,
  hasColumn,
  none,
  type TypesOfColumns,
  type VectorName,
  vectorNames,
} from "../model/columns.ts";
import type { Ensemble } from "../model/ensemble.ts";
import type { Engine } from "../model/result.ts";
import { isSound } from "../model/status.ts";
import type { FollowedPart } from "../sweep/follow.ts";

/** Numbers of the engine: float32 of a device, float64 of the CPU. */
type Reals = Float32Array | Float64Array;

/** The array of a column. */
type ArrayOf<Name extends Column> = TypesOfColumns[Name] extends "real"
  ? Reals
  : TypesOfColumns[Name] extends "count" | "status"
    ? Uint32Array
    : Int32Array;

/**
 * The columns of runs of a point, by name: an array of a number a run each. A real number that is absent is NaN; a token, rank or flag that is
 * absent is −1; `status` holds places in `statusNames`, from 1. Of a run that did not end soundly all is absent but status, steps and time.
 * Columns that are there for some specifications alone are optional, as those of one's own are, whose names are `Columns`.
 */
export type PointRows<Columns extends string = never> = { [Name in Exclude<Column, Conditional>]: ArrayOf<Name> } & {
  [Name in Conditional]?: ArrayOf<Name>;
} & { [Name in Columns]?: Reals };

/** Columns of any names. */
export type ColumnArrays = Record<string, Reals | Int32Array | Uint32Array>;

/** With `record.vectors`: arrays of `tokens` numbers a run, token by token: that of token i in run r of n is at i · n + r. */
export type PointVectors = Record<VectorName, Reals>;

export type FollowedPortion = FollowedPart["portions"][number];

/** The columns of runs of a point, in arrays of their own, while the runs arrive. */
export class PointColumns {
  private readonly columns: ColumnArrays;
  private readonly vectors?: PointVectors;

  constructor(
    private readonly ensemble: Ensemble,
    engine: Engine["kind"],
    private readonly runs = ensemble.runs,
  ) {
    const Real = engine === "cpu" ? Float64Array : Float32Array;
    const { tokens, record } = ensemble;
    const names = columnsOf(ensemble).filter((name) => hasColumn(ensemble, name));
    this.columns = Object.fromEntries(names.map((name) => [name, new (arrayFor(columnRow(name).type, Real))(runs)]));
    if (record.vectors) this.vectors = Object.fromEntries(vectorNames.map((name) => [name, new Real(tokens * runs)])) as PointVectors;
  }

  /** The columns, and what there is beside them. */
  get held(): { rows: PointRows; vectors?: PointVectors } {
    return { rows: this.columns as PointRows, ...(this.vectors && { vectors: this.vectors }) };
  }

  /** Copies runs. @param at the place of the first one */
  take({ count, rows, vectors }: FollowedPortion, at: number): void {
    const { runs } = this;
    const { tokens } = this.ensemble;
    // What is absent, the largest word, is −1 as a signed one.
    for (const [name, column] of Object.entries(this.columns)) column.set(rows[name as keyof typeof rows] ?? [], at);
    if (vectors && this.vectors)
      for (const [v, name] of vectorNames.entries())
        for (let token = 0; token < tokens; token++) {
          const from = (v * tokens + token) * count;
          this.vectors[name].set(vectors.subarray(from, from + count), token * runs + at);
        }
    for (let run = at; run < at + count; run++) if (!isSound(this.columns["status"]?.[run] as number)) this.clear(run);
  }

  /** Nothing of a run that did not end soundly is a result, as in the tables. */
  private clear(run: number): void {
    for (const [name, column] of Object.entries(this.columns))
      if (!columnRow(name as Column).always) column[run] = column instanceof Int32Array ? -1 : Number.NaN;
    for (const column of Object.values(this.vectors ?? {})) for (let i = run; i < column.length; i += this.runs) column[i] = Number.NaN;
  }
}

/** The type of the array of a column. */
function arrayFor(type: keyof typeof columnTypes, Real: Float32ArrayConstructor | Float64ArrayConstructor) {
  const { word, absent } = columnTypes[type];
  if (word === "f32") return Real;
  return absent === none && type !== "count" ? Int32Array : Uint32Array;
}
