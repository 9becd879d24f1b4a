/**
 * Models: how the output y follows from the attention vector a and the value matrix V, with weights p = σ(z).
 *
 * A row: what it is in a few words (`says`), how V starts by default, whether one matrix is in both places (`tied`), and the number of
 * outer products of which the slope of V is the sum (`terms`).
 * Twins: shaders/models/MODEL.wgsl and src/reference/models/MODEL.ts.
 */
export const models = {
  "value-softmax": { says: "y = V σ(a): the logits are the attention vector a", values: "gaussian", tied: false, terms: 1 },
  tied: { says: "one matrix U in both places, n = d: z = U a, y = U σ(z)", values: "identity", tied: true, terms: 2 },
} as const;

export type Model = keyof typeof models;
export const modelNames = Object.keys(models) as [Model, ...Model[]];
