import { atLeast, atMost } from "./binomial.ts";
import { type Interval, tail } from "./interval.ts";

/** A quantile over runs with its 95 % interval. */
export interface QuantileEstimate {
  value: number;
  interval: Interval;
  /** Numbers that it is of. */
  count: number;
  /** Those that were NaN, which it is not of. */
  absent: number;
}

/**
 * The ranks, from 0, of the two order statistics between which the quantile p lies with a chance of at least 0.95, whatever the
 * distribution: of n numbers B ~ binomial(n, p) are below it, and each tail has at most 0.025 (Conover, Practical Nonparametric
 * Statistics, 3rd ed., 3.2; also where numbers are equal).
 * An end is undefined where n is too small for one: it is then open.
 */
export function quantileRanks(n: number, p: number): { low: number | undefined; high: number | undefined } {
  // The largest l with P(B < l) ≤ tail, and the smallest u with P(B ≥ u) ≤ tail, are ranks from 1.
  const low = firstWhere(n, (k) => atMost(k, n, p) > tail);
  const high = firstWhere(n, (k) => atLeast(k, n, p) <= tail);
  return { low: low === 0 ? undefined : low - 1, high: high > n ? undefined : high - 1 };
}

/** The least k from 0 to n for which something holds that holds from there on; n + 1 where there is none. */
function firstWhere(n: number, holds: (k: number) => boolean): number {
  let [low, high] = [0, n + 1];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * The quantile p of some numbers, with its exact interval from order statistics. The value is that of summaries (type 7: linear
 * between order statistics). NaN is left out and counted; an infinite number keeps its place, so a time that was not reached may be
 * given as infinite.   Undefined where no number is left.
 */
export function quantileWithInterval(numbers: ArrayLike<number>, p = 0.5): QuantileEstimate | undefined {
  const sorted = Float64Array.from(numbers).sort(); // NaN comes last
  let count = sorted.length;
  while (count > 0 && Number.isNaN(sorted[count - 1] as number)) count--;
  if (count === 0) return undefined;
  const { low, high } = quantileRanks(count, p);
  const at = (rank: number | undefined, open: number) => (rank === undefined ? open : (sorted[rank] as number));
  return {
    value: between(sorted, p * (count - 1)),
    interval: [at(low, Number.NEGATIVE_INFINITY), at(high, Number.POSITIVE_INFINITY)],
    count,
    absent: sorted.length - count,
  };
}

/** Linear between the order statistics on either side of a place; infinite only where one of them that counts is. */
function between(sorted: Float64Array, place: number): number {
  const below = Math.floor(place);
  const [low, weight] = [sorted[below] as number, place - below];
  const high = weight === 0 ? low : (sorted[below + 1] as number);
  return low === high ? low : low + weight * (high - low);
}
