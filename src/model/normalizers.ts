import * as z from "zod";
import type { Chosen } from "./table.ts";

/** What a normalizer divides by, of the logits; a start at which it is 0 is refused. */
const sumOf = (f: (a: number) => number) => (logits: readonly number[]) => logits.reduce((sum, a) => sum + f(a), 0);

/** What an entry of the table says. */
export interface NormalizerRow {
  readonly parameters: z.ZodRawShape;
  readonly shares: boolean;
  /** Its slope jumps where a logit passes 0, with no weight there to hold it back: fixed steps bounce to and fro. */
  readonly kink?: boolean;
  readonly denominator?: (logits: readonly number[]) => number;
}

/**
 * Normalizers p = σ(a): what turns logits into weights.
 *
 * A row: its parameters; whether the weights are shares already (not negative, summing to one); if it divides by
 * something that can be 0, what that is; and whether it has a kink.
 * Twins: shaders/normalizers/KIND.wgsl and src/reference/normalizers/KIND.ts.
 */
export const normalizers = {
  /** e^(a_i/T) / Σ e^(a_j/T) */
  softmax: { parameters: { temperature: z.number().min(1e-3).max(1e3).default(1) }, shares: true },
  /** e^a_i / (1 + Σ e^a_j) */
  softmax1: { parameters: {}, shares: false },
  /** The nearest point of the simplex. */
  sparsemax: { parameters: {}, shares: true },
  /** 1 / (1 + e^(−a_i)) */
  sigmoid: { parameters: {}, shares: false },
  /** sigmoids over their sum */
  "sigmoid-norm": { parameters: {}, shares: true },
  /** a_i itself */
  linear: { parameters: {}, shares: false },
  /** a_i / Σ a_j */
  sum: { parameters: {}, shares: false, denominator: sumOf((a) => a) },
  /** |a_i| / Σ |a_j| */
  l1: { parameters: {}, shares: true, kink: true, denominator: sumOf(Math.abs) },
  /** a_i² / Σ a_j² */
  l2: { parameters: {}, shares: true, denominator: sumOf((a) => a * a) },
  /** max(a_i, 0) / Σ max(a_j, 0) */
  relu: { parameters: {}, shares: true, denominator: sumOf((a) => Math.max(a, 0)) },
  /** 1/n, frozen */
  uniform: { parameters: {}, shares: true },
} as const satisfies Record<string, NormalizerRow>;

export type NormalizerKind = keyof typeof normalizers;
export type Normalizer = Chosen<typeof normalizers>;
export const normalizerRow = ({ kind }: Pick<Normalizer, "kind">): NormalizerRow => normalizers[kind];
