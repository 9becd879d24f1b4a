import type { Ensemble } from "../model/ensemble.ts";
import { familyOf } from "../model/families.ts";

/** Verified runs of a point, at most. */
const perPoint = 16;
/** Verified runs of a sweep, at most, but for one of each family. */
export const perSweep = 256;
/** Numbers in all verified runs of a point: large runs would take minutes in float64. */
const numbersPerPoint = 2 ** 17;

/**
 * How many runs of each point are verified: 16, fewer of large ensembles, but at least one. Where that makes more than 256 in all, these are
 * spread evenly over the points; where there are more points than that, over all but the first of each family, which has one in any case.
 */
export function samplesOf(ensembles: readonly Ensemble[]): number[] {
  const most = ensembles.map(({ tokens, dim, runs }) =>
    Math.min(runs, Math.max(1, Math.min(perPoint, Math.floor(numbersPerPoint / (tokens * dim))))),
  );
  if (most.reduce((sum, k) => sum + k, 0) <= perSweep) return most;
  const points = ensembles.length;
  if (points <= perSweep) return spread(perSweep, points).map((k, i) => Math.min(k, most[i] as number));
  const seen = new Set<string>();
  const isFirst = ensembles.map(familyOf).map((family) => !seen.has(family) && seen.add(family) !== undefined);
  const rest = spread(Math.max(0, perSweep - seen.size), points - seen.size);
  return isFirst.map((first) => (first ? 1 : (rest.pop() as number)));
}

/** So many samples spread evenly over points. */
const spread = (samples: number, points: number): number[] =>
  Array.from({ length: points }, (_, i) => Math.floor(((i + 1) * samples) / points) - Math.floor((i * samples) / points));
