import { exp } from "../../model/mathematics.ts";
import { dot } from "../linear.ts";
import type { ReferenceNormalizer } from "./normalizer.ts";

/** e^a_i / (1 + Σ e^a_j): softmax with an additional logit 0 that belongs to no token. (Jᵀc)_i = p_i (c_i − p·c).   Twin: shaders/normalizers/softmax1.wgsl */
export const softmax1: ReferenceNormalizer = {
  forward: (a, _, p) => {
    let largest = 0;
    for (let i = 0; i < a.length; i++) largest = Math.max(largest, a[i] as number);
    let sum = exp(-largest);
    for (let i = 0; i < a.length; i++) sum += p[i] = exp((a[i] as number) - largest);
    for (let i = 0; i < a.length; i++) p[i] = (p[i] as number) / sum;
  },
  pullback: (_a, p, c, _, out) => {
    const mean = dot(p, c);
    for (let i = 0; i < p.length; i++) out[i] = (p[i] as number) * ((c[i] as number) - mean);
  },
};
