import { type PointReport, type PointTrajectory, runPoint } from "../ensemble/run.ts";
import type { Pool } from "../ensemble/tasks.ts";
import type { Specification } from "../model/grid.ts";
import type { AdapterDescription, Engine, RunBatch } from "../model/result.ts";
import { version } from "../version.ts";

/** The JSON of a whole specification, as `run --json` prints it. */
export interface SweepReport {
  sinkflow: string;
  specification: Record<string, unknown>;
  engine: Engine["kind"];
  adapter: AdapterDescription | null;
  points: PointReport[];
}

export interface SweepOptions {
  /** Runs a point that are verified against the reference. */
  samples: number;
  signal?: AbortSignal;
  /** Where runs and trajectories go as they come; both are handed over in the order of points and runs. */
  tables?: {
    runs(point: number, batch: RunBatch): Promise<void>;
    trajectories(point: number, trajectories: readonly PointTrajectory[]): Promise<void>;
  };
  /** Called now and then with the share of all work that is done, 0 … 1. */
  onProgress?: (done: number) => void;
}

/** Runs every point of a specification; checks first that the engine can take them all. */
export async function runSweep(specification: Specification, engine: Engine, pool: Pool, options: SweepOptions): Promise<SweepReport> {
  const { points } = specification;
  for (const { point } of points) engine.check(point);
  const reports: PointReport[] = [];
  for (const [index, { parameters, point }] of points.entries()) {
    const report = await runPoint(engine, pool, point, {
      samples: options.samples,
      ...(options.signal && { signal: options.signal }),
      onBatch: async (batch) => options.tables?.runs(index, batch),
      onProgress: (done) => options.onProgress?.((reports.length + done) / points.length),
    });
    await options.tables?.trajectories(index, report.trajectories ?? []);
    reports.push({ parameters, ...report });
  }
  return { sinkflow: version, specification: specification.canonical, engine: engine.kind, adapter: engine.adapter, points: reports };
}

/** Whether every verified run stayed within its bound. */
export const isVerified = ({ points }: SweepReport): boolean => points.every(({ verification }) => !verification?.exceeded);
