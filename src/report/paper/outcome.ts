import type { Pool } from "../../ensemble/tasks.ts";
import type { Specification } from "../../model/grid.ts";
import type { Engine } from "../../model/result.ts";
import { runSweep, type SweepOptions } from "../../sweep/sweep.ts";
import type { Outcome } from "./types.ts";

/** Runs a specification, and keeps each run's sink beside the report. */
export async function outcomeOf(specification: Specification, engine: Engine, pool: Pool, options: SweepOptions = {}): Promise<Outcome> {
  const sinks = specification.points.map(({ point }) => new Float64Array(point.runs));
  const { tables } = options;
  const report = await runSweep(specification, engine, pool, {
    ...options,
    tables: {
      trajectories: async (index, trajectories) => tables?.trajectories(index, trajectories),
      runs: async (index, batch) => {
        sinks[index]?.set(batch.rows.sink, batch.first);
        await tables?.runs(index, batch);
      },
    },
  });
  return { report, sinks };
}

/** A specification with at most so many runs a point, and trajectories of no more. */
export function withRuns({ canonical, points }: Specification, most: number): Specification {
  const runs = Math.min(most, Number(canonical["runs"]));
  return {
    canonical: { ...canonical, runs },
    points: points.map(({ parameters, point }) => ({
      parameters,
      point: { ...point, runs, record: { ...point.record, trajectories: Math.min(point.record.trajectories, runs) } },
    })),
  };
}
