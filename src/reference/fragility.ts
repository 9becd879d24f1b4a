import { type Column, none } from "../model/columns.ts";
import type { Ensemble } from "../model/ensemble.ts";
import { answerOf, disturbances, disturbed, hasDominance, isDisturbed, nudgeSize } from "../model/fragility.ts";
import { lossRow } from "../model/losses.ts";
import type { Row } from "../model/rows.ts";
import { type Evaluation, Field } from "./field.ts";
import { dot } from "./linear.ts";
import { leader, sinkOf } from "./observables.ts";
import { randomBits, randomNormal } from "./start.ts";
import type { State } from "./state.ts";

const norm = (x: Float64Array) => Math.sqrt(dot(x, x));
export const difference = (x: Float64Array, y: Float64Array) => x.map((a, k) => a - (y[k] as number));
/** x over its norm; 0 where that is 0. */
const unit = (x: Float64Array) => {
  const length = norm(x);
  return length > 0 ? x.map((a) => a / length) : x;
};

/** v_i, d numbers. */
export function valueAt({ values, logits }: State | Evaluation["state"], token: number): Float64Array {
  const n = logits.length;
  return Float64Array.from({ length: values.length / n }, (_, k) => values[k * n + token] as number);
}

/** The output where the value of a token has moved by δ, d numbers. */
export function outputAfter({ field, state }: Evaluation, token: number, delta: ArrayLike<number>): Float64Array {
  const n = state.logits.length;
  const values = state.values.slice();
  for (let k = 0; k < delta.length; k++) values[k * n + token] = (values[k * n + token] as number) + (delta[k] as number);
  return field.at({ logits: state.logits, values }).output;
}

/** The output where a token is dropped, and the normalizer is applied to the logits of the others. */
export function outputWithout({ field, logits, state }: Evaluation, token: number): Float64Array {
  const others = logits.filter((_, i) => i !== token);
  const weights = new Float64Array(others.length);
  field.normalizer.forward(others, field.ensemble.normalizer, weights);
  const output = new Float64Array(field.ensemble.dim);
  for (let j = 0; j < weights.length; j++) {
    const value = valueAt(state, j < token ? j : j + 1);
    for (let k = 0; k < output.length; k++) output[k] = (output[k] as number) + (weights[j] as number) * (value[k] as number);
  }
  return output;
}

/** A direction in which no loss falls: ∇L(y), which of a loss of the margin points along −β. */
function ascent({ field, gradient }: Evaluation): Float64Array {
  return lossRow(field.ensemble.loss).falls ? field.data.target.map((x) => -x) : gradient;
}

/** By how much an output has the answer that `of` has; negative where it has another one. */
function lead({ ensemble, data }: Field, output: Float64Array, of: Float64Array): number {
  if (answerOf(ensemble) === "sign") return (dot(data.target, of) > 0 ? 1 : -1) * dot(data.target, output);
  const top = leader(of);
  return (output[top] as number) - output.reduce((most, y, k) => (k === top ? most : Math.max(most, y)), Number.NEGATIVE_INFINITY);
}

/** What disturbances do at a state. */
interface Fragility {
  columns: Pick<Row, Extract<keyof Row, "otherToken" | `nudge${string}` | `adversarial${string}` | `removal${string}`>>;
  /** Of each column that tells of a flip, by how much the answer stays or flips: the smaller one of the leads before and after, negative of a flip. */
  gaps: Partial<Record<Column, number>>;
}

/** Which token is disturbed beside the sink: drawn by the run alone. */
const otherThan = (sink: number, { tokens, seed }: Ensemble, run: number): number => {
  const drawn = randomBits(seed, "otherToken", run, 0, 0) % (tokens - 1);
  return drawn < sink ? drawn : drawn + 1;
};

/** Disturbs the sink and another token. All is absent without a sink, and a relative change where the output is 0. Twin: shaders/observables/fragility.wgsl */
export function fragilityAt(here: Evaluation, sink: number): Fragility {
  const { field, output, state } = here;
  const { ensemble } = field;
  const run = field.data.run;
  if (!ensemble.record.fragility || run === undefined) return { columns: {}, gaps: {} };
  const columns: Partial<Record<Column, number>> = { otherToken: sink === none ? none : otherThan(sink, ensemble, run) };
  const gaps: Fragility["gaps"] = {};
  const before = answerOf(ensemble) && Math.abs(lead(field, output, output));
  for (const disturbance of disturbances.filter((name) => isDisturbed(ensemble, name)))
    for (const whom of disturbed) {
      const name = `${disturbance}${whom === "sink" ? "Sink" : "Other"}` as const;
      const token = whom === "sink" ? sink : (columns.otherToken as number);
      columns[name] = Number.NaN;
      if (before !== undefined) columns[`${name}Flips`] = none;
      if (token === none) continue;
      const after =
        disturbance === "removal" ? outputWithout(here, token) : outputAfter(here, token, moveOf(here, token, disturbance, run));
      columns[name] = norm(difference(after, output)) / norm(output);
      if (before === undefined) continue;
      const now = lead(field, after, output);
      columns[`${name}Flips`] = Number(now < 0);
      gaps[`${name}Flips`] = now < 0 ? -Math.min(before, -now) : Math.min(before, now);
    }
  return { columns, gaps };

  function moveOf(here: Evaluation, token: number, disturbance: "nudge" | "adversarial", run: number): Float64Array {
    const size = nudgeSize * norm(valueAt(state, token));
    const { dim, seed } = ensemble;
    const random = () => Float64Array.from({ length: dim }, (_, k) => randomNormal(seed, "nudge", run, token, k));
    return unit(disturbance === "nudge" ? random() : ascent(here)).map((x) => size * x);
  }
}

/**
 * By how much the sink of one run dominates that of the next, whose place it takes: its value, and its logit relative to the mean of its run.
 * Positive where the loss of the output is lower under the first run's target than under the second's; a loss of the margin is ordered by
 * β·y, square loss by β·y − ½‖β‖². NaN where a run has no sink.   Twin: shaders/observables/dominance.wgsl
 */
export function dominanceOf(ensemble: Ensemble, first: State, second: State): number {
  if (!hasDominance(ensemble)) return Number.NaN;
  const here = new Field(ensemble, first).at(first);
  const there = new Field(ensemble, second).at(second);
  const [from, to] = [sinkOf(here.weights), sinkOf(there.weights)];
  if (from === none || to === none) return Number.NaN;
  const mean = (x: Float64Array) => x.reduce((sum, a) => sum + a, 0) / x.length;
  const logits = second.logits.slice();
  logits[to] = mean(second.logits) + (first.logits[from] as number) - mean(first.logits);
  const values = second.values.slice();
  valueAt(first, from).forEach((x, k) => {
    values[k * logits.length + to] = x;
  });
  const { output } = there.field.at({ logits, values });
  const half = lossRow(ensemble.loss).falls ? 0 : 0.5;
  const size = ({ target }: State) => dot(target, output) - half * dot(target, target);
  return size(first) - size(second);
}
