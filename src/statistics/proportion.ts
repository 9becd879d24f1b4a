import { betaQuantile } from "./beta.ts";

/** A share of runs with its 95 % interval. */
export interface Proportion {
  share: number;
  interval: [low: number, high: number];
}

/** Intervals that were computed, at most so many: one takes up to 0.2 ms, and the points of a grid share many. */
const known = new Map<string, Proportion["interval"]>();
const maxKnown = 2 ** 14;

/**
 * The exact 95 % interval of a proportion (Clopper and Pearson 1934): it covers with at least 95 %, for any count,
 * none and all included. Undefined where there is nothing to count from.
 */
export function proportion(count: number, total: number): Proportion | undefined {
  if (total === 0) return undefined;
  const key = `${count} of ${total}`;
  const interval = known.get(key) ?? intervalOf(count, total);
  if (known.size < maxKnown) known.set(key, interval);
  return { share: count / total, interval: [...interval] };
}

const intervalOf = (count: number, total: number): Proportion["interval"] => [
  count === 0 ? 0 : betaQuantile(0.025, count, total - count + 1),
  count === total ? 1 : betaQuantile(0.975, count + 1, total - count),
];
