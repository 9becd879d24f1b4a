import type { ReferenceNormalizer } from "./normalizer.ts";

/**
 * The point of the simplex nearest to a: p_i = max(a_i − τ, 0). With the logits sorted downward, the support is the longest
 * prefix whose last logit exceeds the prefix's own τ = (Σ a_(j) − 1)/k (Martins and Astudillo, arXiv 1602.02068,
 * algorithm 1). (Jᵀc)_i = c_i − mean of c over the support, on the support.   Twin: shaders/normalizers/sparsemax.wgsl
 */
export const sparsemax: ReferenceNormalizer = {
  forward: (a, _, p) => {
    const sorted = a.slice().sort().reverse();
    let sum = 0;
    let tau = 0;
    for (let k = 1; k <= sorted.length; k++) {
      const x = sorted[k - 1] as number;
      sum += x;
      if (x <= (sum - 1) / k) break;
      tau = (sum - 1) / k;
    }
    for (let i = 0; i < a.length; i++) p[i] = Math.max((a[i] as number) - tau, 0);
  },
  pullback: (_a, p, c, _, out) => {
    let sum = 0;
    let support = 0;
    for (let i = 0; i < p.length; i++)
      if ((p[i] as number) > 0) {
        sum += c[i] as number;
        support++;
      }
    for (let i = 0; i < p.length; i++) out[i] = (p[i] as number) > 0 ? (c[i] as number) - sum / support : 0;
  },
};
