import kernelCos from "@stdlib/math-base-special-kernel-cos";
import kernelSin from "@stdlib/math-base-special-kernel-sin";

/**
 * The elementary functions of everything that reaches results. Those of Math differ in the last bit from one version of a
 * JavaScript engine to the next; these have the same bits in all of them, within an ulp of the exact value. What else results may
 * use is rounded exactly everywhere: Math.sqrt and its like, and 2 ** k of a whole k (test/architecture.test.ts has the list).
 */
export { default as exp } from "@stdlib/math-base-special-exp";
export { default as expm1 } from "@stdlib/math-base-special-expm1";
export { default as log } from "@stdlib/math-base-special-ln";
export { default as log1p } from "@stdlib/math-base-special-log1p";
/** x^y of x ≥ 0. (Of −0, or of a negative x and a y that is not whole, it is wrong.) */
export { default as pow } from "@stdlib/math-base-special-pow";

/** π/2 and what it lacks. */
const half = Math.PI / 2;
const rest = 6.123233995736766e-17;

/** cos x and sin x of 0 ≤ x ≤ π: near 0, π/2 and π, from the difference, which is exact but for the rest of π. */
export function cos(x: number): number {
  if (x <= half / 2) return kernelCos(x, 0);
  return x <= 1.5 * half ? -kernelSin(x - half, -rest) : -kernelCos(Math.PI - x, 2 * rest);
}
export function sin(x: number): number {
  if (x <= half / 2) return kernelSin(x, 0);
  return x <= 1.5 * half ? kernelCos(x - half, -rest) : kernelSin(Math.PI - x, 2 * rest);
}

export const squared = (x: number): number => x * x;

/** The largest whole k with 2^k ≤ x, of a positive and finite x. */
export function floorLog2(x: number): number {
  let k = 0;
  for (; x >= 2; k++) x /= 2;
  for (; x < 1; k--) x *= 2;
  return k;
}

/** The smallest whole k with 2^k ≥ x, of a positive and finite x. */
export const ceilLog2 = (x: number): number => floorLog2(x) + (2 ** floorLog2(x) < x ? 1 : 0);
