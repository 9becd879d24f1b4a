import { type Ensemble, recordedTimes } from "../model/ensemble.ts";
import { statuses } from "../model/status.ts";
import type { Tallied } from "../model/tallies.ts";
import type { Evaluation } from "./field.ts";
import { gradientNorms, shares, valueNorms } from "./observables.ts";

/** An entry of a trajectory: the state at a recorded time, and how many steps had been begun when that time was reached. */
export interface Recorded {
  step: number;
  logits: Float64Array;
  weights: Float64Array;
  alignments: Float64Array;
  valueNorms: Float64Array;
  loss: number;
  gradientNorms: [values: number, logits: number];
}

/** What is to be recorded at the times of the specification. */
export interface RecordOptions {
  /** The state, for a trajectory. */
  trajectory?: boolean;
  /** What distributions over time are made of. */
  overTime?: boolean;
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
  private readonly trajectory: boolean;
  /** Index of the next recorded time. */
  private slot = 0;

  constructor(ensemble: Ensemble, { trajectory = false, overTime = false }: RecordOptions) {
    this.times = trajectory || overTime ? timesOf(ensemble) : [];
    this.trajectory = trajectory;
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
    const loss = here.loss();
    if (observed && sound) {
      const { entropy, sinkShare } = shares(here.weights);
      observed.entropy[this.slot] = entropy;
      observed.sinkShare[this.slot] = sinkShare;
      observed.loss[this.slot] = loss;
    }
    if (!this.trajectory) return;
    this.recorded.push({
      step,
      logits: here.logits.slice(),
      weights: here.weights.slice(),
      alignments: here.alignments(),
      valueNorms: valueNorms(here.state.values, here.logits.length),
      loss,
      gradientNorms: gradientNorms(here),
    });
  }
}
