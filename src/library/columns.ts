import { columnNames, columns, columnTypes, hasColumn, none, type VectorName, vectorNames } from "../model/columns.ts";
import type { Ensemble } from "../model/ensemble.ts";
import type { Engine } from "../model/result.ts";
import type { FollowedPart } from "../sweep/follow.ts";

/** Numbers of the engine: float32 of a device, float64 of the CPU. */
type Reals = Float32Array | Float64Array;

/**
 * The columns of the runs of a point, by name: an array of `runs` numbers each. A real number that is absent is NaN; a token, rank or flag that is
 * absent is −1; `status` holds places in `statusNames`, from 1.
 */
export type PointRows = Record<string, Reals | Int32Array | Uint32Array>;

/** With `record.vectors`: arrays of `tokens` × `runs` numbers, token by token: that of token i in run r is at i · runs + r. */
export type PointVectors = Record<VectorName, Reals>;

/** The columns of a point while its runs arrive. */
export class PointColumns {
  readonly rows: PointRows;
  readonly vectors?: PointVectors;
  private readonly ensemble: Ensemble;

  constructor(ensemble: Ensemble, engine: Engine["kind"]) {
    this.ensemble = ensemble;
    const Real = engine === "cpu" ? Float64Array : Float32Array;
    const { runs, tokens, record } = ensemble;
    const names = columnNames.filter((name) => hasColumn(ensemble, name));
    this.rows = Object.fromEntries(names.map((name) => [name, new (arrayFor(columns[name].type, Real))(runs)]));
    if (record.vectors) this.vectors = Object.fromEntries(vectorNames.map((name) => [name, new Real(tokens * runs)])) as PointVectors;
  }

  take({ first, count, rows, vectors }: FollowedPart["portions"][number]): void {
    const { runs, tokens } = this.ensemble;
    // What is absent, the largest word, is −1 as a signed one.
    for (const [name, column] of Object.entries(this.rows)) column.set(rows[name as keyof typeof rows] ?? [], first);
    if (!vectors || !this.vectors) return;
    for (const [v, name] of vectorNames.entries())
      for (let token = 0; token < tokens; token++) {
        const from = (v * tokens + token) * count;
        this.vectors[name].set(vectors.subarray(from, from + count), token * runs + first);
      }
  }
}

/** The type of the array of a column. */
function arrayFor(type: keyof typeof columnTypes, Real: Float32ArrayConstructor | Float64ArrayConstructor) {
  const { word, absent } = columnTypes[type];
  if (word === "f32") return Real;
  return absent === none && type !== "count" ? Int32Array : Uint32Array;
}
