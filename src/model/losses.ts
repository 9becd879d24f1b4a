import * as z from "zod";
import type { targets } from "./starts.ts";
import type { Chosen } from "./table.ts";

/**
 * Losses L(y) of the output y = V p and a target.
 *
 * A row: what it is in a few words (`says`), its parameters, which kinds of target it takes (the first of them is its default), the default
 * end of its flow, and whether it depends on y only through the margin m = β·y, and falls with it. Such a loss has no minimum: as
 * long as values are trained they grow, with the logarithm of time. Its flow can be followed in the margin's own clock,
 * `until: {clock}`, and its twins compute log(−ℓ′(m)) too.
 * Twins: shaders/losses/KIND.wgsl and src/reference/losses/KIND.ts.
 */
export const losses = {
  logistic: { says: "log(1 + e^(−β·y)), in nats", parameters: {}, target: "direction", time: 1e6, margin: true },
  exponential: { says: "e^(−β·y)", parameters: {}, target: "direction", time: 1e6, margin: true },
  square: { says: "½‖y − β‖²", parameters: {}, target: "direction", time: 1e3, margin: false },
  "cross-entropy": { says: "−Σ q_k log softmax(y)_k, in nats", parameters: {}, target: "distribution", time: 1e4, margin: false },
  regression: {
    says: "‖X y − b‖², without ½, with a design X of a chosen condition number, or a given one",
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
} as const satisfies Record<
  string,
  { says: string; parameters: z.ZodRawShape; target: keyof typeof targets; time: number; margin: boolean }
>;

export type LossKind = keyof typeof losses;
/** The losses of a margin, which have its clock. */
export const marginLosses = (Object.keys(losses) as LossKind[]).filter((kind) => losses[kind].margin);
export type Loss = Chosen<typeof losses>;
