import { canConverge, type Ensemble, endOf, hasClock, stepsOf } from "../model/ensemble.ts";
import { control, isAdaptive } from "../model/integrators.ts";
import { normalizerRow } from "../model/normalizers.ts";
import { divergedAt, divergedAtByClock, statuses } from "../model/status.ts";
import { type Evaluation, Field } from "./field.ts";
import { FlowTime } from "./flowTime.ts";
import { Leadership } from "./leadership.ts";
import { dot } from "./linear.ts";
import { Recorder, type RecordOptions } from "./recorder.ts";
import { assign, copyOf, type Flowing, type State } from "./state.ts";
import { Convergence, firstStep, stepFactor } from "./steps/control.ts";
import { stepperOf } from "./steps/index.ts";
import type { Step, Stepper } from "./steps/step.ts";

export interface SimulateOptions extends RecordOptions {
  /** Changes the state after every step: how the verification disturbs a run. */
  disturb?: (state: State) => void;
  /** A factor on the first adaptive step, so that all steps end elsewhere. */
  firstStep?: number;
}

/** Adaptive steps below the normal float64 numbers can't be made shorter by a factor. */
const shortest = 2 ** -1022;

/** One run in progress. The constructor puts it at its start; `step` is to be called as long as `status` is 0. */
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
  private readonly ensemble: Ensemble;
  private readonly state: State;
  private readonly disturb: SimulateOptions["disturb"];
  private readonly field: Field;
  private readonly stepper: Stepper;
  private readonly convergence: Convergence | undefined;
  private readonly adaptive: boolean;
  /** When the run ends, as `time`. */
  private readonly end: number;
  /** The state at the end of the last step tried, evaluated. */
  private there: Evaluation;
  /** A state inside that step, evaluated. */
  private readonly inside: Evaluation;
  private readonly between: Flowing;
  /** Length of the next step. */
  private h: number;
  /** The largest factor to the length of the next adaptive step: 1 after a rejected trial. */
  private grow: number = control.grow;

  constructor(ensemble: Ensemble, state: State, options: SimulateOptions) {
    this.ensemble = ensemble;
    this.state = state;
    this.disturb = options.disturb;
    this.field = new Field(ensemble, state);
    this.stepper = stepperOf(ensemble, this.field);
    this.convergence = canConverge(ensemble) ? new Convergence(ensemble, state) : undefined;
    this.adaptive = isAdaptive(ensemble.integrator);
    this.end = endOf(ensemble);
    this.lead = new Leadership(ensemble, this.field);
    this.recorder = new Recorder(ensemble, options);
    this.flowTime = new FlowTime(ensemble);
    this.here = this.field.at(state);
    this.there = this.field.at(state);
    this.inside = this.field.at(state);
    this.between = copyOf(state);
    this.h = isAdaptive(ensemble.integrator) ? 0 : ensemble.integrator.step;
    this.status = this.fault(this.here) ?? (this.here.hasSlope() ? 0 : statuses["non-finite"]);
    if (this.status !== 0) return;
    this.lead.start(this.here.weights);
    this.recorder.start(this.here);
    if (this.adaptive) this.h = firstStep(ensemble, this.field, this.here, this.end, this.stepper.errorOrder) * (options.firstStep ?? 1);
  }

  /** Tries a step, and accepts it or shortens it for the next trial. */
  step(): void {
    const isLast = this.adaptive ? 1.01 * this.h >= this.end - this.time : this.steps + 1 === stepsOf(this.ensemble);
    if (this.adaptive && isLast) this.h = this.end - this.time;
    const step = this.stepper.try(this.here, this.h);
    if (this.adaptive && !(step.error <= 1)) this.reject(step);
    else this.accept(step, isLast);
  }

  private reject({ error }: Step): void {
    this.rejected++;
    this.h *= Math.min(1, stepFactor(error, this.stepper.errorOrder));
    this.grow = 1;
    if (this.time + this.h === this.time || !(this.h >= shortest)) this.status = statuses.stalled;
  }

  private accept(step: Step, isLast: boolean): void {
    const { time: from, state } = this;
    if (this.adaptive && normalizerRow(this.ensemble.normalizer).kink) this.stick(step);
    this.steps++;
    this.time = isLast ? this.end : this.adaptive ? from + step.length : this.steps * step.length;
    this.field.at(step.end, this.there);
    this.status = this.fault(this.there) ?? 0;
    if (this.status === 0) this.observe(step, from);
    assign(state, step.end);
    [this.here, this.there] = [this.there, this.here];
    if (this.disturb) {
      this.disturb(state);
      this.field.at(state, this.here);
    }
    if (this.adaptive) this.h *= Math.min(this.grow, stepFactor(step.error, this.stepper.errorOrder));
    this.grow = control.grow;
    if (this.status === 0) this.status = this.ending(isLast);
  }

  private observe(step: Step, from: number): void {
    const inside = (theta: number) => {
      step.at(theta, this.between);
      return this.field.at(this.between, this.inside);
    };
    this.lead.during(step, from, this.there.weights);
    this.recorder.during(inside, from, this.time, this.steps);
    this.flowTime.add(inside, step.length);
  }

  /** A logit that would cross a kink of the normalizer, at 0, stays at 0 for good. */
  private stick({ end: { logits } }: Step): void {
    for (let i = 0; i < logits.length; i++) if ((this.here.state.logits[i] as number) * (logits[i] as number) < 0) logits[i] = 0;
  }

  /** How the state ends the run after a step without a fault; 0 if the run goes on. */
  private ending(isLast: boolean): number {
    const { maxSteps = Number.POSITIVE_INFINITY } = this.ensemble.until as { maxSteps?: number };
    if (isLast) return this.adaptive || !this.isStill() ? statuses.completed : statuses.stalled;
    if (this.steps >= maxSteps) return statuses["max-steps"];
    return this.convergence?.isReached(this.time, this.state) ? statuses.converged : 0;
  }

  /** Whether one more step would leave the state as it is, bit for bit. */
  private isStill(): boolean {
    const { end } = this.stepper.try(this.here, this.h);
    const { logits, values } = this.here.state;
    return end.logits.every((x, i) => x === logits[i]) && end.values.every((x, i) => x === values[i]);
  }

  /** The status of a run that has grown too large or left the finite numbers: see `divergedAt`. */
  private fault({ output, state: { logits } }: Evaluation): number | undefined {
    if (dot(output, output) + dot(logits, logits) <= (hasClock(this.ensemble) ? divergedAtByClock : divergedAt)) return undefined;
    return output.every(Number.isFinite) && logits.every(Number.isFinite) ? statuses.diverged : statuses["non-finite"];
  }
}
