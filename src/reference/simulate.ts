import { normalizers } from "../model/normalizers.ts";
import { type Point, stepsOf } from "../model/point.ts";
import { type Column, divergedAt, none, statuses } from "../model/rows.ts";
import { Field, Stepper } from "./field.ts";
import { dot } from "./linear.ts";
import { leader, shares } from "./observables.ts";
import type { State } from "./start.ts";

/** A trajectory's entry: the state after `step` steps. */
export interface Recorded {
  step: number;
  logits: Float64Array;
  weights: Float64Array;
  loss: number;
}

export interface Outcome {
  row: Record<Column, number>;
  weights: Float64Array;
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
  const start = observeStart(point, state, field);

  let lead = none;
  let lockInStep = 0;
  let polarizationStep = none;
  let status: number = statuses.completed;
  let step = 0;
  for (; ; step++) {
    field.forward(logits, values, state);
    status = health(field.output, logits);
    if (status !== statuses.completed) break;
    if (record[recorded.length] === step)
      recorded.push({ step, logits: logits.slice(), weights: field.weights.slice(), loss: field.lossValue(state) });

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
  if (status === statuses.diverged)
    for (const at of record.slice(recorded.length))
      recorded.push({ step: at, logits: logits.slice(), weights: field.weights.slice(), loss: field.lossValue(state) });
  if (status === statuses.completed && stands(stepper, state)) status = statuses.stalled;
  field.forward(logits, values, state);

  const end = shares(field.weights);
  const row: Outcome["row"] = {
    status,
    steps: step,
    sink: end.sink,
    negative: end.sink !== none && (field.weights[end.sink] as number) < 0 ? 1 : 0,
    sinkShare: end.sinkShare,
    shortfall: end.shortfall,
    entropy: end.entropy,
    loss: field.lossValue(state),
    polarizationStep,
    lockInStep,
    ...start,
  };
  return { row, weights: field.weights.slice(), recorded };
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

/** Entropy of the first weights, and who leads at the start by each measure. */
function observeStart(point: Point, state: State, field: Field) {
  const { logits, values } = state;
  const { tokens: n, dim: d } = point;
  field.forward(logits, values, state);
  const alignment = field.pull.map((x) => -x);
  const squaredNorm = new Float64Array(n);
  for (let k = 0; k < d; k++) for (let i = 0; i < n; i++) squaredNorm[i] = (squaredNorm[i] as number) + (values[k * n + i] as number) ** 2;
  return {
    initialEntropy: shares(field.weights).entropy,
    byLogit: leader(logits, true),
    byAlignment: leader(alignment, true),
    byAbsAlignment: leader(alignment.map(Math.abs), true),
    byValueNorm: leader(squaredNorm, true),
  };
}
