import { z } from "zod";
import type { Chosen } from "./table.ts";

/**
 * Normalizers p = σ(a): what turns logits into weights.
 *
 * A row: its parameters, and whether the weights are shares already (not negative, summing to one).
 * Twins: shaders/normalizers/KIND.wgsl and src/reference/normalizers/KIND.ts.
 */
export const normalizers = {
  /** e^(a_i/T) / Σ e^(a_j/T) */
  softmax: { parameters: { temperature: z.number().min(1e-3).max(1e3).default(1) }, shares: true },
  /** 1 / (1 + e^(−a_i)) */
  sigmoid: { parameters: {}, shares: false },
  /** a_i itself */
  linear: { parameters: {}, shares: false },
} as const;

export type NormalizerKind = keyof typeof normalizers;
export type Normalizer = Chosen<typeof normalizers>;
