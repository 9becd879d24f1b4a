import { definedNormalizer, definedNormalizers, type NormalizerDefinition, type Registered } from "./definitions.ts";
import { palette } from "./palette.ts";
import { number, type Shapes } from "./shape.ts";
import type { Chosen } from "./table.ts";

const sumOf = (f: (a: number) => number) => (logits: ArrayLike<number>) => {
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += f(logits[i] as number);
  return sum;
};

/** A row of the table. */
export interface NormalizerRow {
  /** What the normalizer is, in a few words; a are the logits. */
  readonly says: string;
  /** #rrggbb in every figure; no other row of the table has it. */
  readonly color: string;
  readonly parameters: Shapes;
  /** Whether the weights are shares already: not negative, with the sum 1. */
  readonly shares: boolean;
  /** Its slope jumps where a logit passes 0, and the weight there does not slow the logit down: at fixed steps the logit jumps to and fro. */
  readonly kink?: boolean;
  /** What it divides by, where that can be 0; a start at which it is 0 is refused. */
  readonly denominator?: (logits: ArrayLike<number>) => number;
  /** A logit that takes a token out: it gets no weight, and the others get what they would get without it. `any`, where weights don't depend on logits. */
  readonly dropped?: number | "any";
}

/** Lower than any logit, and far enough from the lowest float32 that a temperature may divide it. */
const lowest = -1e30;

/** Normalizers p = σ(a), which turn logits into weights. Twins: shaders/normalizers/KIND.wgsl and src/reference/normalizers/KIND.ts. */
export const normalizers = {
  softmax: {
    says: "e^(a/T) over their sum, T the temperature",
    color: palette.blue,
    parameters: { temperature: number(1e-3, 1e3).default(1) },
    shares: true,
    dropped: lowest,
  },
  softmax1: {
    says: "e^a over 1 plus their sum, so that all weights may be small",
    color: palette.sky,
    parameters: {},
    shares: false,
    dropped: lowest,
  },
  sparsemax: { says: "the nearest point of the simplex", color: palette.pink, parameters: {}, shares: true, dropped: lowest },
  sigmoid: { says: "1/(1 + e^(−a)), each token for itself", color: palette.vermilion, parameters: {}, shares: false, dropped: lowest },
  "sigmoid-norm": { says: "sigmoids over their sum", color: palette.orange, parameters: {}, shares: true, dropped: lowest },
  linear: { says: "a itself", color: palette.green, parameters: {}, shares: false, dropped: 0 },
  sum: { says: "a over its sum", color: palette.rose, parameters: {}, shares: false, dropped: 0, denominator: sumOf((a) => a) },
  l1: { says: "|a| over Σ|a|", color: palette.teal, parameters: {}, shares: true, dropped: 0, kink: true, denominator: sumOf(Math.abs) },
  l2: { says: "a² over Σa²", color: palette.olive, parameters: {}, shares: true, dropped: 0, denominator: sumOf((a) => a * a) },
  relu: {
    says: "max(a, 0) over its sum",
    color: palette.brown,
    parameters: {},
    shares: true,
    dropped: 0,
    denominator: sumOf((a) => Math.max(a, 0)),
  },
  uniform: { says: "1/n, whatever a is", color: palette.gray, parameters: {}, shares: true, dropped: "any" },
} as const satisfies Record<string, NormalizerRow>;

export type NormalizerKind = keyof typeof normalizers;
export type Normalizer = Chosen<typeof normalizers>;

/** A definition as a row: it has no parameters and no kink, and the color of what has none of its own. */
const rowOf = ({
  definition: { says = "a normalizer of one's own" },
  shares = false,
}: Registered<NormalizerDefinition>): NormalizerRow => ({
  says,
  color: palette.gray,
  parameters: {},
  shares,
});

/** The table with the normalizers that are defined beside it. */
export const normalizerTable = (): Readonly<Record<string, NormalizerRow>> => ({
  ...normalizers,
  ...Object.fromEntries(definedNormalizers().map((one) => [one.definition.kind, rowOf(one)])),
});

export function normalizerRow({ kind }: { readonly kind: string }): NormalizerRow {
  if (Object.hasOwn(normalizers, kind)) return normalizers[kind as NormalizerKind];
  const defined = definedNormalizer(kind);
  if (!defined) throw new Error(`no normalizer ${kind}`);
  return rowOf(defined);
}
