import type { TimedTrajectory } from "../../ensemble/timed.ts";
import { none } from "../../model/columns.ts";
import type { Ensemble } from "../../model/ensemble.ts";
import { expm1 } from "../../model/mathematics.ts";
import { type Proportion, proportion } from "../../statistics/proportion.ts";
import { exactQuantiles, type Quantiles } from "../../statistics/quantiles.ts";
import type { PointReport } from "../../sweep/sweep.ts";
import type { SourceResult } from "../study.ts";

/** A point's report, and the sinks of its runs. */
export interface PointResult extends PointReport {
  sinks: ArrayLike<number>;
}

const any = () => true;

/** The first point of a result that is wanted. Throws where there is none. */
export function pointOf({ report: { points }, runs }: SourceResult, isWanted: (ensemble: Ensemble) => boolean = any): PointResult {
  const index = points.findIndex(({ ensemble }) => isWanted(ensemble));
  const report = points[index];
  if (!report) throw new Error(`no such point of ${points[0]?.ensemble.name}`);
  return { ...report, sinks: runs[index]?.columns.sink ?? [] };
}

/** A single run, and the report of its point. */
export interface Single {
  report: PointReport;
  run: TimedTrajectory;
}

/** The first run of the first point that is wanted. Throws where there is none. */
export function singleOf(result: SourceResult, isWanted: (ensemble: Ensemble) => boolean = any): Single {
  const report = pointOf(result, isWanted);
  const [run] = report.trajectories ?? [];
  if (!run) throw new Error(`no trajectory of ${report.ensemble.name}`);
  return { report, run };
}

/** A run from the authors' start, by the flow and by gradient descent at their learning rate. */
export interface Authors {
  flow: Single;
  descent: Single;
}

/** The authors' runs from a result whose grid has both methods: the flow is followed by tsit5. */
export const authorsOf = (result: SourceResult, isWanted: (ensemble: Ensemble) => boolean = any): Authors => ({
  flow: singleOf(result, (ensemble) => isWanted(ensemble) && ensemble.integrator?.kind === "tsit5"),
  descent: singleOf(result, (ensemble) => isWanted(ensemble) && ensemble.integrator?.kind === "euler"),
});

export const last = <T>(x: readonly T[]): T => x.at(-1) as T;

/** The token of the largest weight at the end of a run. */
export const sinkOf = ({ weights }: TimedTrajectory): number => {
  const end = last(weights);
  return end.reduce((best, p, i) => (Math.abs(p) > Math.abs(end[best] as number) ? i : best), 0);
};

/** Largest difference of a weight between two runs, over the recorded times that both have; their first times are the same. */
export const weightDistance = (a: TimedTrajectory, b: TimedTrajectory): number =>
  a.weights
    .slice(0, b.weights.length)
    .reduce((max, weights, j) => weights.reduce((m, p, i) => Math.max(m, Math.abs(p - (b.weights[j]?.[i] as number))), max), 0);

/** u_i = β·v_i under logistic loss L(m), from the alignments −v_i·∇L, since −ℓ′(m) = 1 − e^(−L): [time][token]. */
export const pullsOf = ({ alignments, loss }: TimedTrajectory): number[][] =>
  alignments.map((row, j) => row.map((x) => x / -expm1(-(loss[j] as number))));

/** A share of `runs` runs. */
export type Agreement = Proportion & { runs: number };

/** How often two ensembles from the same starts end with the same winner, over the runs that both have and in which both have one. */
export function agreement(a: ArrayLike<number>, b: ArrayLike<number>): Agreement {
  let [runs, same] = [0, 0];
  for (let run = 0; run < Math.min(a.length, b.length); run++) {
    if (a[run] === none || b[run] === none) continue;
    runs++;
    if (a[run] === b[run]) same++;
  }
  return { ...(proportion(same, runs) as Proportion), runs };
}

/** What an experiment compares: the authors' start with many, and descent with the flow over many. */
export interface Compared {
  authors: Authors;
  many: PointResult;
  same: Agreement;
}

/** A number of a run at the recorded time with an index. */
export type RunNumber = (run: TimedTrajectory, at: number) => number;

/** Quantiles of a number over all recorded runs, at every recorded time. */
export function quantilesInTime({ trajectories = [] }: PointReport, of: RunNumber): { time: number; q: Quantiles }[] {
  const times = trajectories[0]?.times ?? [];
  return times.map((time, j) => ({ time, q: exactQuantiles(trajectories.map((run) => of(run, j))) }));
}
