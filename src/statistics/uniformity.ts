import gammainc from "@stdlib/math-base-special-gammainc";

export interface Uniformity {
  chiSquared: number;
  degreesOfFreedom: number;
  pValue: number;
}

/**
 * Pearson's chi-squared test that all categories are equally likely. The upper tail Q(df/2, χ²/2) is computed as
 * such, not as 1 − cdf, and so is right also at 1e-40. Undefined for no observations.
 */
export function uniformity(counts: readonly number[]): Uniformity | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  const expected = total / counts.length;
  const chiSquared = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  const degreesOfFreedom = counts.length - 1;
  return { chiSquared, degreesOfFreedom, pValue: chiSquared === 0 ? 1 : gammainc(chiSquared / 2, degreesOfFreedom / 2, true, true) };
}
