import { exp } from "../../model/mathematics.ts";
import { dot, softplus } from "../linear.ts";
import type { ReferenceNormalizer } from "./normalizer.ts";

/**
 * σ(a_i) / Σ σ(a_j) with σ the sigmoid; (Jᵀc)_i = p_i (1 − σ(a_i)) (c_i − p·c). Computed from log σ(a) = −log(1 + e^(−a)),
 * which does not underflow where all logits are far below 0.   Twin: shaders/normalizers/sigmoid-norm.wgsl
 */
export const sigmoidNorm: ReferenceNormalizer = {
  forward: (a, _, p) => {
    let largest = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < a.length; i++) {
      p[i] = -softplus(-(a[i] as number));
      largest = Math.max(largest, p[i] as number);
    }
    let sum = 0;
    for (let i = 0; i < a.length; i++) sum += p[i] = exp((p[i] as number) - largest);
    for (let i = 0; i < a.length; i++) p[i] = (p[i] as number) / sum;
  },
  pullback: (a, p, c, _, out) => {
    const mean = dot(p, c);
    // 1 − σ(a) as 1/(1 + e^a), which does not cancel where σ(a) is near 1.
    for (let i = 0; i < p.length; i++) out[i] = ((p[i] as number) * ((c[i] as number) - mean)) / (1 + exp(a[i] as number));
  },
};
