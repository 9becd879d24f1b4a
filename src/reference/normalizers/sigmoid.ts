import { exp } from "../../model/mathematics.ts";
import type { ReferenceNormalizer } from "./normalizer.ts";

/** Sigmoid of each logit by itself: p_i = 1/(1 + e^(−a_i)); (Jᵀc)_i = p_i (1 − p_i) c_i.   Twin: shaders/normalizers/sigmoid.wgsl */
export const sigmoid: ReferenceNormalizer = {
  forward: (a, _, p) => {
    for (let i = 0; i < a.length; i++) p[i] = 1 / (1 + exp(-(a[i] as number)));
  },
  pullback: (a, p, c, _, out) => {
    // 1 − p_i as 1/(1 + e^a_i), which does not cancel where p_i is near 1.
    for (let i = 0; i < a.length; i++) out[i] = ((p[i] as number) * (c[i] as number)) / (1 + exp(a[i] as number));
  },
};
