import {
  canConverge,
  type Ensemble,
  endOf,
  hasClock,
  hasDecay,
  isCentered,
  noiseKind,
  stepLength,
  stepsOf,
  timeAfter,
} from "../model/ensemble.ts";
import { control, isAdaptive, tableauOf } from "../model/integrators.ts";
import { pow } from "../model/mathematics.ts";
import { models } from "../model/models.ts";
import { normalizerRow } from "../model/normalizers.ts";
import { divergedAt, divergedAtByClock, statuses } from "../model/status.ts";
import { Convergence, firstStep, stepFactor } from "./control.ts";
import { type Evaluation, Field } from "./field.ts";
import { FlowTime } from "./flowTime.ts";
import { Leadership } from "./leadership.ts";
import { dot } from "./linear.ts";
import { type Noise, noiseOf } from "./noise.ts";
import { Recorder, type RecordOptions } from "./recorder.ts";
import { RungeKutta, type Step } from "./rungeKutta.ts";
import { assign, copyOf, type Flowing, type State } from "./state.ts";
import { Training } from "./training.ts";

export interface SimulateOptions extends RecordOptions {
  /** Changes the state, and what an optimizer remembers, after every step: how the verification disturbs a run. */
  disturb?: (state: State, memory: readonly Float64Array[]) => void;
  /** Called with the state at the start and after every step, evaluated. */
  watch?: (here: Evaluation) => void;
  /** In place of the ensemble's own normalizer and loss, given its start. */
  parts?: (start: State) => Partial<Pick<Field, "normalizer" | "loss">>;
  /** Changes every number of the noise. */
  noise?: (x: number) => number;
  /** Given how many adaptive steps were taken, a factor on the length of the next, so that all later steps end at other times. */
  stretch?: (steps: number) => number;
  /** The lengths of adaptive steps in place of the controller's. Each is accepted. */
  lengths?: readonly number[];
  /** With adaptive steps: ends the run at this time. The steps before it are those of a run that goes on; a step that passes it is taken again as far as it. */
  stopAt?: number;
  /** Called now and then with about what share of the run is done, 0 … 1. */
  progress?: (share: number) => void;
}

/** Bytes that a run of the reference takes at most, roughly: all copies of its state that are held at a time. */
export const bytesOfRun = (ensemble: Ensemble): number => {
  const { tokens: n, dim: d, integrator } = ensemble;
  const ofFirstStep = isAdaptive(integrator) ? 4 : 0;
  const copies = 8 + (noiseKind(ensemble) ? 3 : 0) + tableauOf(integrator).stages.length + (canConverge(ensemble) ? 1 : 0) + ofFirstStep;
  return 8 * n * (1 + d) * copies;
};

/** Whether steps are those of Euler's method, and slopes no more than V' = −g pᵀ and a' = −q: what `glide` takes. */
const isPlain = (ensemble: Ensemble): boolean =>
  ensemble.integrator !== undefined &&
  tableauOf(ensemble.integrator).stages.length === 1 &&
  !models[ensemble.model].tied &&
  ensemble.train === "both" &&
  !isCentered(ensemble) &&
  !hasDecay(ensemble) &&
  !noiseKind(ensemble);

/** The smallest normal float64: a factor no longer shortens adaptive steps below it as it should. */
const shortest = 2 ** -1022;

/** One run in progress. The constructor puts it at its start; call `step` as long as `status` is 0. */
export class Run {
  /** How the run ended; 0 while it goes on. */
  status: number;
  /** Accepted steps, and rejected trials. */
  steps = 0;
  rejected = 0;
  /** Flow time, or τ in the margin's own clock. */
  time = 0;
  /** The state as it is now, evaluated. */
  here: Evaluation;
  readonly lead: Leadership;
  readonly recorder: Recorder;
  readonly flowTime: FlowTime;
  private readonly field: Field;
  private readonly noise: Noise | undefined;
  private readonly stepper: RungeKutta | Training;
  private readonly convergence: Convergence | undefined;
  private readonly adaptive: boolean;
  /** The state at the end of the last step tried, evaluated. */
  private there: Evaluation;
  /** A state inside that step, evaluated. */
  private readonly inside: Evaluation;
  private readonly insideState: Flowing;
  /** Length of the next step. */
  private h: number;
  private readonly maxSteps: number;
  /** The time at which the run ends, and its number of steps where they are fixed. */
  private readonly end: number;
  private readonly allSteps: number | undefined;
  private readonly stopAt: number;
  /** Whether the flow stops where a logit crosses 0. */
  private readonly sticks: boolean;
  private readonly divergedAt: number;
  /** Whether steps may be taken by `glide`. */
  private readonly glides: boolean;
  /** The largest factor to the length of the next adaptive step: 1 after a rejected trial. */
  private grow: number = control.grow;

