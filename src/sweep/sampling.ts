import type { Ensemble } from "../model/ensemble.ts";
import { familyOf } from "../model/families.ts";

/** Verified runs of a point, at most. */
const perPoint = 16;
/** Verified runs of a sweep, at most, but for one of each family. */
const perSweep = 256;
/** Numbers in all verified runs of a point: large runs would take minutes in float64. */
const numbersPerPoint = 2 ** 17;

/**
 * How many runs of each point are verified: 16, fewer of large ensembles, but at least one. Where that makes more than 256 in all, these are
 * spread evenly over the points, with one for the first point of each family.
 */
export function samplesOf(ensembles: readonly Ensemble[]): number[] {
  const most = ensembles.map(({ tokens, dim, runs }) =>
    Math.min(runs, Math.max(1, Math.min(perPoint, Math.floor(numbersPerPoint / (tokens * dim))))),
  );
  if (most.reduce((sum, k) => sum + k, 0) <= perSweep) return most;
  const families = ensembles.map(familyOf);
  const samples = families.map((family, i): number => (families.indexOf(family) === i ? 1 : 0));
  const left = Math.max(0, perSweep - samples.reduce((sum, k) => sum + k, 0));
  for (let j = 0; j < left; j++) {
    const point = Math.floor((j * ensembles.length) / left);
    samples[point] = Math.min(most[point] as number, (samples[point] as number) + 1);
  }
  return samples;
}
