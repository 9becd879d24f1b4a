import type { PointTrajectory } from "../../ensemble/run.ts";
import { type Proportion, proportion } from "../../statistics/proportion.ts";
import { exactQuantiles, type Quantiles } from "../../statistics/quantiles.ts";
import type { PointReport } from "../../sweep/sweep.ts";
import { percent, short } from "../table.ts";
import type { NumberRow } from "./types.ts";

/** Index of the largest magnitude: the sink of these weights. */
export const largest = (weights: readonly number[]): number =>
  weights.reduce((best, p, i) => (Math.abs(p) > Math.abs(weights[best] as number) ? i : best), 0);

export const last = <T>(x: readonly T[]): T => x.at(-1) as T;

/** Largest difference of a weight between two runs, over the recorded times that both have: they begin with the same ones. */
export const weightDistance = (a: PointTrajectory, b: PointTrajectory): number =>
  a.weights
    .slice(0, b.weights.length)
    .reduce((most, weights, j) => weights.reduce((m, p, i) => Math.max(m, Math.abs(p - (b.weights[j]?.[i] as number))), most), 0);

/** u_i = β·v_i under logistic loss L(m), of the alignments −v_i·∇L: −ℓ′(m) = 1 − e^(−L). */
export const pullsOf = ({ alignments, loss }: PointTrajectory): number[][] =>
  alignments.map((row, j) => row.map((x) => x / -Math.expm1(-(loss[j] as number))));

/** How often two ensembles from the same starts end with the same sink, over the runs that both have. */
export function agreement(a: ArrayLike<number>, b: ArrayLike<number>): Proportion & { runs: number } {
  const runs = Math.min(a.length, b.length);
  let same = 0;
  for (let run = 0; run < runs; run++) if (a[run] === b[run]) same++;
  return { ...(proportion(same, runs) as Proportion), runs };
}

/** A share of runs as a number of the table. */
export const shareRow = (p: Proportion | undefined, runs: number): NumberRow["many"] =>
  p && { value: p.share, low: p.interval[0], high: p.interval[1], of: "share", runs };
/** A distribution over runs as a number of the table. */
export const medianRow = (q: Quantiles | undefined, runs: number): NumberRow["many"] =>
  q && { value: q.median, low: q.q05, high: q.q95, of: "median", runs };

/**
 * What most experiments tell of their ends.
 * @param asFar whether descent went as far as the flow: else its end is none to compare with
 */
export function endRows(name: string, flow: PointReport, descent: PointReport, many: PointReport, asFar = true): NumberRow[] {
  const row = (what: string, of: (point: PointReport) => number | undefined, all: NumberRow["many"], told = asFar): NumberRow => ({
    what: `${name}${what}`,
    flow: of(flow),
    descent: told ? of(descent) : undefined,
    many: all,
  });
  return [
    row("largest share at the end", (p) => p.sinkShare?.median, medianRow(many.sinkShare, many.runs)),
    row("reached share 0.9 (1: yes)", (p) => p.polarized?.share, shareRow(many.polarized, many.runs)),
    row("time to share 0.9", (p) => p.polarizationTime?.median, medianRow(many.polarizationTime, many.runs), true),
    row("loss at the end", (p) => p.loss?.median, medianRow(many.loss, many.runs)),
  ];
}

type Predictor = "alignment" | "logit";
const predicted = { alignment: "best aligned token", logit: "largest logit at the start" } as const;

/** Whether the token that a predictor names became the sink. */
export function predictorRow(name: string, by: Predictor, flow: PointReport | undefined, many: PointReport): NumberRow {
  return {
    what: `${name}${predicted[by]} became the sink (1: yes)`,
    flow: flow?.predictors[by]?.share,
    many: shareRow(many.predictors[by], many.runs),
  };
}

/** The difference between the flow and gradient descent from the authors' start. */
export function stepRows(name: string, flow: PointTrajectory, descent: PointTrajectory): NumberRow {
  return { what: `${name}flow and descent: largest difference of a weight on the way`, descent: weightDistance(flow, descent) };
}

/** The same as a sentence, of the farthest apart of several pairs. */
export const stepSentence = (...pairs: readonly { flow: PointTrajectory; euler: PointTrajectory }[]): string =>
  `From the authors' start flow and descent differ by at most ${short(Math.max(...pairs.map(({ flow, euler }) => weightDistance(flow, euler))))} in a weight on the way.`;

/** `0.953` or `1.0e-4`, with where 90 % of runs lie. */
export const spread = (q: Quantiles | undefined): string =>
  q ? `${short(q.median)} (90 % of runs: ${short(q.q05)} to ${short(q.q95)})` : "–";

/** Of so many starts. */
export const ofStarts = (p: Proportion | undefined, runs: number): string => `${percent(p)} of ${runs.toLocaleString("en-US")} starts`;

const ofRuns = (runs: number, all: number) => `${runs < all ? "the first" : "all"} ${runs.toLocaleString("en-US")} runs`;

/** Of which runs bands are, as a caption ends. */
export const bandNote = ({ trajectories = [], runs }: PointReport): string =>
  `median, 25 to 75 % and 5 to 95 % of ${ofRuns(trajectories.length, runs)}.`;

/** The same where bands show 25 to 75 % alone. */
export const quartileNote = ({ trajectories = [], runs }: PointReport): string =>
  `median and 25 to 75 % of ${ofRuns(trajectories.length, runs)}.`;

/** What a figure of places shows. */
export const placeNote = (measure: string, { runs }: PointReport): string =>
  `${measure} at the end: median, 25 to 75 % and 5 to 95 % of ${ofRuns(runs, runs)}; diamond, the authors' start.`;

/** Of how many starts descent ended with the flow's sink, as a sentence. */
export const descentSentence = (same: Proportion & { runs: number }, where = ""): string =>
  `Gradient descent at the paper's rate ended with the flow's sink in ${percent(same)} of ${same.runs} starts${where}.`;
/** The same as a number of the table. */
export const descentRow = (name: string, same: Proportion & { runs: number }): NumberRow => ({
  what: `${name}descent and flow end with the same sink`,
  many: shareRow(same, same.runs),
});

/** Values of all recorded runs at every time: of each run a number, by a function of its trajectory and a place in it. */
export function bandsOf(outcome: PointReport, of: (run: PointTrajectory, at: number) => number): { time: number; q: Quantiles }[] {
  const runs = outcome.trajectories ?? [];
  const times = runs[0]?.times ?? [];
  return times.map((time, j) => ({ time, q: exactQuantiles(runs.map((run) => of(run, j))) }));
}
