import { none } from "../model/columns.ts";
import { log, log1p, squared } from "../model/mathematics.ts";
import { largestShare } from "../model/ties.ts";
import type { Evaluation } from "./field.ts";
import { dot, pullOf } from "./linear.ts";
import type { RankOne } from "./models/model.ts";

/** Index of the largest entry; on ties the lowest, or `none` with `unique`. */
export function leader(x: Float64Array, unique = false): number {
  let best = 0;
  let tied = false;
  for (let i = 1; i < x.length; i++) {
    if ((x[i] as number) > (x[best] as number)) {
      best = i;
      tied = false;
    } else if (x[i] === x[best]) tied = true;
  }
  return unique && tied ? none : best;
}

/** Index of the largest |x_i|; on ties the lowest, or `none` with `unique`. */
export function largestAt(x: Float64Array, unique = false): number {
  let best = 0;
  let most = Math.abs(x[0] as number);
  let tied = false;
  for (let i = 1; i < x.length; i++) {
    const size = Math.abs(x[i] as number);
    if (size > most) {
      best = i;
      most = size;
      tied = false;
    } else if (size === most) tied = true;
  }
  return unique && tied ? none : best;
}

/**
 * What follows from the shares |p_i|/Σ|p|: the largest; `shortfall`, which is 1 − sinkShare, summed from the other tokens; and the
 * entropy −Σ s log s, in nats, with 0·log 0 = 0. Where Σ|p| = 0, all are NaN.
 */
export function shares(weights: Float64Array) {
  const top = largestAt(weights);
  let others = 0;
  for (let i = 0; i < weights.length; i++) if (i !== top) others += Math.abs(weights[i] as number);
  const most = Math.abs(weights[top] as number);
  const total = others + most;
  if (total === 0) return { sinkShare: Number.NaN, shortfall: Number.NaN, entropy: Number.NaN };
  const shortfall = others / total;
  let entropy = -(1 - shortfall) * log1p(-shortfall);
  for (let i = 0; i < weights.length; i++) {
    const s = Math.abs(weights[i] as number) / total;
    if (i !== top && s > 0) entropy -= s * log(s);
  }
  return { sinkShare: most / total, shortfall, entropy };
}

/** The token of the largest share; `none` where Σ|p| = 0 and where the two largest shares are tied. */
export function sinkOf(weights: Float64Array): number {
  const total = weights.reduce((sum, p) => sum + Math.abs(p), 0);
  return total === 0 ? none : largestShare(weights.map((p) => Math.abs(p) / total));
}

const norm = (x: Float64Array) => Math.sqrt(dot(x, x));

/** ‖v_i‖² of the value of each token, n numbers, from V row-major: d rows of n. */
export function squaredNorms(values: Float64Array, n: number): Float64Array {
  const squares = new Float64Array(n);
  for (let row = 0; row < values.length; row += n)
    for (let i = 0; i < n; i++) squares[i] = (squares[i] as number) + squared(values[row + i] as number);
  return squares;
}
export const valueNorms = (values: Float64Array, n: number): Float64Array => squaredNorms(values, n).map(Math.sqrt);

/**
 * a_i + β·v_i/‖β‖, n numbers: the mode that grows where weights are nearly equal, with softmax and a loss of the margin. With p = 1/n + δp and
 * s = −ℓ′ the slopes are (β·δv_i)' = (s‖β‖²/n) δa_i and δa_i' = (s/n) β·δv_i, which have it as their one growing direction.
 */
export function modes(logits: Float64Array, values: Float64Array, target: Float64Array): Float64Array {
  const along = new Float64Array(logits.length);
  pullOf(values, target, along);
  const length = norm(target);
  return logits.map((a, i) => a + (along[i] as number) / length);
}

export function median(x: Float64Array): number {
  const sorted = x.slice().sort();
  const half = sorted.length >> 1;
  const upper = sorted[half] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] as number) + upper) / 2;
}

/** Rank of a token by x, from 1: one more than how many entries are larger; `none` for no token. */
export const rank = (x: Float64Array, token: number): number =>
  token === none ? none : 1 + x.filter((y) => y > (x[token] as number)).length;

/** ‖∂L/∂V‖ and ‖∂L/∂a‖. */
export function gradientNorms(here: Evaluation): [values: number, logits: number] {
  const { logits, values } = here.gradients();
  return [normOfSum(values), norm(logits)];
}

/** ‖Σ l rᵀ‖, the Frobenius norm. Where there are several terms it is taken over all entries, since the terms may cancel. */
function normOfSum(terms: readonly RankOne[]): number {
  const [first] = terms as [RankOne];
  if (terms.length === 1) return norm(first.left) * norm(first.right);
  let square = 0;
  for (let k = 0; k < first.left.length; k++)
    for (let i = 0; i < first.right.length; i++)
      square += squared(terms.reduce((sum, { left, right }) => sum + (left[k] as number) * (right[i] as number), 0));
  return Math.sqrt(square);
}

/** The largest |x_i|; NaN where one is, 0 of no numbers. */
export function largestOf(x: Float64Array): number {
  let most = 0;
  for (let i = 0; i < x.length; i++) most = Math.max(most, Math.abs(x[i] as number));
  return most;
}

/** How large a state has grown. The numbers of the sink are NaN where there is none. */
export function sizes(logits: Float64Array, values: Float64Array, sink: number) {
  const norms = valueNorms(values, logits.length);
  const middle = median(norms);
  const sinkNorm = norms[sink] ?? Number.NaN;
  const [first = 0, second = 0] = logits.slice().sort().reverse();
  return {
    sinkNorm,
    normRatio: middle > 0 ? sinkNorm / middle : Number.NaN,
    largestValue: largestOf(values),
    largestLogit: largestOf(logits),
    logitGap: first - second,
  };
}
