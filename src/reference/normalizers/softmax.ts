import { exp } from "../../model/mathematics.ts";
import type { Normalizer } from "../../model/normalizers.ts";
import type { ReferenceNormalizer } from "./normalizer.ts";

type Softmax = Extract<Normalizer, { kind: "softmax" }>;

/** x/T. A division by 1 changes nothing, and costs as much as any. */
const over = (x: number, temperature: number): number => (temperature === 1 ? x : x / temperature);

/** Softmax with temperature T: p_i = e^(a_i/T) / Σ e^(a_j/T); (Jᵀc)_i = p_i (c_i − p·c) / T.   Twin: shaders/normalizers/softmax.wgsl */
export const softmax: ReferenceNormalizer<Softmax> = {
  forward: (a, { temperature }, p) => {
    let largest = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < a.length; i++) largest = Math.max(largest, a[i] as number);
    let sum = 0;
    for (let i = 0; i < a.length; i++) sum += p[i] = exp(over((a[i] as number) - largest, temperature));
    for (let i = 0; i < a.length; i++) p[i] = (p[i] as number) / sum;
  },
  pullback: (_a, p, c, { temperature }, out) => {
    let mean = 0;
    for (let i = 0; i < p.length; i++) mean += (p[i] as number) * (c[i] as number);
    for (let i = 0; i < p.length; i++) out[i] = over((p[i] as number) * ((c[i] as number) - mean), temperature);
  },
};
