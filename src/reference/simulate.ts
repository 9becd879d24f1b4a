import { none, type VectorName } from "../model/columns.ts";
import { type Ensemble, hasMode } from "../model/ensemble.ts";
import { exp } from "../model/mathematics.ts";
import type { Row } from "../model/rows.ts";
import { ownColumns } from "./definitions/columns.ts";
import type { Evaluation } from "./field.ts";
import { fragilityAt } from "./fragility.ts";
import type { Leadership } from "./leadership.ts";
import { gradientNorms, leader, modes, rank, shares, sinkOf, sizes, squaredNorms } from "./observables.ts";
import type { Recorder } from "./recorder.ts";
import { Run, type SimulateOptions } from "./run.ts";
import type { State } from "./state.ts";

/** What came of one run, with what was recorded of it. */
export interface RunResult
  extends Pick<Recorder, "recorded" | "observed">,
    Pick<Leadership, "leaders" | "slopes" | "intervals" | "sensitivities" | "jumped"> {
  row: Row;
  start: Start;
  /** At the start and at the end, n numbers each. */
  vectors: Record<VectorName, Float64Array>;
  /** By how much answers stay or flip where the end is disturbed. */
  gaps: ReturnType<typeof fragilityAt>["gaps"];
}

/**
 * Follows one run from its start to its end in float64. The state is changed in place and ends as the run does.
 * This is the oracle: plain loops, full Runge-Kutta stages, nothing shared with the kernel but the tables.
 */
export function simulate(ensemble: Ensemble, state: State, options: SimulateOptions = {}): RunResult {
  const run = new Run(ensemble, state, options);
  const start = observeStart(run.here);
  const { leaders, slopes, intervals, sensitivities, jumped } = run.lead;
  // Told after some tens of milliseconds: so many numbers of states are computed in them.
  const every = Math.ceil(2 ** 19 / (ensemble.tokens * ensemble.dim));
  let told = 0;
  while (run.status === 0) {
    run.glide(every);
    run.step();
    if (run.steps + run.rejected < told + every || run.status !== 0) continue;
    told = run.steps + run.rejected;
    options.progress?.(run.share());
  }
  const { here, status, steps, recorder } = run;
  recorder.end(here, status, steps);
  const { recorded, observed } = recorder;
  const seen = observe(here, start);
  return { ...seen, row: rowOf(run, seen.row), start, recorded, observed, leaders, slopes, intervals, sensitivities, jumped };
}

type Start = ReturnType<typeof observeStart>;

/** What is observed at the start: logits and alignments, the entropy of the weights, and which token leads by each measure. */
function observeStart(here: Evaluation) {
  const { logits, weights, state } = here;
  const alignments = here.alignments();
  const { ensemble, data } = here.field;
  const columns = {
    initialEntropy: shares(weights).entropy,
    byLogit: leader(logits, true),
    byAlignment: leader(alignments, true),
    byAbsAlignment: leader(alignments.map(Math.abs), true),
    byValueNorm: leader(squaredNorms(state.values, logits.length), true),
    byMode: hasMode(ensemble) ? leader(modes(logits, state.values, data.target), true) : none,
  };
  return { logits: logits.slice(), alignments, columns };
}

/** The row of results of a run that has ended. A number that does not exist, such as the time of an event that never came, is NaN; a token, `none`. */
function rowOf({ status, steps, rejected, time, lead, flowTime }: Run, seen: Seen["row"]): Row {
  return {
    status,
    steps,
    rejected,
    time,
    logTime: time > 0 ? flowTime.log : Number.NaN,
    ...lead.times,
    ...seen,
  };
}

const vectorsAt = (here: Evaluation, start: Start): Record<VectorName, Float64Array> => ({
  initialLogits: start.logits,
  initialAlignments: start.alignments,
  weights: here.weights.slice(),
  logits: here.logits.slice(),
  alignments: here.alignments(),
});

/** What follows from a state. */
type Seen = ReturnType<typeof observe>;

/** All of a row that follows from a state and the start, the vectors, and what decides answers. By default the state is the start. */
export function observe(here: Evaluation, start = observeStart(here)) {
  const sink = sinkOf(here.weights);
  const { columns, gaps } = fragilityAt(here, sink);
  return { row: { ...ownColumns(here), ...columnsAt(here, start, sink), ...columns }, vectors: vectorsAt(here, start), gaps };
}

function columnsAt(here: Evaluation, start: Start, sink: number) {
  const found = shares(here.weights);
  const [valuesGradientNorm, logitsGradientNorm] = gradientNorms(here);
  return {
    sink,
    negative: sink === none ? none : Number((here.weights[sink] as number) < 0),
    ...found,
    effectiveTokens: exp(found.entropy),
    loss: here.loss(),
    valuesGradientNorm,
    logitsGradientNorm,
    ...sizes(here.logits, here.state.values, sink),
    ...start.columns,
    rankByLogit: rank(start.logits, sink),
    rankByAlignment: rank(start.alignments, sink),
  };
}
