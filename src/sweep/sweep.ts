import type { Pool } from "../ensemble/perform.ts";
import { type EnsembleReport, followEnsemble, type TimedTrajectory } from "../ensemble/run.ts";
import type { Ensemble } from "../model/ensemble.ts";
import type { Specification } from "../model/grid.ts";
import type { AdapterDescription, Engine, RunBatch } from "../model/result.ts";
import { combine, type Verification } from "../verification/judge.ts";
import { version } from "../version.ts";
import { samplesOf } from "./sampling.ts";

/** Results of one point of a grid: of an ensemble, for which the grid's keys have the values `parameters`. */
export interface PointReport extends EnsembleReport {
  parameters: Record<string, unknown>;
  ensemble: Ensemble;
}

/** Results of a whole specification. */
export interface SweepReport {
  sinkflow: string;
  specification: Record<string, unknown>;
  engine: Engine["kind"];
  adapter: AdapterDescription | null;
  /** Of all points together. */
  verification?: Verification;
  points: PointReport[];
}

/** Where results go as they come, in the order of points and runs. */
export interface Tables {
  /** The rows are the engine's again once this is done. */
  runs(point: number, batch: RunBatch): Promise<void>;
  trajectories(point: number, trajectories: readonly TimedTrajectory[]): Promise<void>;
}

export interface SweepOptions {
  /** How many runs of each point are verified against the reference; by default `samplesOf`. */
  samples?: number;
  /** Whether runs may be followed in fewer coordinates; default true. */
  reduce?: boolean;
  signal?: AbortSignal;
  tables?: Tables;
  /** Trajectories of the first `runs[point]` runs of each point go to `take`, whether or not the specification asks for them. */
  sample?: {
    runs: readonly number[];
    take(point: number, trajectories: readonly TimedTrajectory[]): void;
  };
  /** Called from time to time with the share of all work that is done, 0 … 1. */
  onProgress?: (done: number) => void;
}

/**
 * Runs every point of a specification; checks first that the engine can take them all. While one point is followed the one before is
 * finished: its quantiles, its verification, its trajectories.
 */
export async function runSweep(specification: Specification, engine: Engine, pool: Pool, options: SweepOptions): Promise<SweepReport> {
  const { points } = specification;
  const { samples, tables, sample, onProgress, ...rest } = options;
  for (const { ensemble } of points) engine.check(ensemble, rest);
  const reports: PointReport[] = [];
  let finishing: Promise<void> = Promise.resolve();
  const verified = samples === undefined ? samplesOf(points.map(({ ensemble }) => ensemble)) : points.map(() => samples);
  for (const [index, { parameters, ensemble }] of points.entries()) {
    const wanted = ensemble.record.trajectories;
    const sampled = sample?.runs[index] ?? 0;
    const recording = { ...ensemble, record: { ...ensemble.record, trajectories: Math.max(wanted, sampled) } };
    const { finished } = await followEnsemble(engine, pool, recording, {
      ...rest,
      samples: verified[index] as number,
      onBatch: async (batch) => tables?.runs(index, batch),
      onProgress: (done) => onProgress?.((index + done) / points.length),
    });
    const finish = async () => {
      const { trajectories = [], ...report } = await finished;
      sample?.take(index, trajectories.slice(0, sampled));
      await tables?.trajectories(index, trajectories.slice(0, wanted));
      reports.push({ parameters, ensemble, ...report, ...(wanted > 0 && { trajectories: trajectories.slice(0, wanted) }) });
    };
    await finishing; // of the point before, while this one was followed
    finishing = finish();
    finishing.catch(() => {}); // a failure is reported where it is awaited
  }
  await finishing;
  const verification = combine(reports.flatMap(({ verification }) => verification ?? []));
  return {
    sinkflow: version,
    specification: specification.canonical,
    engine: engine.kind,
    adapter: engine.adapter,
    ...(verification && { verification }),
    points: reports,
  };
}

/** Whether every verified run stayed within its bound. */
export const isVerified = ({ verification }: SweepReport): boolean => !verification?.exceeded;
