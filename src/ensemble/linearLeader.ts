import type { Ensemble } from "../model/ensemble.ts";
import { simulate } from "../reference/simulate.ts";
import { drawStart } from "../reference/start.ts";

/** How far tokens of the run that is followed differ, in units of how far they do. */
const shrunk = 1e-6;
/** Of its steps: differences are found to more digits than those in which they are compared. */
const tolerance = 1e-8;

/** Puts n numbers closer to their mean. */
function shrink(numbers: Float64Array): void {
  const mean = numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
  for (let i = 0; i < numbers.length; i++) numbers[i] = mean + shrunk * ((numbers[i] as number) - mean);
}

/**
 * The token that leads at the end of a run under softmax if differences of tokens only grow as they do near equal tokens: that of the largest
 * logit where the same run begins with its logits and values so close to their means that the flow of differences is linear. It takes any
 * loss: along the way of the output of equal tokens, y' = −∇L(y)/n, a difference of two tokens follows δa' = −∇L·δv/n, δv' = −∇L δa/n. Where that
 * way is straight, the winner has the largest a + c·u with c = tanh(its length) and u what a value has along it.
 * In float64, on the caller's thread.
 */
export function linearLeader(ensemble: Ensemble, run: number): number {
  const state = drawStart(ensemble, run);
  shrink(state.logits);
  for (let k = 0; k < ensemble.dim; k++) shrink(state.values.subarray(k * ensemble.tokens, (k + 1) * ensemble.tokens));
  const record = { ...ensemble.record, trajectories: 0 };
  simulate({ ...ensemble, record, integrator: { kind: "tsit5", rtol: tolerance, atol: shrunk * tolerance } }, state); // which leaves the state at the end of the run
  return state.logits.indexOf(Math.max(...state.logits));
}
