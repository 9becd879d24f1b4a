import { type Ensemble, recordedTimes } from "../model/ensemble.ts";
import { statuses } from "../model/status.ts";
import type { Tallied } from "../model/tallies.ts";
import type { Evaluation } from "./field.ts";
import { gradientNorms, shares, valueNorms } from "./observables.ts";

/** What is recorded of a state. */
export interface RecordedState {
  logits: Float64Array;
  weights: Float64Array;
  alignments: Float64Array;
  valueNorms: Float64Array;
  loss: number;
  gradientNorms: [values: number, logits: number];
}

/** An entry of a trajectory: the state at a recorded time, and how many steps had been begun when that time was reached. */
export interface Recorded extends RecordedState {
  step: number;
}

/** What is to be recorded at the times of the specification. */
export interface RecordOptions {
  /** The state, for a trajectory. */
  trajectory?: boolean;
  /** What distributions over time are made of. */
  overTime?: boolean;
  /** Called with the state at every recorded time, evaluated. */
  recording?: (here: Evaluation, step: number) => void;
}

/** The recorded times by ensemble, which all its runs share. */
const known = new WeakMap<Ensemble, readonly number[]>();
function timesOf(ensemble: Ensemble): readonly number[] {
  const times = known.get(ensemble) ?? recordedTimes(ensemble);
  known.set(ensemble, times);
  return times;
}

/** Records one run at the times of the specification, in their order. */
export class Recorder {
  /** With `trajectory`, an entry for each recorded time; fewer where the run went non-finite. */
  readonly recorded: Recorded[] = [];
  /** With `overTime`, one number for each recorded time, NaN from where the run is unsound. */
  readonly observed: Record<Tallied, Float32Array> | undefined;
  private readonly times: readonly number[];
  /** Index of the next recorded time. */
  private slot = 0;

  constructor(
    ensemble: Ensemble,
    private readonly options: RecordOptions,
  ) {
    const { trajectory = false, overTime = false } = options;
    this.times = trajectory || overTime ? timesOf(ensemble) : [];
    const empty = () => new Float32Array(this.times.length).fill(Number.NaN);
    this.observed = overTime ? { entropy: empty(), sinkShare: empty(), loss: empty() } : undefined;
  }

  /** Records the start. */
  start(here: Evaluation): void {
    for (; this.isDue(0); this.slot++) this.keep(here, 0, true);
  }

  /**
   * Records what is due in the `count`-th step, between two times.
   * @param inside the evaluation at a part of this step, 0 to 1
   */
  during(inside: (theta: number) => Evaluation, from: number, to: number, count: number): void {
    for (; this.isDue(to); this.slot++)
      this.keep(inside(Math.min(1, ((this.times[this.slot] as number) - from) / (to - from))), count, true);
  }

  /** Records the end of the run at every later time. Distributions take it only from a run that ended sound. */
  end(here: Evaluation, status: number, steps: number): void {
    if (status === statuses["non-finite"]) return;
    for (; this.slot < this.times.length; this.slot++) this.keep(here, steps, status !== statuses.diverged);
  }

  /** Whether there is something to record up to a time. */
  isDue(time: number): boolean {
    return (this.times[this.slot] ?? Number.POSITIVE_INFINITY) <= time * (1 + 1e-12);
  }

  private keep(here: Evaluation, step: number, sound: boolean): void {
    const { observed } = this;
    if (observed && sound) for (const [name, x] of Object.entries(talliedAt(here))) observed[name as Tallied][this.slot] = x;
    if (this.options.trajectory) this.recorded.push({ step, ...recordedAt(here) });
    this.options.recording?.(here, step);
  }
}

/** What a trajectory has of a state. */
export const recordedAt = (here: Evaluation): RecordedState => ({
  logits: here.logits.slice(),
  weights: here.weights.slice(),
  alignments: here.alignments(),
  valueNorms: valueNorms(here.state.values, here.logits.length),
  loss: here.loss(),
  gradientNorms: gradientNorms(here),
});

/** What is tallied of a state. */
export function talliedAt(here: Evaluation): Record<Tallied, number> {
  const { entropy, sinkShare } = shares(here.weights);
  return { entropy, sinkShare, loss: here.loss() };
}
