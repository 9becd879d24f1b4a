/**
 * Models: how the output y comes of the attention vector a and the value matrix V, with weights p = σ(z).
 *
 * A row: what V starts as by default, whether one matrix does for both, and of how many outer products the slope of V is the sum.
 * Twins: src/reference/models/MODEL.ts.
 */
export const models = {
  /** z = a, y = V p: the logits are the attention vector. */
  "value-softmax": { values: "gaussian", tied: false, terms: 1 },
  /** One matrix U, in the place of V, n = d: z = U a, y = U p. */
  tied: { values: "identity", tied: true, terms: 2 },
} as const;

export type Model = keyof typeof models;
export const modelNames = Object.keys(models) as [Model, ...Model[]];
