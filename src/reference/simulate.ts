import { normalizers } from "../model/normalizers.ts";
import { type Point, stepsOf } from "../model/point.ts";
import { type Column, divergedAt, none, statuses, type VectorName } from "../model/rows.ts";
import { Field, Stepper } from "./field.ts";
import { dot } from "./linear.ts";
import { gradientNorms, leader, rank, shares, sizes, squaredNorms, valueNorms } from "./observables.ts";
import type { State } from "./start.ts";

/** A trajectory's entry: the state after `step` steps. */
export interface Recorded {
  step: number;
  logits: Float64Array;
  weights: Float64Array;
  alignments: Float64Array;
  valueNorms: Float64Array;
  loss: number;
  gradientNorms: [values: number, logits: number];
}

export interface Outcome {
  row: Record<Column, number>;
  /** At the start and at the end. */
  vectors: Record<VectorName, Float64Array>;
  recorded: Recorded[];
}

export interface SimulateOptions {
  /** After which steps the state is recorded, ascending. */
  record?: readonly number[];
  /** Called on the state after every step: how the verification disturbs a run. */
  disturb?: (state: State) => void;
}

/**
 * Follows one run from its start to its end in float64. The state is changed in place and ends as the run does.
 * This is the oracle: plain loops, full Runge-Kutta stages, nothing shared with the kernel but the tables.
 */
export function simulate(point: Point, state: State, options: SimulateOptions = {}): Outcome {
  const field = new Field(point);
  const stepper = new Stepper(point, field);
  const steps = stepsOf(point);
  const record = options.record ?? [];
  const { logits, values } = state;
  const magnitudes = new Float64Array(point.tokens);
  const unitShares = normalizers[point.normalizer.kind].shares;
  const recorded: Recorded[] = [];
  const start = observeStart(state, field);

  let lead = none;
  let lockInStep = 0;
  let polarizationStep = none;
  let status: number = statuses.completed;
  let step = 0;
  for (; ; step++) {
    field.forward(logits, values, state);
    status = health(field.output, logits);
    if (status !== statuses.completed) break;
    if (record[recorded.length] === step) recorded.push(entry(step, state, field));

    let total = 0;
    for (let i = 0; i < magnitudes.length; i++) total += magnitudes[i] = Math.abs(field.weights[i] as number);
    const top = leader(magnitudes, true);
    if (top !== none && top !== lead) {
      if (lead !== none) lockInStep = step;
      lead = top;
    }
    if (polarizationStep === none) {
      const largest = magnitudes[leader(magnitudes)] as number;
      if (largest > 0 && largest >= point.polarizedAt * (unitShares ? 1 : total)) polarizationStep = step;
    }
    if (step === steps) break;
    stepper.advance(state);
    options.disturb?.(state);
  }
  if (status === statuses.diverged) for (const at of record.slice(recorded.length)) recorded.push(entry(at, state, field));
  if (status === statuses.completed && stands(stepper, state)) status = statuses.stalled;
  field.forward(logits, values, state);

  const end = shares(field.weights);
  const [valuesGradientNorm, logitsGradientNorm] = gradientNorms(field, logits);
  const row: Outcome["row"] = {
    status,
    steps: step,
    sink: end.sink,
    negative: end.sink !== none && (field.weights[end.sink] as number) < 0 ? 1 : 0,
    sinkShare: end.sinkShare,
    shortfall: end.shortfall,
    entropy: end.entropy,
    loss: field.lossValue(state),
    valuesGradientNorm,
    logitsGradientNorm,
    ...sizes(logits, values, end.sink),
    polarizationStep,
    lockInStep,
    ...start.leads,
    rankByLogit: rank(start.logits, end.sink),
    rankByAlignment: rank(start.alignments, end.sink),
  };
  const vectors = {
    initialLogits: start.logits,
    initialAlignments: start.alignments,
    weights: field.weights.slice(),
    logits: logits.slice(),
    alignments: field.alignments(),
  };
  return { row, vectors, recorded };
}

/** completed, as long as nothing is wrong; see `divergedAt`. */
function health(output: Float64Array, logits: Float64Array): number {
  const size = dot(output, output) + dot(logits, logits);
  if (size <= divergedAt) return statuses.completed;
  return output.every(Number.isFinite) && logits.every(Number.isFinite) ? statuses.diverged : statuses["non-finite"];
}

/** Whether one more step would leave the state, at which the field was evaluated last, as it is, bit for bit. */
function stands(stepper: Stepper, state: State): boolean {
  const next = { ...state, logits: state.logits.slice(), values: state.values.slice() };
  stepper.advance(next);
  return next.logits.every((x, i) => x === state.logits[i]) && next.values.every((x, i) => x === state.values[i]);
}

/** The state as a trajectory keeps it. The field's last `forward` must have been at it. */
function entry(step: number, state: State, field: Field): Recorded {
  return {
    step,
    logits: state.logits.slice(),
    weights: field.weights.slice(),
    alignments: field.alignments(),
    valueNorms: valueNorms(state.values, state.logits.length),
    loss: field.lossValue(state),
    gradientNorms: gradientNorms(field, state.logits),
  };
}

/** Logits and alignments at the start, the entropy of the weights, and who leads by each measure. */
function observeStart(state: State, field: Field) {
  const { logits, values } = state;
  field.forward(logits, values, state);
  const alignments = field.alignments();
  const leads = {
    initialEntropy: shares(field.weights).entropy,
    byLogit: leader(logits, true),
    byAlignment: leader(alignments, true),
    byAbsAlignment: leader(alignments.map(Math.abs), true),
    byValueNorm: leader(squaredNorms(values, logits.length), true),
  };
  return { logits: logits.slice(), alignments, leads };
}
