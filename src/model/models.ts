/**
 * Models: how the output y comes of the attention vector a and the value matrix V, with weights p = σ(z).
 *
 * A row: what it is in a few words (`says`), what V starts as by default, whether one matrix does for both, and of how many outer products the slope of V is the sum.
 * Twins: src/reference/models/MODEL.ts.
 */
export const models = {
  "value-softmax": { says: "y = V σ(a): the logits are the attention vector a", values: "gaussian", tied: false, terms: 1 },
  tied: { says: "one matrix U in both places, n = d: z = U a, y = U σ(z)", values: "identity", tied: true, terms: 2 },
} as const;

export type Model = keyof typeof models;
export const modelNames = Object.keys(models) as [Model, ...Model[]];
