import { recordedSteps } from "../model/clock.ts";
import { isOverTime, type Point, recordedTimes } from "../model/point.ts";
import type { Engine, EnsembleResult, RunOptions, Timing, Trajectory } from "../model/result.ts";
import { shares } from "../reference/observables.ts";
import { type OverTime, overTime, PolarizedByTime } from "../statistics/overTime.ts";
import { Summarizer, type Summary } from "../statistics/summary.ts";
import type { Pool } from "./tasks.ts";
import { summarizeComparisons, type Verification } from "./verify.ts";

/** One trajectory as in the JSON: the engine's, with the recorded flow times, and entropies. */
export interface PointTrajectory extends Trajectory {
  times: number[];
  /** Absent if the weights are all 0 somewhere, where there are no shares. */
  entropy?: number[];
}

/** What came of one ensemble. */
export interface EnsembleReport extends Summary {
  timing: Timing;
  /** Absent where values were followed as they are. */
  reduction?: EnsembleResult["reduction"];
  overTime?: OverTime;
  verification?: Verification;
  trajectories?: PointTrajectory[];
}

/**
 * Runs one ensemble, summarizes it and, on a GPU, verifies its first `options.samples` runs against the reference.
 * @param pool where the reference runs
 */
export async function runPoint(engine: Engine, pool: Pool, point: Point, options: RunOptions = {}): Promise<EnsembleReport> {
  const summarizer = new Summarizer(point);
  const polarized = new PolarizedByTime(point);
  const { timing, trajectories, samples, tallies, reduction } = await engine.run(point, {
    ...options,
    keepRows: false,
    onBatch: (batch) => {
      summarizer.add(batch.rows);
      if (isOverTime(point)) polarized.add(batch.rows);
      return options.onBatch?.(batch);
    },
  });
  await summarizer.rank((numbers, ranks) => pool.perform({ kind: "rank", numbers, ranks }, [numbers.buffer]));
  const report: EnsembleReport = { ...summarizer.summary(), timing, ...(reduction && { reduction }) };
  const inTime = tallies && overTime(point, polarized, tallies);
  if (inTime) report.overTime = inTime;
  if (samples.length > 0) {
    const size = Math.max(1, Math.ceil(samples.length / (4 * pool.size)));
    const parts = Array.from({ length: Math.ceil(samples.length / size) }, (_, i) => samples.slice(i * size, (i + 1) * size));
    const comparisons = await Promise.all(parts.map((part) => pool.perform({ kind: "compare", point, samples: part })));
    const verification = summarizeComparisons(comparisons.flat());
    if (verification) report.verification = verification;
  }
  if (trajectories.length > 0)
    report.trajectories = trajectories.map((entries) => {
      const times = recordedTimes(point);
      const t = holdLast(entries, times.length);
      const entropy = t.weights.map((weights) => shares(Float64Array.from(weights)).entropy);
      const steps = recordedSteps(point)?.slice(0, t.steps.length) ?? t.steps;
      return { ...t, steps, times: times.slice(0, steps.length), ...(entropy.some(Number.isNaN) ? {} : { entropy }) };
    });
  return report;
}

/** A run that went non-finite holds its last state that is all finite at every later recorded time. */
function holdLast(trajectory: Trajectory, times: number): Trajectory {
  const { run, steps, ...series } = trajectory;
  const bad = trajectory.loss.findIndex(
    (_, j) => !Object.values(series).every((entries) => [entries[j] ?? []].flat().every(Number.isFinite)),
  );
  const good = bad < 0 ? trajectory.loss.length : bad;
  const held = <T>(x: T[]) => Array.from({ length: good === 0 ? 0 : times }, (_, j) => x[Math.min(j, good - 1)] as T);
  return {
    run,
    steps: held(steps),
    logits: held(series.logits),
    weights: held(series.weights),
    alignments: held(series.alignments),
    valueNorms: held(series.valueNorms),
    loss: held(series.loss),
    gradientNorms: held(series.gradientNorms),
  };
}
