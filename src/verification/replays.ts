import { designOf } from "../model/design.ts";
import { type Ensemble, endOf, untilMoment } from "../model/ensemble.ts";
import { control, isAdaptive } from "../model/integrators.ts";
import { pow } from "../model/mathematics.ts";
import { normalizerRow } from "../model/normalizers.ts";
import { optimizerRow } from "../model/optimizers.ts";
import type { Observation, Sample } from "../model/samples.ts";
import { isSound, statuses } from "../model/status.ts";
import type { Evaluation } from "../reference/field.ts";
import { referenceModels } from "../reference/models/index.ts";
import type { SimulateOptions } from "../reference/run.ts";
import { type RunResult, simulate } from "../reference/simulate.ts";
import { copyOf, type Flowing, type State } from "../reference/state.ts";
import { type Moves, movesAt } from "./moves.ts";
import { moveAll, randomSigns, roundAll, ulp } from "./random.ts";
import { leavesRange } from "./range.ts";
import { shakenParts } from "./shaking.ts";
import { hasSigns, Signs } from "./signs.ts";

/** A run of the reference, with its state at the end. */
export type Replay = RunResult & { state: State };

/** Runs of the reference from the start of a sampled run to a moment. */
export interface Replays {
  exact: Replay;
  /** At every recorded time, how far what is recorded may be off even where no replay moves it; undefined where that is not asked. */
  moves: (Moves | undefined)[];
  /** With float32 disturbances after every step. */
  disturbed: Replay[];
  /**
   * At fixed steps: with what is rounded inside steps disturbed too. Where a step is long for the flow, terms of a slope are larger than the step, and rounding in
   * them may decide the run: that is all these are asked for.
   */
  shaken: Replay[];
  /** With adaptive steps: at a tenth of the tolerances. */
  finer: Replay[];
  /** With adaptive steps: with other steps at the same tolerances. */
  otherSteps: Replay[];
  /** On the way a logit crossed a kink at fixed steps. */
  crossedKink: boolean;
  /** In one of these runs float32 decides the sign of a gradient that an optimizer goes by. */
  lostSign: boolean;
  /** On the way a number was beyond the range of float32. */
  beyondRange: boolean;
}

/** How often the reference is followed again. */
export interface Effort {
  /** With float32 disturbances: with numbers rounded to float32, and moved at random for the rest. */
  disturbed: number;
  /** With what is rounded inside fixed steps disturbed too. */
  shaken: number;
  /** At a tenth of the tolerances. */
  finer: boolean;
  /** From other first steps. */
  firstSteps: number;
  /** With another length of one step on the way. */
  laterSteps: number;
}

/**
 * From few replays to many. A run that differs by more than some replays explain is followed with more: how far a device may be off is then
 * known better, and chance decides less. Where a gradient jumps, other steps differ much, but seldom.
 */
export const efforts: readonly Effort[] = [
  { disturbed: 2, shaken: 0, finer: false, firstSteps: 2, laterSteps: 0 },
  { disturbed: 3, shaken: 0, finer: true, firstSteps: 5, laterSteps: 0 },
  { disturbed: 8, shaken: 8, finer: true, firstSteps: 5, laterSteps: 64 },
  { disturbed: 8, shaken: 8, finer: true, firstSteps: 5, laterSteps: 256 },
];

/** The runs of these are told apart by their random signs. */
const mostDisturbed = Math.max(...efforts.map(({ disturbed }) => disturbed));

type Stretch = NonNullable<SimulateOptions["stretch"]>;
/**
 * A factor on the `step`-th step, a power of `control.grow`. A step is at most so many times the one before it. So over this range, evenly by their logarithm, the
 * ends of later steps fall anywhere between those of the reference.
 */
const stretchAt = (step: number, power: number): Stretch => {
  const factor = pow(control.grow, power);
  return (steps) => (steps === step ? factor : 1);
};

