import { control, isAdaptive } from "../model/integrators.ts";
import { normalizerRow } from "../model/normalizers.ts";
import { canConverge, endOf, hasClock, isOverTime, type Point, recordedTimes, stepsOf } from "../model/point.ts";
import { type Column, divergedAt, divergedAtByClock, none, statuses, type VectorName } from "../model/rows.ts";
import { Field } from "./field.ts";
import { FlowTime } from "./flowTime.ts";
import { Leadership } from "./leadership.ts";
import { dot } from "./linear.ts";
import { gradientNorms, leader, rank, shares, sizes, squaredNorms, valueNorms } from "./observables.ts";
import type { State } from "./start.ts";
import { type Flowing, Stepper } from "./stepper.ts";

/** A trajectory's entry: the state at a recorded time, and how many steps were taken by then. */
export interface Recorded {
  step: number;
  logits: Float64Array;
  weights: Float64Array;
  alignments: Float64Array;
  valueNorms: Float64Array;
  loss: number;
  gradientNorms: [values: number, logits: number];
}

/** What distributions over time are made of, one number a recorded time; NaN where there is none. */
export interface Observed {
  entropy: Float32Array;
  sinkShare: Float32Array;
  loss: Float32Array;
}

export interface Outcome {
  row: Record<Column, number>;
  /** At the start and at the end. */
  vectors: Record<VectorName, Float64Array>;
  /** With `trajectory`. */
  recorded: Recorded[];
  /** With `overTime`. */
  observed?: Observed;
}

export interface SimulateOptions {
  trajectory?: boolean;
  overTime?: boolean;
  /** Called on the state after every step: how the verification disturbs a run. */
  disturb?: (state: State) => void;
  /** By what the first adaptive step is multiplied, so that all steps fall elsewhere. */
  firstStep?: number;
}

/**
 * Follows one run from its start to its end in float64. The state is changed in place and ends as the run does.
 * This is the oracle: plain loops, full Runge-Kutta stages, nothing shared with the kernel but the tables.
 */
export function simulate(point: Point, state: State, options: SimulateOptions = {}): Outcome {
  const { integrator } = point;
  const adaptive = isAdaptive(integrator);
  const { maxSteps = Number.POSITIVE_INFINITY } = point.until as { maxSteps?: number };
  const converge = canConverge(point);
  const field = new Field(point);
  const stepper = new Stepper(point, field);
  const sticks = adaptive && normalizerRow(point.normalizer).kink;
  const [end, total] = [endOf(point), stepsOf(point)];
  const { logits, values } = state;
  const start = observeStart(state, field);
  const lead = new Leadership(point);
  const recorder = new Recorder(point, state, field, options);
  const flowTime = new FlowTime(point, state);
  const tooLarge = hasClock(point) ? divergedAtByClock : divergedAt;
  const kept = { time: 0, logits: logits.slice(), values: values.slice() };

  let [time, steps, rejected] = [0, 0, 0];
  field.forward(state, state);
  let status: number = health(field, state, tooLarge) ?? (field.hasSlope() ? 0 : statuses["non-finite"]);
  if (status === 0) {
    lead.begin(field.weights);
    recorder.upTo(0, 0, 0, () => state);
  }
  let h = adaptive && status === 0 ? stepper.firstStep(state, end) * (options.firstStep ?? 1) : 0;
  let grow: number = control.grow;
  while (status === 0) {
    const last = adaptive ? 1.01 * h >= end - time : steps + 1 === total;
    if (!adaptive) h = integrator.step;
    else if (last) h = end - time;
    field.forward(state, state);
    const error = stepper.try(state, h);
    if (adaptive && !(error <= 1)) {
      rejected++;
      h *= Math.min(1, stepper.factor(error));
      grow = 1;
      if (time + h === time || !(h >= shortest)) status = statuses.stalled;
      continue;
    }
    const { next } = stepper;
    if (sticks) for (let i = 0; i < logits.length; i++) if ((logits[i] as number) * (next.logits[i] as number) < 0) next.logits[i] = 0; // for good
    const [from, length] = [time, h];
    steps++;
    time = last ? end : adaptive ? time + h : steps * integrator.step;
    field.forward(next, state);
    status = health(field, next, tooLarge) ?? 0;
    if (status === 0) {
      const inside = (theta: number, out: Flowing) => stepper.interpolate(state, theta, out);
      lead.look(field, inside, adaptive ? control.looks : 1, from, length);
      recorder.upTo(time, from, steps, inside);
      flowTime.add(field, inside, length);
    }
    logits.set(next.logits);
    values.set(next.values);
    options.disturb?.(state);
    h *= Math.min(grow, stepper.factor(error));
    grow = control.grow;
    if (status !== 0) break;
    if (last) status = statuses.completed;
    else if (steps >= maxSteps) status = statuses["max-steps"];
    else if (converge && time >= 2 * kept.time) {
      if (kept.time > 0 && stepper.isAtRest(state, kept)) status = statuses.converged;
      kept.time = time;
      kept.logits.set(logits);
      kept.values.set(values);
    }
  }
  field.forward(state, state);
  recorder.hold(status, steps);
  if (!adaptive && status === statuses.completed && stands(stepper, state)) status = statuses.stalled;
  field.forward(state, state);

  const last = shares(field.weights);
  const [valuesGradientNorm, logitsGradientNorm] = gradientNorms(field, state);
  const row: Outcome["row"] = {
    status,
    steps,
    rejected,
    time,
    logTime: time > 0 ? flowTime.log : Number.NaN,
    sink: last.sink,
    negative: last.sink !== none && (field.weights[last.sink] as number) < 0 ? 1 : 0,
    sinkShare: last.sinkShare,
    shortfall: last.shortfall,
    entropy: last.entropy,
    loss: field.lossValue(state),
    valuesGradientNorm,
    logitsGradientNorm,
    ...sizes(field.logits, values, last.sink),
    polarizationTime: lead.polarizationTime,
    lockInTime: lead.lockInTime,
    ...start.leads,
    rankByLogit: rank(start.logits, last.sink),
    rankByAlignment: rank(start.alignments, last.sink),
  };
  const vectors = {
    initialLogits: start.logits,
    initialAlignments: start.alignments,
    weights: field.weights.slice(),
    logits: field.logits.slice(),
    alignments: field.alignments(),
  };
  return { row, vectors, recorded: recorder.recorded, ...(recorder.observed && { observed: recorder.observed }) };
}

