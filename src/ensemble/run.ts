import { type Ensemble, isOverTime, recordedTimes } from "../model/ensemble.ts";
import { recordedSteps } from "../model/moment.ts";
import { type Engine, type Followed, type RunOptions, type SegmentResult, type Timing, wholeOf } from "../model/result.ts";
import { seriesNames, storedSeries, type Trajectory } from "../model/trajectory.ts";
import { shares } from "../reference/observables.ts";
import { type OverTime, overTime, PolarizedByTime } from "../statistics/overTime.ts";
import { Summarizer, type Summary } from "../statistics/summary.ts";
import { judge, type Verification } from "../verification/judge.ts";
import type { Pool } from "./perform.ts";
import { alikeTokens, dropSinks } from "./ties.ts";

/** A trajectory as in the JSON: the engine's, with the recorded times, and entropies. */
export interface TimedTrajectory extends Trajectory {
  times: number[];
  /** Absent if at some time all weights are 0, so that there are no shares. */
  entropy?: number[];
}

/** The results of one ensemble, as in the JSON. */
export type EnsembleReport = Summary & {
  timing: Timing;
  /** Absent where the flow was followed in all its coordinates. */
  reduction?: Followed["reduction"];
  overTime?: OverTime;
  verification?: Verification;
  trajectories?: TimedTrajectory[];
};

export interface EnsembleOptions extends Omit<RunOptions, "onSegment"> {
  /** So many runs, spread over the ensemble, are verified. */
  samples?: number;
}

/**
 * Runs one ensemble, summarizes it and, on a GPU, verifies `options.samples` of its runs against the reference.
 * @param pool where the reference runs
 */
export async function runEnsemble(engine: Engine, pool: Pool, ensemble: Ensemble, options: EnsembleOptions = {}): Promise<EnsembleReport> {
  return (await followEnsemble(engine, pool, ensemble, options)).finished;
}

/** The same, in two parts: this is done when the engine is, which can then follow another ensemble; the report is `finished` later. */
export async function followEnsemble(
  engine: Engine,
  pool: Pool,
  ensemble: Ensemble,
  { samples, ...options }: EnsembleOptions = {},
): Promise<{ finished: Promise<EnsembleReport> }> {
  const summarizer = new Summarizer(ensemble);
  const polarized = new PolarizedByTime(ensemble);
  const alike = await alikeTokens(ensemble, pool);
  let result: SegmentResult | undefined;
  const followed = await engine.follow([wholeOf(ensemble, samples)], {
    ...options,
    onBatch: (batch) => {
      dropSinks(batch.rows, alike);
      summarizer.add(batch.rows);
      if (isOverTime(ensemble)) polarized.add(batch.rows);
      return options.onBatch?.(batch);
    },
    onSegment: (_, found) => {
      result = found;
    },
  });
  const finished = finish(pool, ensemble, summarizer, polarized, { ...followed, ...(result as SegmentResult) });
  finished.catch(() => {}); // a failure is reported where it is awaited
  return { finished };
}

async function finish(
  pool: Pool,
  ensemble: Ensemble,
  summarizer: Summarizer,
  polarized: PolarizedByTime,
  { timing, trajectories, samples, tallies, reduction }: Followed & SegmentResult,
): Promise<EnsembleReport> {
  await summarizer.rank((numbers, ranks) => pool.perform({ kind: "rank", numbers, ranks }, [numbers.buffer]));
  const report: EnsembleReport = { ...summarizer.summary(), timing, ...(reduction && { reduction }) };
  const distributions = tallies && overTime(ensemble, polarized, tallies);
  if (distributions) report.overTime = distributions;
  if (samples.length > 0) {
    const size = Math.max(1, Math.ceil(samples.length / (4 * pool.size)));
    const parts = Array.from({ length: Math.ceil(samples.length / size) }, (_, i) => samples.slice(i * size, (i + 1) * size));
    const examined = await Promise.all(parts.map((part) => pool.perform({ kind: "examine", ensemble, samples: part })));
    const verification = judge(examined.flat());
    if (verification) report.verification = verification;
  }
  if (trajectories.length > 0) report.trajectories = trajectories.map((trajectory) => timed(ensemble, trajectory));
  return report;
}

/** Its keys are in the order of `series`. */
function timed(ensemble: Ensemble, trajectory: Trajectory): TimedTrajectory {
  const times = recordedTimes(ensemble);
  const held = holdLast(trajectory, times.length);
  const steps = recordedSteps(ensemble)?.slice(0, held.steps.length) ?? held.steps;
  const entropy = held.weights.map((weights) => shares(Float64Array.from(weights)).entropy);
  const all: TimedTrajectory = { ...held, times, ...(!entropy.some(Number.isNaN) && { entropy }) };
  const entries = seriesNames.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]] as const]));
  return { run: held.run, steps, times: times.slice(0, steps.length), ...Object.fromEntries(entries) } as TimedTrajectory;
}

/** Where a run went non-finite, its last entirely finite state stands at every later recorded time. */
function holdLast(trajectory: Trajectory, times: number): Trajectory {
  const isWhole = (j: number) => storedSeries.every((name) => [trajectory[name][j] ?? []].flat().every(Number.isFinite));
  const bad = trajectory.loss.findIndex((_, j) => !isWhole(j));
  const good = bad < 0 ? trajectory.loss.length : bad;
  const hold = <T>(entries: readonly T[]) => Array.from({ length: good === 0 ? 0 : times }, (_, j) => entries[Math.min(j, good - 1)] as T);
  const held = storedSeries.map((name) => [name, hold<unknown>(trajectory[name])]);
  return { run: trajectory.run, steps: hold(trajectory.steps), ...Object.fromEntries(held) } as Trajectory;
}
