import { designOf } from "../model/design.ts";
import { type Ensemble, untilMoment } from "../model/ensemble.ts";
import { control, isAdaptive } from "../model/integrators.ts";
import { pow } from "../model/mathematics.ts";
import { normalizerRow } from "../model/normalizers.ts";
import { optimizerRow } from "../model/optimizers.ts";
import type { Observation, Sample } from "../model/samples.ts";
import { isSound, statuses } from "../model/status.ts";
import { referenceModels } from "../reference/models/index.ts";
import type { SimulateOptions } from "../reference/run.ts";
import { type RunResult, simulate } from "../reference/simulate.ts";
import { copyOf, type Flowing, type State } from "../reference/state.ts";
import { randomSigns, ulp } from "./random.ts";
import { leavesRange } from "./range.ts";
import { byTolerance, insideMultiple, type Seen, shakenParts } from "./shaking.ts";
import { hasSigns, Signs } from "./signs.ts";

/** A run of the reference, with its state at the end. */
export type Replay = RunResult & { state: State };

/** Runs of the reference from the start of a sampled run to a moment. */
export interface Replays {
  exact: Replay;
  /** With adaptive steps: what is seen at each recorded time of a state that is off as dense output may be. */
  inside: Seen[][];
  /** With float32 disturbances after every step. */
  disturbed: Replay[];
  /** With adaptive steps: first at a tenth of the tolerances, then from other first steps. */
  otherSteps: Replay[];
  /** On the way a logit crossed a kink at fixed steps. */
  crossedKink: boolean;
  /** In one of these runs float32 decides the sign of a gradient that an optimizer goes by. */
  lostSign: boolean;
  /** On the way a number was beyond the range of float32. */
  beyondRange: boolean;
}

/**
 * Factors on the first step. A step is at most `control.grow` times the one before it, so that over this range, evenly by their logarithm, the
 * ends of steps fall anywhere between those of the reference. First steps that are close to each other end at nearly the same times.
 */
const firstSteps = [1, 2, 3, 4, 5].map((k) => pow(control.grow, -k / 6));

/** The start of a sampled run as the device drew it. */
export function startOf(ensemble: Ensemble, sample: Sample): State {
  const design = designOf(ensemble)?.map(Math.fround); // as the device has it
  return { ...copyOf(sample), run: sample.run, target: sample.target, ...(design && { design }) };
}

/**
 * Follows the reference from the start of a sampled run to the moment of an observation of the device: as it is; with its state rounded
 * to float32 after every step; and twice with every number moved by one ulp up or down at random. A device takes other adaptive steps
 * than the reference, so its error, which the tolerances allow, is another. Hence with adaptive steps the reference is also followed at
 * a tenth of the tolerances, and from five other first steps.
 */
export function replaysOf(ensemble: Ensemble, sample: Sample, until: Ensemble["until"], record: SimulateOptions = {}): Replays {
  const { integrator } = ensemble;
  const follow = (options: SimulateOptions, change: Partial<Ensemble> = {}): Replay => {
    const state = startOf(ensemble, sample);
    return { ...simulate({ ...ensemble, until, ...change }, state, { ...record, ...options }), state };
  };
  const kink = normalizerRow(ensemble.normalizer).kink && !isAdaptive(integrator);
  const signs = signsOf(ensemble, sample);
  let [crossedKink, beyondRange] = [false, false];
  const inside: Seen[][] = [];
  const signsAlong = hasSigns(ensemble) ? [0, 1, 2, 3].map((i) => new Signs(ensemble, startOf(ensemble, sample), 4 * sample.run + i)) : [];
  const exact = follow({
    ...(isAdaptive(integrator) && {
      atRecorded: ({ state }) =>
        void inside.push(byTolerance(ensemble, { ...startOf(ensemble, sample), ...state }, sample.run, undefined, insideMultiple)),
    }),
    watch: (here) => {
      if (kink) crossedKink ||= signsOf(ensemble, here.state).some((sign, i) => sign !== signs[i]);
      beyondRange ||= leavesRange(here);
      signsAlong[3]?.watch(here);
    },
  });
  const up = [randomSigns(2 * sample.run), randomSigns(2 * sample.run + 1)].map((sign) => (x: number) => x * (1 + sign() * ulp));
  // An optimizer whose steps from small gradients are as long as from large ones also makes the rounding of small gradients large.
  const scaleFree = ensemble.optimizer !== undefined && optimizerRow(ensemble.optimizer).scaleFree;
  const disturbed = [Math.fround, ...up].map((change, i) => {
    const noiseSigns = randomSigns(3 * sample.run + i); // a normal is good to 4 ulp
    return follow({
      watch: (here) => signsAlong[i]?.watch(here),
      noise: (x) => x * (1 + 4 * noiseSigns() * ulp),
      ...(scaleFree && { parts: (state: State) => shakenParts(ensemble, state, randomSigns(3 * sample.run + i)) }),
      disturb(state, memory) {
        changeTrained(ensemble, state, change);
        for (const kept of memory) for (let i = 0; i < kept.length; i++) kept[i] = change(kept[i] as number);
      },
    });
  });
  const lostSign = signsAlong.some(({ undecided }) => undecided);
  if (!isAdaptive(integrator)) return { exact, inside, disturbed, otherSteps: [], crossedKink, lostSign, beyondRange };
  const tenth = { ...integrator, rtol: integrator.rtol / 10, atol: integrator.atol / 10 };
  const others = firstSteps.map((firstStep) => follow({ firstStep }));
  return { exact, inside, disturbed, otherSteps: [follow({}, { integrator: tenth }), ...others], crossedKink, lostSign, beyondRange };
}

/**
 * The end to which the reference is followed for an observation. A run that ended early (converged, stalled, at its maximal number of
 * steps) or goes on is followed to the time that the device reached, since steps of another length would end it elsewhere.
 * @returns undefined where no time has passed
 */
export function untilOf(ensemble: Ensemble, { row }: Observation): Ensemble["until"] | undefined {
  if (row.status === statuses.completed || !isSound(row.status)) return ensemble.until;
  if (!isAdaptive(ensemble.integrator)) return row.steps > 0 ? { steps: row.steps } : undefined;
  return row.time > 0 ? untilMoment(ensemble, row.time) : undefined;
}

/** The signs of the logits that the normalizer is given. */
function signsOf(ensemble: Ensemble, state: Flowing): Float64Array {
  const z = new Float64Array(state.logits.length);
  referenceModels[ensemble.model].logits(state, z);
  return z.map(Math.sign);
}

/** Changes every trained number of a state. */
export function changeTrained({ train }: Ensemble, { logits, values }: Flowing, change: (x: number) => number): void {
  const apply = (x: Float64Array) => {
    for (let i = 0; i < x.length; i++) x[i] = change(x[i] as number);
  };
  if (train !== "values") apply(logits);
  if (train !== "logits") apply(values);
}
