import type { LossKind } from "../../model/losses.ts";
import { logistic } from "./logistic.ts";
import { square } from "./square.ts";

/** A loss in float64. y and the target have length d; `gradient` writes ∇L(y) into `out`. */
export interface ReferenceLoss {
  value(y: Float64Array, target: Float64Array): number;
  gradient(y: Float64Array, target: Float64Array, out: Float64Array): void;
}

export const referenceLosses: Record<LossKind, ReferenceLoss> = { logistic, square };
