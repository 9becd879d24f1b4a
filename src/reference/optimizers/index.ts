import type { Optimizer, OptimizerKind } from "../../model/optimizers.ts";
import { adam } from "./adam.ts";
import { gradientDescent } from "./gradient-descent.ts";
import { lion } from "./lion.ts";
import { momentum } from "./momentum.ts";
import { nesterov } from "./nesterov.ts";
import { normalized } from "./normalized.ts";
import type { ReferenceOptimizer } from "./optimizer.ts";
import { rmsprop } from "./rmsprop.ts";
import { sign } from "./sign.ts";

export const referenceOptimizers: { [K in OptimizerKind]: ReferenceOptimizer<Extract<Optimizer, { kind: K }>> } = {
  "gradient-descent": gradientDescent,
  momentum,
  nesterov,
  sign,
  lion,
  normalized,
  rmsprop,
  adam,
};
