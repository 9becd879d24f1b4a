import { exp } from "../../model/mathematics.ts";
import type { Normalizer } from "../../model/normalizers.ts";
import type { ReferenceNormalizer } from "./normalizer.ts";

type Softmax = Extract<Normalizer, { kind: "softmax" }>;

/** Softmax with temperature T: p_i = e^(a_i/T) / Σ e^(a_j/T); (Jᵀc)_i = p_i (c_i − p·c) / T.   Twin: shaders/normalizers/softmax.wgsl */
export const softmax: ReferenceNormalizer<Softmax> = {
  forward: (a, { temperature }, p) => {
    let largest = Number.NEGATIVE_INFINITY;
    for (const x of a) largest = Math.max(largest, x);
    let sum = 0;
    for (let i = 0; i < a.length; i++) sum += p[i] = exp(((a[i] as number) - largest) / temperature);
    for (let i = 0; i < a.length; i++) p[i] = (p[i] as number) / sum;
  },
  pullback: (_a, p, c, { temperature }, out) => {
    let mean = 0;
    for (let i = 0; i < p.length; i++) mean += (p[i] as number) * (c[i] as number);
    for (let i = 0; i < p.length; i++) out[i] = ((p[i] as number) * ((c[i] as number) - mean)) / temperature;
  },
};