/** The fraction of a multiple of the golden ratio: such fractions fill the unit interval evenly. */
const spread = (i: number) => (i * ((Math.sqrt(5) - 1) / 2)) % 1;

/**
 * Other steps, for a reference that took so many. Where an estimate of the error is so small that it is rounding, the next step of a device has any length that the
 * controller allows, longer or shorter; and a step near a jump may be accepted by a small estimate although it is far off.
 */
const changesOf = ({ firstSteps, laterSteps }: Effort, steps: number): Stretch[] => [
  ...Array.from({ length: firstSteps }, (_, i) => stretchAt(0, -(i + 1) / (firstSteps + 1))),
  ...Array.from({ length: laterSteps }, (_, i) => stretchAt(Math.floor((steps * (i + 1 / 2)) / laterSteps), 1 - 2 * spread(i + 1))),
];

/** Numbers of states in all steps of a run's later replays: some ten seconds. So a large run is followed less often. */
const maxNumbers = 2 ** 27;

/** The start of a sampled run as the device drew it. */
export function startOf(ensemble: Ensemble, sample: Sample): State {
  const design = designOf(ensemble)?.map(Math.fround); // as the device has it
  return { ...copyOf(sample), run: sample.run, target: sample.target, ...(design && { design }) };
}

/** Where the reference is followed to for an observation, and what of it is recorded. */
export type Course = Pick<Ensemble, "until"> & Pick<SimulateOptions, "stopAt" | "lengths" | "trajectory" | "overTime">;

/**
 * Follows the reference from the start of a sampled run to the moment of an observation of the device: as it is; with its state rounded
 * to float32 after every step; and with every number moved by one ulp up or down at random. A device takes other adaptive steps
 * than the reference, so its error, which the tolerances allow, is another. Hence with adaptive steps the reference is also followed with other
 * ones, and at a tenth of the tolerances.
 */
export function replaysOf(ensemble: Ensemble, sample: Sample, { until, ...course }: Course, effort = efforts.at(-1) as Effort): Replays {
  const { integrator } = ensemble;
  const followed = { ...ensemble, until };
  // Beside its bins, what is recorded of the exact run alone tells where it jumps.
  const compared = course.trajectory === true && sample.trajectory !== undefined;
  const follow = (options: SimulateOptions, as: Ensemble = followed): Replay => {
    const state = startOf(ensemble, sample);
    return { ...simulate(as, state, { ...course, trajectory: compared, ...options }), state };
  };
  const kink = normalizerRow(ensemble.normalizer).kink && !isAdaptive(integrator);
  const signs = signsOf(ensemble, sample);
  let [crossedKink, beyondRange] = [false, false];
  const alongExact = signsAlong(ensemble, sample, 3);
  const alongDisturbed = [0, 1, 2].map((i) => signsAlong(ensemble, sample, i));
  const start = startOf(ensemble, sample);
  const moves: Replays["moves"] = [];
  const exact = follow({
    trajectory: course.trajectory ?? false,
    ...(course.trajectory && { recording: (here, step) => moves.push(movesAt(ensemble, sample, start, moves.length, here, step)) }),
    watch: (here) => {
      if (kink) crossedKink ||= signsOf(ensemble, here.state).some((sign, i) => sign !== signs[i]);
      beyondRange ||= leavesRange(here);
      alongExact?.watch(here);
    },
  });
  // An optimizer whose steps from small gradients are as long as from large ones also makes the rounding of small gradients large. Of a few long steps what is
  // rounded inside them counts for more than their ends.
  const shakes = course.lengths !== undefined || (ensemble.optimizer !== undefined && optimizerRow(ensemble.optimizer).scaleFree);
  const disturb = (i: number, inside: boolean) => {
    const stateSigns = randomSigns(mostDisturbed * sample.run + i - 1);
    const noiseSigns = randomSigns(3 * sample.run + i); // a normal is good to 4 ulp
    const along = alongDisturbed[i];
    const change = i === 0 ? roundAll : (x: Float64Array) => moveAll(x, stateSigns, ulp);
    return follow({
      ...(along && { watch: (here: Evaluation) => along.watch(here) }),
      noise: (x) => x * (1 + 4 * noiseSigns() * ulp),
      ...(inside && { parts: (state: State) => shakenParts(ensemble, state, randomSigns(3 * sample.run + i)) }),
      disturb(state, memory) {
        changeTrained(ensemble, state, change);
        memory.forEach(change);
      },
    });
  };
  const disturbed = Array.from({ length: effort.disturbed }, (_, i) => disturb(i, shakes));
  const shaken = shakes || isAdaptive(integrator) ? [] : Array.from({ length: effort.shaken }, (_, i) => disturb(i, true));
  const lostSign = [alongExact, ...alongDisturbed].some((along) => along?.undecided);
  const found = { exact, moves, disturbed, shaken, crossedKink, lostSign, beyondRange };
  if (!isAdaptive(integrator) || course.lengths) return { ...found, finer: [], otherSteps: [] };
  const { tokens, dim } = ensemble;
  const laterSteps = Math.min(effort.laterSteps, Math.floor(maxNumbers / (tokens * (1 + dim) * exact.row.steps)));
  const tenth = { ...integrator, rtol: integrator.rtol / 10, atol: integrator.atol / 10 };
  return {
    ...found,
    finer: effort.finer ? [follow({}, { ...followed, integrator: tenth })] : [],
    otherSteps: changesOf({ ...effort, laterSteps }, exact.row.steps).map((stretch) => follow({ stretch })),
  };
}

