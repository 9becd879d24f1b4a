import type { Loss, LossKind, losses } from "../../model/losses.ts";
import { crossEntropy } from "./cross-entropy.ts";
import { exponential } from "./exponential.ts";
import { logistic } from "./logistic.ts";
import type { MarginLoss, ReferenceLoss } from "./loss.ts";
import { regression } from "./regression.ts";
import { square } from "./square.ts";

type Twin<K extends LossKind> = (typeof losses)[K] extends { falls: true } ? MarginLoss : ReferenceLoss<Extract<Loss, { kind: K }>>;

export const referenceLosses: { [K in LossKind]: Twin<K> } = {
  logistic,
  exponential,
  square,
  "cross-entropy": crossEntropy,
  regression,
};