  constructor(
    private readonly ensemble: Ensemble,
    private readonly state: State,
    private readonly options: SimulateOptions,
  ) {
    const parts = options.parts?.(state);
    this.field = new Field(ensemble, state, parts);
    this.noise = noiseOf(ensemble, state, options.noise, parts);
    const { field = this.field, gradient } = this.noise ?? {};
    this.stepper = ensemble.optimizer ? new Training(field, ensemble.optimizer, gradient) : new RungeKutta(field, gradient);
    this.convergence = canConverge(ensemble) ? new Convergence(ensemble, state) : undefined;
    this.adaptive = isAdaptive(ensemble.integrator);
    this.maxSteps = (ensemble.until as { maxSteps?: number }).maxSteps ?? Number.POSITIVE_INFINITY;
    this.end = endOf(ensemble);
    this.allSteps = stepsOf(ensemble);
    this.stopAt = options.stopAt ?? Number.POSITIVE_INFINITY;
    this.sticks = this.adaptive && normalizerRow(ensemble.normalizer).kink === true;
    this.divergedAt = hasClock(ensemble) ? divergedAtByClock : divergedAt;
    this.glides = isPlain(ensemble) && !options.watch && !options.disturb;
    this.lead = new Leadership(this.field);
    this.recorder = new Recorder(ensemble, options);
    this.flowTime = new FlowTime(ensemble);
    this.here = this.field.at(state);
    this.there = this.field.at(state);
    this.inside = this.field.at(state);
    this.insideState = copyOf(state);
    this.h = this.adaptive ? 0 : stepLength(ensemble, 0);
    this.status = this.fault(this.here) ?? (this.here.hasSlope() ? 0 : statuses["non-finite"]);
    if (this.status !== 0) return;
    options.watch?.(this.here);
    this.lead.start(this.here);
    this.recorder.start(this.here);
    if (this.adaptive) this.h = firstStep(this.field, this.here, this.end) * (options.stretch?.(0) ?? 1);
  }

  /**
   * Takes at most so many steps of Euler's method, as long as nothing happens in them: no event, nothing to record, no end. The bits are those of `step`, which
   * takes any step. Without an event the state inside a step is of no interest, nor is the end of the run before its last step.
   */
  glide(most: number): void {
    if (!this.glides) return;
    const { ensemble, lead, recorder, h, allSteps = 0 } = this;
    const last = Math.min(this.steps + most, allSteps - 1);
    let { here, there, steps } = this;
    while (steps < last && !recorder.isDue(timeAfter(ensemble, steps + 1))) {
      here.toNext(h, there);
      if (this.fault(there) !== undefined || !lead.isQuiet(there)) break;
      const next = there;
      there = here;
      here = next;
      steps++;
    }
    here.align();
    this.here = here;
    this.there = there;
    this.steps = steps;
    this.time = timeAfter(ensemble, steps);
    assign(this.state, this.here.state);
  }

  /** Tries a step, and accepts it or shortens it for the next trial. */
  step(): void {
    const given = this.options.lengths?.[this.steps];
    if (given !== undefined) {
      this.accept(this.stepper.try(this.here, given), undefined);
      return;
    }
    const left = this.end - this.time;
    const isLast = this.adaptive ? 1.01 * this.h >= left : this.steps + 1 === this.allSteps;
    if (this.adaptive && isLast) this.h = left;
    if (this.ensemble.optimizer) this.h = stepLength(this.ensemble, this.steps);
    this.noise?.begin(this.steps);
    const step = this.stepper.try(this.noise?.at(this.here) ?? this.here, this.h);
    if (this.adaptive && !(step.error <= 1)) this.reject(step);
    else if (this.reaches(step)) this.accept(this.stepper.try(this.here, this.stopAt - this.time), this.stopAt);
    else this.accept(step, isLast ? this.end : undefined);
  }

