import type { Model } from "../../model/models.ts";
import type { Flowing } from "../stepper.ts";
import { tied } from "./tied.ts";
import { valueSoftmax } from "./value-softmax.ts";

/** A term l rᵀ of a gradient by the value matrix: `left` has d numbers, `right` n. */
export interface RankOne {
  left: Float64Array;
  right: Float64Array;
}

/** A model in float64, of a state: the attention vector a (`logits` of the state, n) and the value matrix (d rows of n). */
export interface ReferenceModel {
  /** Writes the logits z, what the normalizer is given. */
  logits(state: Flowing, z: Float64Array): void;
  /** Writes ∂L/∂a, given q = ∂L/∂z. */
  pullback(state: Flowing, q: Float64Array, out: Float64Array): void;
  /** The terms of ∂L/∂V that come of z, beside g pᵀ, which comes of y. */
  terms(state: Flowing, q: Float64Array): RankOne[];
  /** How far each z_i can move by so much, `logit`, in every a_i and, `value`, in every entry of a column of the value matrix. */
  moves(state: Flowing, logit: Float64Array, value: Float64Array): Float64Array;
}

export const referenceModels: { [K in Model]: ReferenceModel } = { "value-softmax": valueSoftmax, tied };
