import { type Column, columnRow, type VectorName, vectorNames } from "../model/columns.ts";
import type { Specification } from "../model/grid.ts";
import type { Engine } from "../model/result.ts";
import { absentIn } from "../model/rows.ts";
import { soundRuns } from "../model/status.ts";
import { emptyRuns, type Numbers, type RunNumbers } from "../results/runNumbers.ts";
import type { SweepOptions, SweepReport } from "../sweep/sweep.ts";
import type { Source, SourceResult } from "./study.ts";

/** Has `run` run a specification, and keeps what a source asks for beside the report. */
export async function withRows(
  specification: Specification,
  source: Source,
  engine: Engine["kind"],
  run: (onPart: NonNullable<SweepOptions["onPart"]>) => Promise<SweepReport>,
): Promise<SourceResult> {
  const ensembles = specification.points.map(({ ensemble }) => ensemble);
  const runs = emptyRuns(source, ensembles, engine);
  const report = await run(({ portions }) => {
    for (const { point, first, count, rows, vectors } of portions) {
      const { columns: kept, vectors: lists } = runs[point] as RunNumbers;
      const sound = soundRuns(rows.status);
      for (const [name, numbers] of Object.entries(kept) as [Column, Numbers][])
        for (const i of columnRow(name).always ? rows.status.keys() : sound) numbers[first + i] = rows[name]?.[i] ?? absentIn(name);
      for (const [name, tokens] of Object.entries(lists) as [VectorName, Numbers[]][])
        for (const [token, numbers] of tokens.entries()) {
          const at = (vectorNames.indexOf(name) * tokens.length + token) * count;
          for (const i of sound) numbers[first + i] = vectors?.[at + i] ?? Number.NaN;
        }
    }
  });
  return { report, runs };
}

/** The specification with so many runs a point, and at most as many trajectories. */
export function withRuns({ canonical, points }: Specification, runs: number): Specification {
  const limited = <R extends { trajectories: number }>(record: R): R => ({ ...record, trajectories: Math.min(record.trajectories, runs) });
  const record = canonical["record"] as { trajectories: number };
  return {
    canonical: { ...canonical, runs, record: limited(record) },
    points: points.map(({ parameters, ensemble }) => ({ parameters, ensemble: { ...ensemble, runs, record: limited(ensemble.record) } })),
  };
}

/** The same with at most so many runs a point: those of the point that has fewest, if they are fewer. */
export const withRunsAtMost = (specification: Specification, runs: number): Specification =>
  withRuns(specification, Math.min(runs, ...specification.points.map(({ ensemble }) => ensemble.runs)));
