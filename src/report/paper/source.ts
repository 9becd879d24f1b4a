import type { Specification } from "../../model/grid.ts";
import type { SweepOptions, SweepReport } from "../../sweep/sweep.ts";
import type { SourceResult } from "./types.ts";

/** Has `run` run a specification, and keeps each run's sink beside the report. */
export async function withSinks(
  specification: Specification,
  run: (onPart: NonNullable<SweepOptions["onPart"]>) => Promise<SweepReport>,
): Promise<SourceResult> {
  const sinks = specification.points.map(({ ensemble }) => new Float64Array(ensemble.runs));
  const report = await run(({ portions }) => {
    for (const { point, first, rows } of portions) sinks[point]?.set(rows.sink, first);
  });
  return { report, sinks };
}

/** The specification with at most `maxRuns` runs and trajectories a point. Its points have the same number of runs. */
export function withRuns({ canonical, points }: Specification, maxRuns: number): Specification {
  const runs = Math.min(maxRuns, ...points.map(({ ensemble }) => ensemble.runs));
  const limited = <R extends { trajectories: number }>(record: R): R => ({ ...record, trajectories: Math.min(record.trajectories, runs) });
  const record = canonical["record"] as { trajectories: number };
  return {
    canonical: { ...canonical, runs, record: limited(record) },
    points: points.map(({ parameters, ensemble }) => ({ parameters, ensemble: { ...ensemble, runs, record: limited(ensemble.record) } })),
  };
}
