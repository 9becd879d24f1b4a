import type { ReferenceModel } from "./model.ts";

/** z = a, y = V p (arXiv 2603.06248, section 3): logits do not depend on values.   Twin: shaders/models/value-softmax.wgsl */
export const valueSoftmax: ReferenceModel = {
  logits: ({ logits }, z) => z.set(logits),
  pullback: (_, q, out) => out.set(q),
  terms: () => [],
  moves: (_, logit) => logit,
};
