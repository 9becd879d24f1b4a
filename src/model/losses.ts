import type { Chosen } from "./table.ts";

/**
 * Losses L(y) of the output y = V p and the target β.
 *
 * A row: its parameters, and whether the loss sees y only through the margin m = β·y.
 * Twins: shaders/losses/KIND.wgsl and src/reference/losses/KIND.ts.
 */
export const losses = {
  /** log(1 + e^(−β·y)), in nats. */
  logistic: { parameters: {}, margin: true },
  /** ½‖y − β‖². */
  square: { parameters: {}, margin: false },
} as const;

export type LossKind = keyof typeof losses;
export type Loss = Chosen<typeof losses>;
