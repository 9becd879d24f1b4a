import { none, type Row, type VectorName } from "../model/columns.ts";
import type { Evaluation } from "./field.ts";
import { gradientNorms, leader, rank, shares, sizes, squaredNorms } from "./observables.ts";
import type { Run } from "./run.ts";

/** What is observed at the start: logits and alignments, the entropy of the weights, and which token leads by each measure. */
export function observeStart(here: Evaluation) {
  const { logits, weights, state } = here;
  const alignments = here.alignments();
  const leads = {
    initialEntropy: shares(weights).entropy,
    byLogit: leader(logits, true),
    byAlignment: leader(alignments, true),
    byAbsAlignment: leader(alignments.map(Math.abs), true),
    byValueNorm: leader(squaredNorms(state.values, logits.length), true),
  };
  return { logits: logits.slice(), alignments, leads };
}
type Start = ReturnType<typeof observeStart>;

/** The row of results of a run that has ended. A number that does not exist, such as the time of an event that never came, is NaN; a token, `none`. */
export function rowOf({ status, steps, rejected, time, here, lead, flowTime }: Run, start: Start): Row {
  const last = shares(here.weights);
  const [valuesGradientNorm, logitsGradientNorm] = gradientNorms(here);
  return {
    status,
    steps,
    rejected,
    time,
    logTime: time > 0 ? flowTime.log : Number.NaN,
    sink: last.sink,
    negative: last.sink !== none && (here.weights[last.sink] as number) < 0 ? 1 : 0,
    sinkShare: last.sinkShare,
    shortfall: last.shortfall,
    entropy: last.entropy,
    loss: here.loss(),
    valuesGradientNorm,
    logitsGradientNorm,
    ...sizes(here.logits, here.state.values, last.sink),
    polarizationTime: lead.polarizationTime,
    lockInTime: lead.lockInTime,
    ...start.leads,
    rankByLogit: rank(start.logits, last.sink),
    rankByAlignment: rank(start.alignments, last.sink),
  };
}

/** The vectors of a run that has ended: n numbers each. */
export const vectorsOf = ({ here }: Run, start: Start): Record<VectorName, Float64Array> => ({
  initialLogits: start.logits,
  initialAlignments: start.alignments,
  weights: here.weights.slice(),
  logits: here.logits.slice(),
  alignments: here.alignments(),
});
