import { type Ensemble, recordedTimes } from "../model/ensemble.ts";
import { recordedSteps } from "../model/moment.ts";
import { seriesNames, storedSeries, type Trajectory } from "../model/trajectory.ts";
import { shares } from "../reference/observables.ts";

/** A trajectory as in the JSON: the engine's, with the recorded times, and entropies. */
export interface TimedTrajectory extends Trajectory {
  times: number[];
  /** Absent if at some time all weights are 0, so that there are no shares. */
  entropy?: number[];
}

/** A trajectory of an engine with its times and entropies. Its keys are in the order of `series`. */
export function timed(ensemble: Ensemble, trajectory: Trajectory): TimedTrajectory {
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
