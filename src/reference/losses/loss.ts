import type { Loss } from "../../model/losses.ts";
import type { LossData } from "../state.ts";

/** A loss L in float64, of the output y (d numbers). `chosen` is the loss of the specification, with its parameters. */
export interface ReferenceLoss<L = Loss> {
  value(y: Float64Array, data: LossData, chosen: L): number;
  /** Writes ∇L(y), d numbers, into `out`. */
  gradient(y: Float64Array, data: LossData, out: Float64Array, chosen: L): void;
}

/** A loss ℓ(m) of the margin m = β·y alone that falls everywhere: `falls` in its row of the table. */
export interface MarginLoss<L = Loss> extends ReferenceLoss<L> {
  /** log(−ℓ′(m)), at any m. */
  logRate(margin: number): number;
}
