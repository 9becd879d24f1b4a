import { definedLoss, definedLosses, type LossDefinition } from "./definitions.ts";
import { number, type Shapes, whole } from "./shape.ts";
import type { targets } from "./starts.ts";
import type { Chosen } from "./table.ts";

/** A row of the table. */
export interface LossRow {
  /** What the loss is, in a few words. */
  readonly says: string;
  readonly parameters: Shapes;
  /** Which kinds of target it takes. */
  readonly target: keyof typeof targets;
  /** The one that is the default, if it is not the first. */
  readonly initialTarget?: string;
  /** The default end of its flow. */
  readonly time: number;
  /** Whether it sees y through the margin m = β·y alone. */
  readonly margin: boolean;
  /** Whether it falls with the margin everywhere. */
  readonly falls?: boolean;
}

/**
 * Losses L(y) of the output y = V p and a target.
 *
 * A loss that falls with the margin everywhere has no minimum: as long as values are trained they grow, with the logarithm of time. Its
 * flow can be followed in the margin's own clock, `until: {clock}`, and its twins compute log(−ℓ′(m)) too.
 * Twins: shaders/losses/KIND.wgsl and src/reference/losses/KIND.ts.
 */
export const losses = {
  logistic: { says: "log(1 + e^(−β·y)), in nats", parameters: {}, target: "direction", time: 1e6, margin: true, falls: true },
  exponential: { says: "e^(−β·y)", parameters: {}, target: "direction", time: 1e6, margin: true, falls: true },
  square: { says: "½‖y − β‖²", parameters: {}, target: "direction", time: 1e3, margin: false },
  "cross-entropy": { says: "−Σ q_k log softmax(y)_k, in nats", parameters: {}, target: "distribution", time: 1e4, margin: false },
  regression: {
    says: "‖X y − b‖², without ½, with a design X of a chosen condition number, or a given one",
    parameters: {
      samples: whole(1, 1024).optional().says("rows of the design X; default 20, or those of a given design"),
      conditionNumber: number(1, 1e6).optional().says("largest over smallest singular value of X; default 5; a given design has its own"),
    },
    target: "response",
    time: 1e3,
    margin: false,
  },
} as const satisfies Record<string, LossRow>;

export type LossKind = keyof typeof losses;
export type Loss = Chosen<typeof losses>;

/** A definition as a row: it has no parameters, and it is not known to fall everywhere. */
const rowOf = ({ says = "a loss of one's own", aim, target = "unit", time = 1e3 }: LossDefinition): LossRow => ({
  says,
  parameters: {},
  target: target === "distribution" ? "distribution" : "direction",
  initialTarget: target,
  time,
  margin: aim === "margin",
});

/** The table with the losses that are defined beside it. */
export const lossTable = (): Readonly<Record<string, LossRow>> => ({
  ...losses,
  ...Object.fromEntries(definedLosses().map(({ definition }) => [definition.kind, rowOf(definition)])),
});

export function lossRow({ kind }: { readonly kind: string }): LossRow {
  if (Object.hasOwn(losses, kind)) return losses[kind as LossKind];
  const defined = definedLoss(kind);
  if (!defined) throw new Error(`no loss ${kind}`);
  return rowOf(defined.definition);
}

/** The losses that fall with the margin everywhere, which have its clock. */
export const fallingLosses = (Object.keys(losses) as LossKind[]).filter((kind) => lossRow({ kind }).falls);
