import * as z from "zod";
import type { targets } from "./starts.ts";
import type { Chosen } from "./table.ts";

/**
 * Losses L(y) of the output y = V p and a target.
 *
 * A row: its parameters, which kinds of target it takes (the first of them is its default), to what time it is
 * followed by default, and whether it sees y only through the margin m = β·y, and falls with it. Such a loss has no minimum: as
 * long as values are trained they grow, with the logarithm of time; its flow can be followed in the margin's own clock,
 * `until: {clock}`, and its twins tell log(−ℓ′(m)) too.
 * Twins: shaders/losses/KIND.wgsl and src/reference/losses/KIND.ts.
 */
export const losses = {
  /** log(1 + e^(−β·y)), in nats. */
  logistic: { parameters: {}, target: "direction", time: 1e6, margin: true },
  /** e^(−β·y). */
  exponential: { parameters: {}, target: "direction", time: 1e6, margin: true },
  /** ½‖y − β‖². */
  square: { parameters: {}, target: "direction", time: 1e3, margin: false },
  /** −Σ q_k log softmax(y)_k, in nats. */
  "cross-entropy": { parameters: {}, target: "distribution", time: 1e4, margin: false },
  /** ‖X y − b‖², without ½. A given design has its own number of rows, and its own condition number. */
  regression: {
    parameters: {
      samples: z.int().min(1).max(1024).optional().describe("rows of the design X; default 20, or those of a given design"),
      conditionNumber: z
        .number()
        .min(1)
        .max(1e6)
        .optional()
        .describe("largest over smallest singular value of X; default 5; a given design has its own"),
    },
    target: "response",
    time: 1e3,
    margin: false,
  },
} as const satisfies Record<string, { parameters: z.ZodRawShape; target: keyof typeof targets; time: number; margin: boolean }>;

export type LossKind = keyof typeof losses;
/** The losses of a margin, which have its clock. */
export const marginLosses = (Object.keys(losses) as LossKind[]).filter((kind) => losses[kind].margin);
export type Loss = Chosen<typeof losses>;
