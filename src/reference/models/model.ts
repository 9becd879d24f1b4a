import type { Flowing } from "../state.ts";

/** A term `left` `right`ᵀ of ∂L/∂V: `left` has d numbers, `right` n. */
export interface RankOne {
  left: Float64Array;
  right: Float64Array;
}

/** A model in float64, as functions of a state. Vectors z, q, `logit` and `value` have n numbers. */
export interface ReferenceModel {
  /** Writes z, the logits that the normalizer is given. */
  logits(state: Flowing, z: Float64Array): void;
  /** Writes ∂L/∂a into `out`, given q = ∂L/∂z. */
  pullback(state: Flowing, q: Float64Array, out: Float64Array): void;
  /** The terms of ∂L/∂V that come from z. The term g pᵀ, which comes from y, is not among them. */
  terms(state: Flowing, q: Float64Array): RankOne[];
  /** How far each z_i can move if every a_j moves by up to `logit[j]`, and every entry of column j of the value matrix by up to `value[j]`. */
  moves(state: Flowing, logit: Float64Array, value: Float64Array): Float64Array;
}
