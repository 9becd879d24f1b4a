import type { Normalizer, NormalizerKind } from "../../model/normalizers.ts";
import { l1 } from "./l1.ts";
import { l2 } from "./l2.ts";
import { linear } from "./linear.ts";
import type { ReferenceNormalizer } from "./normalizer.ts";
import { relu } from "./relu.ts";
import { sigmoid } from "./sigmoid.ts";
import { sigmoidNorm } from "./sigmoid-norm.ts";
import { softmax } from "./softmax.ts";
import { softmax1 } from "./softmax1.ts";
import { sparsemax } from "./sparsemax.ts";
import { sum } from "./sum.ts";
import { uniform } from "./uniform.ts";

export const referenceNormalizers: { [K in NormalizerKind]: ReferenceNormalizer<Extract<Normalizer, { kind: K }>> } = {
  softmax,
  softmax1,
  sparsemax,
  sigmoid,
  "sigmoid-norm": sigmoidNorm,
  linear,
  sum,
  l1,
  l2,
  relu,
  uniform,
};
