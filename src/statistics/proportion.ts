import betaQuantile from "@stdlib/stats-base-dists-beta-quantile";

/** A share of runs with its 95 % interval. */
export interface Proportion {
  share: number;
  interval: [low: number, high: number];
}

/**
 * The exact 95 % interval of a proportion (Clopper and Pearson 1934): it covers with at least 95 %, for any count,
 * none and all included. Undefined where there is nothing to count from.
 */
export function proportion(count: number, total: number): Proportion | undefined {
  if (total === 0) return undefined;
  const low = count === 0 ? 0 : betaQuantile(0.025, count, total - count + 1);
  const high = count === total ? 1 : betaQuantile(0.975, count + 1, total - count);
  return { share: count / total, interval: [low, high] };
}
