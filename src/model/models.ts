/**
 * Models: how the output y comes of the attention vector a and the value matrix V, with weights p = σ(z).
 *
 * A row: what V starts as by default, and whether one matrix does for both.
 * Twins: src/reference/models/MODEL.ts.
 */
export const models = {
  /** z = a, y = V p: the logits are the attention vector. */
  "value-softmax": { values: "gaussian", tied: false },
  /** One matrix U, in the place of V, n = d: z = U a, y = U p. */
  tied: { values: "identity", tied: true },
} as const;

export type Model = keyof typeof models;
export const modelNames = Object.keys(models) as [Model, ...Model[]];
