import { type Column, columnsOf, none, vectorNames } from "../model/columns.ts";
import { type Ensemble, isOverTime, recordedTimes } from "../model/ensemble.ts";
import { absentIn, emptyRows, type Rows } from "../model/rows.ts";
import type { Sample } from "../model/samples.ts";
import { isSound } from "../model/status.ts";
import { type HandedTallies, type Tallied, Tallies, talliedNames } from "../model/tallies.ts";
import { storedSeries, type Trajectory } from "../model/trajectory.ts";
import { dominanceOf } from "../reference/fragility.ts";
import type { Recorded } from "../reference/recorder.ts";
import { simulate } from "../reference/simulate.ts";
import { drawStart } from "../reference/start.ts";
import type { State } from "../reference/state.ts";
import { type Numbers, orderStatistics } from "../statistics/distribution.ts";
import { type HeldPolarized, overTime } from "../statistics/overTime.ts";
import { examine } from "../verification/examine.ts";
import { alike } from "./alike.ts";
import { breakRun } from "./breakRun.ts";
import { reduce } from "./reduce.ts";

/** Some runs of an ensemble, from number `first` on. */
interface Runs {
  ensemble: Ensemble;
  first: number;
  count: number;
}

/** What threads do, by kind of task. A thread keeps nothing of a task; arguments can be cloned, but for `done`, which is shared; so can results. */
const performers = {
  simulate: simulateRuns,
  reduce,
  examine: ({ ensemble, samples }: { ensemble: Ensemble; samples: Sample[] }) => samples.map((sample) => examine(ensemble, sample)),
  break: ({ ensemble, first, count, parts }: Runs & { parts: readonly number[] }) =>
    Array.from({ length: count }, (_, i) => breakRun(ensemble, first + i, parts)),
  alike: ({ ensemble }: { ensemble: Ensemble }) => alike(ensemble),
  overTime: ({ ensemble, polarized, tallies }: { ensemble: Ensemble; polarized: HeldPolarized; tallies: HandedTallies }) =>
    overTime(ensemble, polarized, Tallies.of(tallies)),
  rank: ({ numbers, ranks }: { numbers: Numbers; ranks: readonly number[] }) => orderStatistics(numbers, ranks),
};
type Kind = keyof typeof performers;

export type Task = { [K in Kind]: { kind: K } & Parameters<(typeof performers)[K]>[0] }[Kind];
type Result<T extends Task> = ReturnType<(typeof performers)[T["kind"]]>;

export const performTask = <T extends Task>(task: T): Result<T> => performers[task.kind](task as never) as Result<T>;

/** Where tasks are performed: on threads, or on the caller's own. */
export interface Pool {
  /** How many tasks it performs at a time. */
  readonly size: number;
  /** @param moved buffers of the task that are transferred to the thread instead of copied; they are then empty for the caller */
  perform<T extends Task>(task: T, moved?: ArrayBuffer[]): Promise<Result<T>>;
  close(): Promise<void>;
}

/** A pool that performs each task on the thread of its caller, which does other things between tasks. */
export const inlinePool: Pool = {
  size: 1,
  perform: async (task) => {
    await new Promise((resolve) => setTimeout(resolve));
    return performTask(task);
  },
  close: async () => {},
};

/** What came of some runs in float64. */
interface Simulated {
  rows: Rows;
  trajectories: Trajectory[];
  /** With `record.vectors`: [vector][token][run]. */
  vectors?: Float64Array;
  /** What is tallied, where the ensemble has distributions over time: [run][time]; NaN where there is nothing to tally. */
  observed?: Record<Tallied, Float32Array>;
}

/** @param done one number in memory that threads share: how many of the runs are done, a part of the present one included */
function simulateRuns({ ensemble, first, count, done }: Runs & { done?: Float32Array }): Simulated {
  const { record, tokens } = ensemble;
  const times = recordedTimes(ensemble).length;
  const overTime = isOverTime(ensemble);
  const empty = () =>
    Object.fromEntries(talliedNames.map((name) => [name, new Float32Array(times * count)])) as Record<Tallied, Float32Array>;
  const result: Simulated = {
    rows: emptyRows(columnsOf(ensemble), count, Float64Array),
    trajectories: [],
    ...(record.vectors && { vectors: new Float64Array(vectorNames.length * tokens * count) }),
    ...(overTime && { observed: empty() }),
  };
  let before: State | undefined;
  for (let i = 0; i < count; i++) {
    const run = first + i;
    const trajectory = run < record.trajectories;
    const progress = (share: number) => done?.fill(i + share);
    const state = drawStart(ensemble, run);
    const { row, vectors, recorded, observed } = simulate(ensemble, state, { trajectory, overTime, progress });
    progress(1);
    for (const [name, numbers] of Object.entries(result.rows)) numbers[i] = row[name as Column] ?? absentIn(name as Column);
    if (result.rows.dominates) {
      const end = isSound(row.status) ? state : undefined;
      if (run % 2 === 1 && i > 0) result.rows.dominates[i - 1] = dominates(ensemble, before, end);
      if (run % 2 === 0 && i === count - 1) result.rows.dominates[i] = dominates(ensemble, end, endOf(ensemble, run + 1));
      before = end;
    }
    if (trajectory) result.trajectories.push(trajectoryOf(run, recorded));
    if (observed) for (const name of talliedNames) result.observed?.[name].set(observed[name], times * i);
    if (!result.vectors) continue;
    for (const [v, name] of vectorNames.entries())
      for (let token = 0; token < tokens; token++) result.vectors[(v * tokens + token) * count + i] = vectors[name][token] as number;
  }
  return result;
}

/** The state at the end of a run; undefined where there is no such run, or it did not end soundly. */
function endOf(ensemble: Ensemble, run: number): State | undefined {
  if (run >= ensemble.runs) return undefined;
  const state = drawStart(ensemble, run);
  return isSound(simulate(ensemble, state).row.status) ? state : undefined;
}

/** Whether the sink of a run dominates that of the next, at their ends. */
function dominates(ensemble: Ensemble, first: State | undefined, second: State | undefined): number {
  const by = first && second ? dominanceOf(ensemble, first, second) : Number.NaN;
  return Number.isNaN(by) ? none : Number(by > 0);
}

function trajectoryOf(run: number, recorded: readonly Recorded[]): Trajectory {
  const entries = storedSeries.map((name) => [
    name,
    recorded.map(({ [name]: entry }) => (entry instanceof Float64Array ? [...entry] : entry)),
  ]);
  return { run, steps: recorded.map(({ step }) => step), ...Object.fromEntries(entries) } as Trajectory;
}
