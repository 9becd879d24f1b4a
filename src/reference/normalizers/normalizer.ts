import type { Normalizer } from "../../model/normalizers.ts";

/** A normalizer σ in float64. Logits a, weights p and a vector c have n numbers each. `chosen` is the normalizer of the specification, with its parameters. */
export interface ReferenceNormalizer<N = Normalizer> {
  /** Writes p = σ(a). */
  forward(a: Float64Array, chosen: N, p: Float64Array): void;
  /** Writes Jᵀc into `out`, with J = ∂p/∂a, given p = σ(a). */
  pullback(a: Float64Array, p: Float64Array, c: Float64Array, chosen: N, out: Float64Array): void;
}
