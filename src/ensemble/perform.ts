import { columnNames, emptyRows, vectorNames } from "../model/columns.ts";
import { type Ensemble, isOverTime, recordedTimes } from "../model/ensemble.ts";
import { talliedNames } from "../model/tallies.ts";
import { storedSeries, type Trajectory } from "../model/trajectory.ts";
import type { Recorded } from "../reference/recorder.ts";
import { simulate } from "../reference/simulate.ts";
import { drawStart } from "../reference/start.ts";
import { orderStatistics } from "../statistics/distribution.ts";
import { breakRun } from "./breakRun.ts";
import type { Pool, Task, TaskResults } from "./tasks.ts";
import { compare } from "./verify.ts";

export function performTask(task: Task): TaskResults[Task["kind"]] {
  switch (task.kind) {
    case "simulate":
      return simulateRuns(task.ensemble, task.first, task.count);
    case "compare":
      return task.samples.map((sample) => compare(task.ensemble, sample));
    case "break":
      return Array.from({ length: task.count }, (_, i) => breakRun(task.ensemble, task.first + i, task.parts));
    case "rank":
      return orderStatistics(task.numbers, task.ranks);
  }
}

/** Runs first … first + count − 1 of an ensemble, in float64. */
function simulateRuns(ensemble: Ensemble, first: number, count: number): TaskResults["simulate"] {
  const rows = emptyRows(count, Float64Array);
  const trajectories: Trajectory[] = [];
  const vectors = ensemble.record.vectors ? new Float64Array(vectorNames.length * ensemble.tokens * count) : undefined;
  const times = recordedTimes(ensemble).length;
  const overTime = isOverTime(ensemble);
  const observed = overTime ? new Float32Array(talliedNames.length * times * count) : undefined;
  for (let i = 0; i < count; i++) {
    const run = first + i;
    const trajectory = run < ensemble.record.trajectories;
    const outcome = simulate(ensemble, drawStart(ensemble, run), { trajectory, overTime });
    if (observed)
      for (const [q, name] of talliedNames.entries())
        outcome.observed?.[name].forEach((x, slot) => {
          observed[(q * times + slot) * count + i] = x;
        });
    for (const name of columnNames) rows[name][i] = outcome.row[name];
    if (vectors)
      for (const [v, name] of vectorNames.entries())
        outcome.vectors[name].forEach((x, token) => {
          vectors[(v * ensemble.tokens + token) * count + i] = x;
        });
    if (trajectory) trajectories.push(trajectoryOf(run, outcome.recorded));
  }
  return { rows, trajectories, ...(vectors && { vectors }), ...(observed && { observed }) };
}

function trajectoryOf(run: number, recorded: readonly Recorded[]): Trajectory {
  const entries = storedSeries.map((name) => [
    name,
    recorded.map(({ [name]: entry }) => (entry instanceof Float64Array ? [...entry] : entry)),
  ]);
  return { run, steps: recorded.map(({ step }) => step), ...Object.fromEntries(entries) } as Trajectory;
}

/** A pool that performs each task on the thread of its caller. */
export const inlinePool: Pool = {
  size: 1,
  perform: async (task) => performTask(task) as never,
  close: async () => {},
};
