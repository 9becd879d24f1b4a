import { incompleteBeta } from "./beta.ts";

/**
 * P(B ≤ k) of a binomial B: n independent trials, each with chance p.
 * It is I₁₋ₚ(n − k, k + 1), the regularized incomplete beta function (DLMF 8.17.5).
 */
export function atMost(k: number, n: number, p: number): number {
  if (k < 0) return 0;
  return k >= n ? 1 : incompleteBeta(1 - p, n - k, k + 1);
}

/** P(B ≥ k), found as it is and not as a difference from 1: right far out in the tail. */
export function atLeast(k: number, n: number, p: number): number {
  if (k <= 0) return 1;
  return k > n ? 0 : incompleteBeta(p, k, n - k + 1);
}

/**
 * The exact sign test, two-sided: the chance that of `first + second` fair coins the smaller side is as small as this, or smaller;
 * twice the tail, at most 1. McNemar's exact test is this one, of the discordant pairs.   1 where there are none.
 */
export const signTest = (first: number, second: number): number => Math.min(1, 2 * atMost(Math.min(first, second), first + second, 0.5));
