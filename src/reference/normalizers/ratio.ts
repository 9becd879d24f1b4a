import { dot } from "../linear.ts";
import type { ReferenceNormalizer } from "./normalizer.ts";

/**
 * A normalizer p_i = f(a_i) / Σ f(a_j), so (Jᵀc)_i = f′(a_i) (c_i − p·c) / Σ f(a_j). Where the sum is 0, weights and slopes are 0.
 * @param f the numerator of a weight, from its logit
 * @param slope f′
 */
export function ratio(f: (a: number) => number, slope: (a: number) => number): ReferenceNormalizer {
  const total = (a: Float64Array) => {
    let sum = 0;
    for (let i = 0; i < a.length; i++) sum += f(a[i] as number);
    return sum;
  };
  return {
    forward: (a, _, p) => {
      const sum = total(a);
      for (let i = 0; i < a.length; i++) p[i] = sum === 0 ? 0 : f(a[i] as number) / sum;
    },
    pullback: (a, p, c, _, out) => {
      const sum = total(a);
      const mean = dot(p, c);
      for (let i = 0; i < a.length; i++) out[i] = sum === 0 ? 0 : (slope(a[i] as number) * ((c[i] as number) - mean)) / sum;
    },
  };
}
