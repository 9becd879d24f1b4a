import * as z from "zod";
import type { Pool } from "../ensemble/perform.ts";
import { type EnsembleReport, runEnsemble, type TimedTrajectory } from "../ensemble/run.ts";
import type { Ensemble } from "../model/ensemble.ts";
import { parseSpecification, type Specification } from "../model/grid.ts";
import type { AdapterDescription, Engine, RunBatch } from "../model/result.ts";
import { version } from "../version.ts";

/** Results of one point of a specification: of the ensemble `point`, for which the grid has the values `parameters`. */
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
  points: PointReport[];
}

/** Where results go as they come, in the order of points and runs. */
export interface Tables {
  /** The rows are the engine's again once this is done. */
  runs(point: number, batch: RunBatch): Promise<void>;
  trajectories(point: number, trajectories: readonly TimedTrajectory[]): Promise<void>;
}

export interface SweepOptions {
  /** How many runs of each point are verified against the reference; by default `defaultSamples`. */
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

/** The JSON of a sweep: the report without each `point`, which follows from the specification. */
interface SweepJson extends Omit<SweepReport, "points"> {
  points: Omit<PointReport, "point">[];
}

/** The JSON that `run --json` prints; without `timing`, that of summary.json. */
export function toJson({ points, ...report }: SweepReport, { timing }: { timing: boolean }): SweepJson {
  return {
    ...report,
    points: points.map(({ ensemble: _, ...rest }) => {
      const { timing: __, ...repeatable } = rest;
      return (timing ? rest : repeatable) as SweepJson["points"][number];
    }),
  };
}

/** The part of a summary that is checked before a report is drawn: what every point has. */
const storedSweep = z.looseObject({
  sinkflow: z.string(),
  specification: z.record(z.string(), z.unknown()),
  engine: z.enum(["webgpu", "cpu"]),
  adapter: z.looseObject({ description: z.string(), device: z.string() }).nullable(),
  points: z.array(
    z.looseObject({
      parameters: z.record(z.string(), z.unknown()),
      runs: z.int(),
      status: z.record(z.string(), z.int()),
      sink: z.looseObject({ counts: z.array(z.int()) }),
      predictors: z.looseObject({}),
    }),
  ),
});

/** The report of a stored JSON; undefined for any other value. */
export function fromJson(json: unknown): SweepReport | undefined {
  if (!storedSweep.safeParse(json).success) return undefined;
  const stored = json as SweepJson;
  try {
    const { points } = parseSpecification(stored.specification);
    if (points.length !== stored.points.length) return undefined;
    return { ...stored, points: stored.points.map((point, i) => ({ ...point, ...(points[i] as Specification["points"][number]) })) };
  } catch {
    return undefined;
  }
}

/** Runs every point of a specification; checks first that the engine can take them all. */
export async function runSweep(specification: Specification, engine: Engine, pool: Pool, options: SweepOptions): Promise<SweepReport> {
  const { points } = specification;
  for (const { ensemble } of points) engine.check(ensemble, options);
  const reports: PointReport[] = [];
  for (const [index, { parameters, ensemble }] of points.entries()) {
    const wanted = ensemble.record.trajectories;
    const sampled = options.sample?.runs[index] ?? 0;
    const recording = { ...ensemble, record: { ...ensemble.record, trajectories: Math.max(wanted, sampled) } };
    const { trajectories = [], ...report } = await runEnsemble(engine, pool, recording, {
      samples: options.samples ?? defaultSamples(ensemble),
      ...(options.reduce === false && { reduce: false }),
      ...(options.signal && { signal: options.signal }),
      onBatch: async (batch) => options.tables?.runs(index, batch),
      onProgress: (done) => options.onProgress?.((reports.length + done) / points.length),
    });
    options.sample?.take(index, trajectories.slice(0, sampled));
    await options.tables?.trajectories(index, trajectories.slice(0, wanted));
    reports.push({ parameters, ensemble, ...report, ...(wanted > 0 && { trajectories: trajectories.slice(0, wanted) }) });
  }
  return { sinkflow: version, specification: specification.canonical, engine: engine.kind, adapter: engine.adapter, points: reports };
}

/** 16 runs, but fewer of large ones, which would take minutes in float64: some 10⁵ numbers in all, and at least one run. */
const defaultSamples = ({ tokens, dim }: Ensemble): number => Math.max(1, Math.min(16, Math.floor(2 ** 17 / (tokens * dim))));

/** Whether every verified run stayed within its bound. */
export const isVerified = ({ points }: SweepReport): boolean => points.every(({ verification }) => !verification?.exceeded);
