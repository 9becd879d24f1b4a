import erfc from "@stdlib/math-base-special-erfc";
import { exp, log, squared } from "../model/mathematics.ts";

export interface Uniformity {
  chiSquared: number;
  degreesOfFreedom: number;
  pValue: number;
}

/**
 * The upper tail of the chi-squared distribution, Q(a, x) with a = df/2 and x = χ²/2, as its finite sum
 * Σ x^k e^(−x)/Γ(k+1) over k = a−1, a−2, … ≥ 0, and for odd df erfc(√x) besides (Abramowitz and Stegun 26.4.4, 26.4.5).
 * All terms are positive, so it is right far out in the tail, and at any df.
 */
export function upperTail(chiSquared: number, degreesOfFreedom: number): number {
  const x = chiSquared / 2;
  const odd = degreesOfFreedom % 2 === 1;
  let k = odd ? 1 / 2 : 0;
  let logTerm = odd ? k * log(x) - x - log(Math.PI) / 2 + Math.LN2 : -x; // Γ(3/2) = √π/2
  let sum = odd ? erfc(Math.sqrt(x)) : 0;
  for (; k < degreesOfFreedom / 2; k++) {
    sum += exp(logTerm);
    logTerm += log(x / (k + 1));
  }
  return Math.min(1, sum);
}

/** Pearson's chi-squared test that all categories are equally likely. Undefined for no observations. */
export function uniformity(counts: readonly number[]): Uniformity | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  const expected = total / counts.length;
  const chiSquared = counts.reduce((sum, count) => sum + squared(count - expected) / expected, 0);
  const degreesOfFreedom = counts.length - 1;
  return { chiSquared, degreesOfFreedom, pValue: chiSquared === 0 ? 1 : upperTail(chiSquared, degreesOfFreedom) };
}