/**
 * Where the reference is followed to for an observation. A run that ended early (converged, stalled, at its maximal number of
 * steps) or goes on is followed to the time that the device reached, since steps of another length would end it elsewhere. One that completed is not tested for
 * convergence: near its bound the device may find it moving where the reference finds it at rest.
 * @returns undefined where no time has passed
 */
export function courseOf(ensemble: Ensemble, { row }: Observation): Course | undefined {
  const completed = row.status === statuses.completed;
  if (!isSound(row.status)) return { until: ensemble.until };
  if (!isAdaptive(ensemble.integrator))
    return completed ? { until: ensemble.until } : row.steps > 0 ? { until: { steps: row.steps } } : undefined;
  const until = untilMoment(ensemble, endOf(ensemble));
  return completed ? { until } : row.time > 0 ? { until, stopAt: row.time } : undefined;
}

/**
 * Where the reference is followed to by the very steps that a device took first, where they adapt and their lengths are known.
 * @returns undefined for fixed steps, and where the device accepted none
 */
export function retracedCourse(ensemble: Ensemble, { early: { row }, ends = [] }: Sample): Course | undefined {
  if (row.steps === 0 || ends.length !== row.steps) return undefined;
  return { until: untilMoment(ensemble, endOf(ensemble), row.steps), lengths: ends.map((end, i) => end - (ends[i - 1] ?? 0)) };
}

/** Watches one of the runs for gradients whose signs are lost, where an optimizer goes by them. */
const signsAlong = (ensemble: Ensemble, sample: Sample, i: number): Signs | undefined =>
  hasSigns(ensemble) ? new Signs(ensemble, startOf(ensemble, sample), 4 * sample.run + i) : undefined;

/** The signs of the logits that the normalizer is given. */
function signsOf(ensemble: Ensemble, state: Flowing): Float64Array {
  const z = new Float64Array(state.logits.length);
  referenceModels[ensemble.model].logits(state, z);
  return z.map(Math.sign);
}

/** Changes the trained numbers of a state. */
export function changeTrained({ train }: Ensemble, { logits, values }: Flowing, change: (x: Float64Array) => void): void {
  if (train !== "values") change(logits);
  if (train !== "logits") change(values);
}
