import { designOf } from "../model/design.ts";
import { type Ensemble, untilMoment } from "../model/ensemble.ts";
import { isAdaptive } from "../model/integrators.ts";
import { normalizerRow } from "../model/normalizers.ts";
import type { Sample } from "../model/result.ts";
import { isSound, statuses } from "../model/status.ts";
import { referenceModels } from "../reference/models/index.ts";
import type { SimulateOptions } from "../reference/run.ts";
import { type RunResult, simulate } from "../reference/simulate.ts";
import { copyOf, type Flowing, type State } from "../reference/state.ts";

/** One float32 ulp, relative to a number at the bottom of its binade. */
export const ulp = 2 ** -23;

/** Runs of the reference from the start of a sampled run. */
export interface Replays {
  /** As it is, with its state at the end. */
  exact: RunResult & { state: State };
  /** With float32 disturbances after every step. */
  disturbed: RunResult[];
  /** With adaptive steps: at other tolerances and from other first steps. */
  otherSteps: RunResult[];
}

/**
 * Follows the reference from the start of a sampled run: as it is; with its state rounded to float32 after every step; and twice with
 * every number moved by one ulp up or down at random. A device takes other adaptive steps than the reference, so its error, which the
 * tolerances allow, is another. Hence with adaptive steps the reference is also followed at a tenth of the tolerances, and from five
 * other first steps; and a run that ended early (converged, stalled, at its maximal number of steps) is followed to the time at which it ended.
 * @returns undefined where a logit crosses a kink at fixed steps: the logit then jumps to and fro about 0 and may become exactly 0 in
 * float32, where it stays, so that rounding decides the run
 */
export function replaysOf(ensemble: Ensemble, sample: Sample): Replays | undefined {
  const { integrator } = ensemble;
  const design = designOf(ensemble)?.map(Math.fround); // as the device has it
  const endedEarly = isAdaptive(integrator) && isSound(sample.row.status) && sample.row.status !== statuses.completed;
  const until = endedEarly && sample.row.time > 0 ? untilMoment(ensemble, sample.row.time) : ensemble.until;
  const follow = (options: SimulateOptions, change: Partial<Ensemble> = {}) => {
    const state: State = { ...copyOf(sample), target: sample.target, ...(design && { design }) };
    return { ...simulate({ ...ensemble, until, ...change }, state, options), state };
  };
  const kink = normalizerRow(ensemble.normalizer).kink && !isAdaptive(integrator);
  const signs = signsOf(ensemble, sample);
  let crossed = false;
  const exact = follow({
    disturb: (state) => {
      if (kink) crossed ||= signsOf(ensemble, state).some((sign, i) => sign !== signs[i]);
    },
  });
  if (crossed) return undefined;
  const disturbances = [Math.fround, randomUlp(2 * sample.run), randomUlp(2 * sample.run + 1)];
  const disturbed = disturbances.map((change) => follow({ disturb: disturbance(ensemble, change) }));
  if (!isAdaptive(integrator)) return { exact, disturbed, otherSteps: [] };
  const tenth = { ...integrator, rtol: integrator.rtol / 10, atol: integrator.atol / 10 };
  const others = [0.5, 0.6, 0.7, 0.8, 0.9].map((firstStep) => follow({ firstStep }));
  return { exact, disturbed, otherSteps: [follow({}, { integrator: tenth }), ...others] };
}

/** The signs of the logits that the normalizer is given. */
function signsOf(ensemble: Ensemble, state: Flowing): Float64Array {
  const z = new Float64Array(state.logits.length);
  referenceModels[ensemble.model].logits(state, z);
  return z.map(Math.sign);
}

/** Changes every trained number of a state. */
function disturbance(ensemble: Ensemble, change: (x: number) => number): (state: State) => void {
  const apply = (x: Float64Array) => {
    for (let i = 0; i < x.length; i++) x[i] = change(x[i] as number);
  };
  return ({ logits, values }) => {
    if (ensemble.train !== "values") apply(logits);
    if (ensemble.train !== "logits") apply(values);
  };
}

/** One ulp up or down, at random (Marsaglia's xorshift32). */
function randomUlp(seed: number): (x: number) => number {
  let bits = Math.imul(seed + 1, 0x9e3779b9) | 1;
  return (x) => {
    bits ^= bits << 13;
    bits ^= bits >>> 17;
    bits ^= bits << 5;
    return bits < 0 ? x * (1 - ulp) : x * (1 + ulp);
  };
}
