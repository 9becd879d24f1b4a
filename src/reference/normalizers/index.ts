import type { Normalizer, NormalizerKind } from "../../model/normalizers.ts";
import { linear } from "./linear.ts";
import { sigmoid } from "./sigmoid.ts";
import { softmax } from "./softmax.ts";

/**
 * A normalizer in float64. Logits a, weights p and c have length n; `chosen` holds its parameters.
 * `forward` writes p = σ(a); `pullback` writes Jᵀc with J = ∂p/∂a.
 */
export interface ReferenceNormalizer<N = Normalizer> {
  forward(a: Float64Array, chosen: N, p: Float64Array): void;
  pullback(a: Float64Array, p: Float64Array, c: Float64Array, chosen: N, out: Float64Array): void;
}

export const referenceNormalizers: { [K in NormalizerKind]: ReferenceNormalizer<Extract<Normalizer, { kind: K }>> } = {
  softmax,
  sigmoid,
  linear,
};
