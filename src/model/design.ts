import type { Ensemble } from "./ensemble.ts";
import { normal, threefry } from "./random.ts";
import { purposes } from "./starts.ts";

/** Makes columns orthonormal, in place, by the Gram-Schmidt process, twice for each column, which is enough to working precision. */
function orthonormalize(columns: Float64Array[]): void {
  columns.forEach((column, j) => {
    for (let pass = 0; pass < 2; pass++)
      for (let l = 0; l < j; l++) {
        const other = columns[l] as Float64Array;
        const overlap = column.reduce((sum, x, i) => sum + x * (other[i] as number), 0);
        for (let i = 0; i < column.length; i++) column[i] = (column[i] as number) - overlap * (other[i] as number);
      }
    const norm = Math.sqrt(column.reduce((sum, x) => sum + x * x, 0));
    for (let i = 0; i < column.length; i++) column[i] = (column[i] as number) / norm;
  });
}

/** Kept, since the design is needed for every run. */
const designs = new WeakMap<Ensemble, Float64Array>();

/**
 * The design X of a regression, row-major, `samples` rows of `dim`; undefined for other losses. A generated one is
 * Σ_k s_k u_k w_kᵀ with random orthonormal u and w and singular values s spaced evenly from 1 to 1/conditionNumber
 * (arXiv 2603.06248, the authors' notebook). It depends on the seed, samples, dim and condition number alone.
 */
export function designOf(ensemble: Ensemble): Float64Array | undefined {
  const { target, loss, dim } = ensemble;
  if (loss.kind !== "regression") return undefined;
  const make = () =>
    target.kind === "given" && "design" in target
      ? Float64Array.from(target.design.flat())
      : multiply(factorsOf(ensemble) as Factors, loss.samples ?? 0, dim);
  const design = designs.get(ensemble) ?? make();
  designs.set(ensemble, design);
  return design;
}

/** X = Σ_k singular_k left_k right_kᵀ, with orthonormal left (of `samples` numbers each) and right (`dim`). */
interface Factors {
  left: Float64Array[];
  right: Float64Array[];
  singular: Float64Array;
}

/** Whether two ensembles of one family have the same design, or none. */
export function haveSameDesign(a: Ensemble, b: Ensemble): boolean {
  if (a.loss.kind !== "regression" || b.loss.kind !== "regression") return true;
  const [one, other] = [a.target, b.target].map((target) => ("design" in target ? target.design : undefined));
  if (!one || !other) return a.seed === b.seed && a.loss.conditionNumber === b.loss.conditionNumber;
  return one === other || one.every((row, i) => row.every((x, k) => x === other[i]?.[k]));
}

/** How many singular values a generated design has. */
export const rankOf = ({ samples = 0 }: { samples?: number | undefined }, dim: number): number => Math.min(samples, dim);

/** The singular value decomposition of a generated design; undefined for a given one, and for other losses. */
export function factorsOf(ensemble: Ensemble): Factors | undefined {
  const { loss, target, dim, seed } = ensemble;
  if (loss.kind !== "regression" || target.kind === "given") return undefined;
  const { samples = 0, conditionNumber = 1 } = loss;
  const rank = rankOf(loss, dim);
  const random = (side: number, length: number) => {
    const columns = Array.from({ length: rank }, (_, column) =>
      Float64Array.from({ length }, (_, row) => normal(threefry([seed, purposes.design], [side, row * 0x10000 + column])[0])),
    );
    orthonormalize(columns);
    return columns;
  };
  const singular = Float64Array.from({ length: rank }, (_, k) => (rank === 1 ? 1 : 1 + ((1 / conditionNumber - 1) * k) / (rank - 1)));
  return { left: random(0, samples), right: random(1, dim), singular };
}

function multiply({ left, right, singular }: Factors, samples: number, dim: number): Float64Array {
  const design = new Float64Array(samples * dim);
  for (const [k, s_k] of singular.entries())
    for (let s = 0; s < samples; s++)
      for (let c = 0; c < dim; c++)
        design[s * dim + c] = (design[s * dim + c] as number) + s_k * (left[k]?.[s] as number) * (right[k]?.[c] as number);
  return design;
}
