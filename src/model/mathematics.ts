import rareExp from "@stdlib/math-base-special-exp";
import kernelCos from "@stdlib/math-base-special-kernel-cos";
import kernelSin from "@stdlib/math-base-special-kernel-sin";

/**
 * The elementary functions of everything that reaches results. Those of Math differ in the last bit from one version of a
 * JavaScript engine to the next; these have the same bits in all of them, within an ulp of the exact value. What else results may
 * use is rounded exactly everywhere: Math.sqrt and its like, and 2 ** k of a whole k (test/architecture.test.ts has the list).
 */
export { default as expm1 } from "@stdlib/math-base-special-expm1";
export { default as log } from "@stdlib/math-base-special-ln";
export { default as log1p } from "@stdlib/math-base-special-log1p";
/** x^y of x ≥ 0. (Of −0, or of a negative x and a y that is not whole, it is wrong.) */
export { default as pow } from "@stdlib/math-base-special-pow";

/** 2^k by k + 1023, for the k of all normal numbers. */
const powersOfTwo = Float64Array.from({ length: 2047 }, (_, i) => 2 ** (i - 1023));

const log2e = 1 / Math.LN2;

/**
 * e^x with the bits of stdlib's function, which is FreeBSD's e_exp.c: x = k·log 2 + r, and e^r by a rational function of r. This one does not take a number
 * apart to multiply it by 2^k, and goes to stdlib's where e^x is no normal number.
 */
export function exp(x: number): number {
  if (!(x > -708 && x < 709)) return rareExp(x);
  if (x > -(2 ** -28) && x < 2 ** -28) return 1 + x;
  const k = (log2e * x + (x < 0 ? -0.5 : 0.5)) | 0;
  const high = x - k * 6.9314718036912381649e-1;
  const low = k * 1.90821492927058770002e-10;
  const r = high - low;
  const t = r * r;
  const rest =
    0.16666666666666602 +
    t * (-0.0027777777777015593 + t * (0.00006613756321437934 + t * (-0.0000016533902205465252 + t * 4.1381367970572385e-8)));
  const c = r - t * rest;
  return (1 - (low - (r * c) / (2 - c) - high)) * (powersOfTwo[k + 1023] as number);
}

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
