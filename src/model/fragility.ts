import type { Ensemble } from "./ensemble.ts";
import { lossRow } from "./losses.ts";
import { models } from "./models.ts";
import { normalizerRow } from "./normalizers.ts";

/*
 * With record.fragility the end of each run is disturbed, at its sink and at a random other token:
 *
 * nudge        the token's value moves by `nudgeSize` times its norm, in a random direction
 * adversarial  it moves as far along +∇L(y)
 * removal      the token is dropped, and the normalizer is applied to the logits of the others
 *
 * What is kept is the relative change of the output, ‖Δy‖/‖y‖, and whether the answer flips. Twins: shaders/observables/fragility.wgsl and
 * src/reference/fragility.ts.
 */
export const disturbances = ["nudge", "adversarial", "removal"] as const;
export type Disturbance = (typeof disturbances)[number];
/** Which token is disturbed. */
export const disturbed = ["sink", "other"] as const;
export type Disturbed = (typeof disturbed)[number];
/** How far a value moves, relative to its norm. */
export const nudgeSize = 0.1;

/** Whether a disturbance is made: a token can be removed where it is known what a normalizer makes of the others. */
export const isDisturbed = ({ record, normalizer }: Ensemble, disturbance: Disturbance): boolean =>
  record.fragility && (disturbance !== "removal" || normalizerRow(normalizer).dropped !== undefined);

/**
 * What the answer of an output is: the sign of β·y, of which under square loss it depends whether y is nearer to β or to −β; for a distribution its
 * most likely class, the largest entry of y. A regression has none: its output is a number for each component, and nothing is decided by it.
 */
export function answerOf({ loss }: Ensemble): "sign" | "largest" | undefined {
  const { target } = lossRow(loss);
  return target === "direction" ? "sign" : target === "distribution" ? "largest" : undefined;
}

/**
 * Whether runs 2k and 2k + 1 are compared: with targets of their own, by which the losses are ordered through β·y; and where logits are not
 * made of values, so that a token can take its logit along.
 */
export const hasDominance = ({ record, model, loss, target }: Ensemble): boolean =>
  record.fragility && !models[model].tied && (lossRow(loss).falls === true || loss.kind === "square") && target.kind !== "given";
