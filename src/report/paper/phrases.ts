import type { Proportion } from "../../statistics/proportion.ts";
import type { Quantiles } from "../../statistics/quantiles.ts";
import type { PointReport } from "../../sweep/sweep.ts";
import { percent, short } from "../format.ts";
import { type Agreement, type Authors, weightDistance } from "./results.ts";

/** The share that counts as polarized: `0.9`. */
export const thresholdOf = ({ ensemble }: PointReport): string => short(ensemble.polarizedAt);

/** `0.953` or `1.0e-4`, with where 90 % of runs lie. */
export const medianAndRange = (q: Quantiles | undefined): string =>
  q ? `${short(q.median)} (90 % of runs: ${short(q.q05)} to ${short(q.q95)})` : "–";

const count = (runs: number): string => runs.toLocaleString("en-US");

/** `99.7 % [99.2, 99.9] of 1,024 starts` */
export const ofStarts = (p: Proportion | undefined, runs: number): string => `${percent(p)} of ${count(runs)} starts`;
/** `1,024 starts` */
export const starts = ({ runs }: PointReport): string => `${count(runs)} starts`;

/** `all 1,024 runs` */
export const allRuns = ({ runs }: PointReport): string => `all ${count(runs)} runs`;
const recordedRuns = (report: PointReport): string => {
  const recorded = report.trajectories?.length ?? 0;
  return recorded < report.runs ? `the first ${count(recorded)} runs` : allRuns(report);
};

/** The end of a caption: which quantiles of which runs bands show. */
export const bandNote = (report: PointReport): string => `median, 25 to 75 % and 5 to 95 % of ${recordedRuns(report)}.`;
/** The same where bands show 25 to 75 % alone. */
export const quartileNote = (report: PointReport): string => `median and 25 to 75 % of ${recordedRuns(report)}.`;

/** The largest difference between flow and descent from the authors' start, over all pairs. */
export const differenceSentence = (...pairs: readonly Authors[]): string =>
  `From the authors' start flow and descent differ by at most ${short(Math.max(...pairs.map(({ flow, descent }) => weightDistance(flow.run, descent.run))))} in a weight on the way.`;

/** How often descent ended with the flow's winner. */
export const agreementSentence = (same: Agreement, where = ""): string =>
  `Gradient descent at the paper's rate ended with the flow's winner in ${percent(same)} of ${same.runs} starts${where}.`;
