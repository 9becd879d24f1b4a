import { copyInto } from "../linear.ts";
import type { ReferenceModel } from "./model.ts";

/** z = a, y = V p (arXiv 2603.06248, section 3): logits do not depend on values.   Twin: shaders/models/value-softmax.wgsl */
export const valueSoftmax: ReferenceModel = {
  logits: ({ logits }, z) => copyInto(z, logits),
  pullback: (_, q, out) => copyInto(out, q),
  terms: () => [],
  moves: (_, logit) => logit,
};