  /**
   * About what share of the run is done: its steps so far over all of them. The length of adaptive steps is taken to go on growing as a power of
   * time, t^(1 − q). Then t is 1/q times the last step times their number.
   */
  share(): number {
    const { steps, time, h, allSteps: all } = this;
    if (all !== undefined || steps === 0) return steps / (all ?? 1);
    const q = Math.max(0.001, Math.min(1, time / (steps * h)));
    const left = ((time / h) * (pow(this.end / time, q) - 1)) / q;
    return steps / Math.min(steps + Math.max(0, left), this.maxSteps);
  }

  /** Whether a step ends where the run is to be stopped, to about a float32, or beyond. */
  private reaches({ length }: Step): boolean {
    return this.time + length >= this.stopAt * (1 - 2 ** -22);
  }

  private reject({ error }: Step): void {
    this.rejected++;
    this.h *= Math.min(1, stepFactor(this.ensemble, error));
    this.grow = 1;
    if (this.time + this.h === this.time || !(this.h >= shortest)) this.status = statuses.stalled;
  }

  /** @param last the time at which the step ends, where the run ends there too */
  private accept(step: Step, last: number | undefined): void {
    const { time: from, state } = this;
    if (this.sticks) this.stick(step);
    this.steps++;
    this.time = last ?? (this.adaptive ? from + step.length : timeAfter(this.ensemble, this.steps));
    this.field.at(step.end, this.there);
    this.status = this.fault(this.there) ?? 0;
    if (this.status === 0) this.observe(step, from);
    assign(state, step.end);
    [this.here, this.there] = [this.there, this.here];
    if (this.options.disturb) {
      this.options.disturb(state, this.stepper.memory);
      this.field.at(state, this.here);
    }
    this.options.watch?.(this.here);
    if (this.adaptive) this.h *= Math.min(this.grow, stepFactor(this.ensemble, step.error) * (this.options.stretch?.(this.steps) ?? 1));
    this.grow = control.grow;
    if (this.status === 0) this.status = this.ending(last !== undefined);
  }

  private observe(step: Step, from: number): void {
    const inside = (theta: number) => {
      step.at(theta, this.insideState);
      return this.field.at(this.insideState, this.inside);
    };
    this.lead.during(step, from, this.there);
    this.recorder.during(inside, from, this.time, this.steps);
    this.flowTime.add(inside, step.length);
  }

  /** Sets a logit that would cross the kink of the normalizer, at 0, to 0, where it stays. */
  private stick({ end: { logits } }: Step): void {
    for (let i = 0; i < logits.length; i++) if ((this.here.state.logits[i] as number) * (logits[i] as number) < 0) logits[i] = 0;
  }

  /** The status of the run after a step without a fault; 0 if the run goes on. */
  private ending(isLast: boolean): number {
    if (isLast) return this.adaptive || this.noise || !this.isStill() ? statuses.completed : statuses.stalled;
    if (this.steps >= this.maxSteps) return statuses["max-steps"];
    return this.convergence?.isReached(this.time, this.state) ? statuses.converged : 0;
  }

  /** Whether one more step would leave the state as it is, bit for bit. */
  private isStill(): boolean {
    const { end } = this.stepper.try(this.here, stepLength(this.ensemble, this.steps));
    const { logits, values } = this.here.state;
    return end.logits.every((x, i) => x === logits[i]) && end.values.every((x, i) => x === values[i]);
  }

  /** The status of a run that has grown too large or is no longer finite: see `divergedAt`; undefined for others. */
  private fault({ output, state: { logits } }: Evaluation): number | undefined {
    if (dot(output, output) + dot(logits, logits) <= this.divergedAt) return undefined;
    return output.every(Number.isFinite) && logits.every(Number.isFinite) ? statuses.diverged : statuses["non-finite"];
  }
}