/** Steps below the normal float64 numbers can no longer be made shorter by a factor. */
const shortest = 2 ** -1022;

const finite = (x: Float64Array) => x.every(Number.isFinite);

/** How a state ends a run, if it does; see `divergedAt`. */
function health({ output }: Field, { logits }: Flowing, tooLarge: number): number | undefined {
  if (dot(output, output) + dot(logits, logits) <= tooLarge) return undefined;
  return finite(output) && finite(logits) ? statuses.diverged : statuses["non-finite"];
}

/** Whether one more step would leave the state, at which the field was evaluated last, as it is, bit for bit. */
function stands(stepper: Stepper, state: State): boolean {
  stepper.try(state, stepper.length);
  return stepper.next.logits.every((x, i) => x === state.logits[i]) && stepper.next.values.every((x, i) => x === state.values[i]);
}

/** Keeps what is recorded at the times of the specification. */
class Recorder {
  readonly recorded: Recorded[] = [];
  readonly observed: Observed | undefined;
  private readonly times: number[];
  private readonly between: State;
  private readonly trajectory: boolean;
  private readonly field: Field;
  private readonly state: State;
  private slot = 0;

  constructor(point: Point, state: State, field: Field, { trajectory = false, overTime = false }: SimulateOptions) {
    this.times = trajectory || overTime ? recordedTimes(point) : [];
    this.trajectory = trajectory;
    this.field = field;
    this.state = state;
    this.between = { ...state, logits: state.logits.slice(), values: state.values.slice() };
    if (overTime && isOverTime(point)) {
      const series = () => new Float32Array(this.times.length).fill(Number.NaN);
      this.observed = { entropy: series(), sinkShare: series(), loss: series() };
    }
  }

  /** Records what is due in the step that ends at `time`, having begun at `from`, or at the start. */
  upTo(time: number, from: number, step: number, inside: (theta: number, out: Flowing) => void): void {
    for (; (this.times[this.slot] ?? Number.POSITIVE_INFINITY) <= time * (1 + 1e-12); this.slot++) {
      if (time > from) inside(Math.min(1, ((this.times[this.slot] as number) - from) / (time - from)), this.between);
      this.keep(this.between, step, true);
    }
  }

  /** The last state at every later time: in distributions as long as the run is sound. */
  hold(status: number, step: number): void {
    if (status === statuses["non-finite"]) return;
    for (; this.slot < this.times.length; this.slot++) this.keep(this.state, step, status !== statuses.diverged);
  }

  private keep(state: State, step: number, sound: boolean): void {
    const { field, observed } = this;
    field.forward(state, state);
    const loss = field.lossValue(state);
    if (observed && sound) {
      const { entropy, sinkShare } = shares(field.weights);
      observed.entropy[this.slot] = entropy;
      observed.sinkShare[this.slot] = sinkShare;
      observed.loss[this.slot] = loss;
    }
    if (!this.trajectory) return;
    this.recorded.push({
      step,
      logits: field.logits.slice(),
      weights: field.weights.slice(),
      alignments: field.alignments(),
      valueNorms: valueNorms(state.values, state.logits.length),
      loss,
      gradientNorms: gradientNorms(field, state),
    });
  }
}

/** Logits and alignments at the start, the entropy of the weights, and who leads by each measure. */
function observeStart(state: State, field: Field) {
  field.forward(state, state);
  const { logits } = field;
  const alignments = field.alignments();
  const leads = {
    initialEntropy: shares(field.weights).entropy,
    byLogit: leader(logits, true),
    byAlignment: leader(alignments, true),
    byAbsAlignment: leader(alignments.map(Math.abs), true),
    byValueNorm: leader(squaredNorms(state.values, logits.length), true),
  };
  return { logits: logits.slice(), alignments, leads };
}
