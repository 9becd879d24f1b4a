import type { Point } from "./point.ts";
import { normal, threefry } from "./random.ts";
import { purposes } from "./starts.ts";

/** Columns made orthonormal, in place: Gram-Schmidt, each column twice, which is enough to working precision. */
function orthonormalize(columns: Float64Array[]): void {
  columns.forEach((column, j) => {
    for (let pass = 0; pass < 2; pass++)
      for (let l = 0; l < j; l++) {
        const other = columns[l] as Float64Array;
        const overlap = column.reduce((sum, x, i) => sum + x * (other[i] as number), 0);
        for (let i = 0; i < column.length; i++) column[i] = (column[i] as number) - overlap * (other[i] as number);
      }
    const norm = Math.hypot(...column);
    for (let i = 0; i < column.length; i++) column[i] = (column[i] as number) / norm;
  });
}

/**
 * The design X of a regression, row-major, `samples` rows of `dim`; undefined for other losses. A generated one is
 * Σ_k s_k u_k w_kᵀ with random orthonormal u and w and singular values s spaced evenly from 1 to 1/conditionNumber
 * (arXiv 2603.06248, the authors' notebook). It depends on the seed, samples, dim and condition number alone.
 */
export function designOf(point: Point): Float64Array | undefined {
  if (point.loss.kind !== "regression") return undefined;
  let design = made.get(point);
  if (!design) {
    const { target, loss } = point;
    const isGiven = target.kind === "given" && "design" in target;
    design = isGiven ? Float64Array.from(target.design.flat()) : generate(point, loss.samples ?? 0, loss.conditionNumber ?? 1);
    made.set(point, design);
  }
  return design;
}

/** Every run asks for its design again. */
const made = new WeakMap<Point, Float64Array>();

function generate({ dim, seed }: Point, samples: number, conditionNumber: number): Float64Array {
  const rank = Math.min(samples, dim);
  const random = (side: number, length: number) => {
    const columns = Array.from({ length: rank }, (_, column) =>
      Float64Array.from({ length }, (_, row) => normal(threefry([seed, purposes.design], [side, row * 0x10000 + column])[0])),
    );
    orthonormalize(columns);
    return columns;
  };
  const [left, right] = [random(0, samples), random(1, dim)];
  const design = new Float64Array(samples * dim);
  for (let k = 0; k < rank; k++) {
    const singular = rank === 1 ? 1 : 1 + ((1 / conditionNumber - 1) * k) / (rank - 1);
    for (let s = 0; s < samples; s++)
      for (let c = 0; c < dim; c++)
        design[s * dim + c] = (design[s * dim + c] as number) + singular * (left[k]?.[s] as number) * (right[k]?.[c] as number);
  }
  return design;
}
