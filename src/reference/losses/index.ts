import type { Loss, LossKind, losses } from "../../model/losses.ts";
import { crossEntropy } from "./cross-entropy.ts";
import { exponential } from "./exponential.ts";
import { logistic } from "./logistic.ts";
import { regression } from "./regression.ts";
import { square } from "./square.ts";

/** What a run's output is compared with. */
export interface LossData {
  /** β (d), the distribution q (d) or the response b (samples). */
  target: Float64Array;
  /** Regression's X: samples rows of d, row-major; the same for all runs. */
  design?: Float64Array;
}

/** A loss in float64 of y, length d; `gradient` writes ∇L(y) into `out`; `chosen` holds its parameters. */
export interface ReferenceLoss<L = Loss> {
  value(y: Float64Array, data: LossData, chosen: L): number;
  gradient(y: Float64Array, data: LossData, out: Float64Array, chosen: L): void;
}

/** A loss ℓ(m) of the margin m = β·y alone, which its row of the table calls so. */
export interface MarginLoss<L = Loss> extends ReferenceLoss<L> {
  /** log(−ℓ′(m)), at any m. */
  logRate(margin: number): number;
}

type Twin<K extends LossKind> = (typeof losses)[K]["margin"] extends true ? MarginLoss : ReferenceLoss<Extract<Loss, { kind: K }>>;

export const referenceLosses: { [K in LossKind]: Twin<K> } = {
  logistic,
  exponential,
  square,
  "cross-entropy": crossEntropy,
  regression,
};
