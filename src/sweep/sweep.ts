import type { Pool } from "../ensemble/perform.ts";
import type { Ensemble } from "../model/ensemble.ts";
import type { Specification } from "../model/grid.ts";
import type { AdapterDescription, Engine } from "../model/result.ts";
import { maxExactRuns } from "../statistics/limits.ts";
import type { Examined } from "../verification/findings.ts";
import { combine, judge, type Verification } from "../verification/judge.ts";
import { version } from "../version.ts";
import { type EnsembleReport, Fold, type Reduced, type SampledRun } from "./fold.ts";
import { cutParts, type Part, type PartLimits } from "./parts.ts";
import { samplesOf } from "./sampling.ts";
import { type PartStore, runStages, type Staged, type StageOptions, type SweepPoint } from "./stages.ts";
import type { SweepTiming } from "./timings.ts";

/** Results of one point of a grid: of an ensemble, for which the grid's keys have the values `parameters`. */
export interface PointReport extends EnsembleReport {
  parameters: Record<string, unknown>;
  ensemble: Ensemble;
}

/** Results of a whole specification. */
/** What one of several adapters computed of a sweep. */
export interface AdapterParts extends Pick<SweepReport, "engine" | "adapter" | "verification"> {
  /** Numbers of parts. */
  parts: number[];
}

export interface SweepReport {
  sinkflow: string;
  specification: Record<string, unknown>;
  engine: Engine["kind"];
  adapter: AdapterDescription | null;
  /** Of parts that several adapters computed: whose each is. */
  adapters?: readonly AdapterParts[];
  /** Absent where the report is read from a folder. */
  timing?: SweepTiming;
  /** Of all points together. */
  verification?: Verification;
  /** What the device counted of runs otherwise than the host, which then took their rows. */
  countsDiffer?: string;
  points: PointReport[];
}

export interface SweepOptions extends StageOptions {
  /** How many runs of each point are verified against the reference; by default `samplesOf`. */
  samples?: number;
  /** Of the first `runs[point]` runs of each point weights and entropies over time go to `take`, whether or not the specification asks for them. */
  sample?: {
    runs: readonly number[];
    take(point: number, sampled: readonly SampledRun[]): void;
  };
  /** Where parts end, in place of the limits that results are stored by: for tests. */
  limits?: PartLimits;
}

/** Runs every point of a specification, part by part; checks first that the engine can take them all. */
export async function runSweep(specification: Specification, engine: Engine, pool: Pool, options: SweepOptions = {}): Promise<SweepReport> {
  const began = performance.now();
  const { samples, sample, limits, ...stages } = options;
  const ensembles = ensemblesOf(specification, engine, stages);
  const reports: Omit<PointReport, "timing">[] = [];
  const fold = new Fold(ensembles, pool, stages.maxExact ?? maxExactRuns, (point, report, sampled) => {
    const { parameters, ensemble } = specification.points[point] as Specification["points"][number];
    sample?.take(point, sampled);
    reports[point] = { parameters, ensemble, ...report };
  });
  const add = (_: Part, reduced: readonly Reduced[]) => fold.add(reduced);
  const points = pointsOf(ensembles, samples, sample?.runs);
  const staged = await runStages(engine, pool, points, cutParts(ensembles, limits), add, stages);
  const verification = combine(reports.flatMap(({ verification }) => verification ?? []));
  return {
    ...headOf(specification, engine),
    ...toldOf(staged, performance.now() - began),
    ...(verification && { verification }),
    points: reports.map((report, point) => ({ ...report, timing: staged.timings.ofPoint(point) })),
  };
}

/** What was done of one shard of a sweep. */
export interface ShardReport extends Omit<SweepReport, "points"> {
  /** Of parts `index`, `index + count`, … */
  shard: { index: number; count: number };
  /** Parts in their order; `wasThere` tells those that were whole before. */
  parts: { part: number; rows: number; wasThere: boolean }[];
  /** Points of which a run was verified in this shard. */
  points: Pick<PointReport, "parameters" | "verification">[];
}

/** Runs the parts of one shard of a specification, into a store. They are not summarized: `runSweep` does so when the store has all parts. */
export async function runShard(
  specification: Specification,
  engine: Engine,
  pool: Pool,
  { shard, samples, sample, ...stages }: Omit<SweepOptions, "limits"> & { shard: ShardReport["shard"]; store: PartStore },
): Promise<ShardReport> {
  const began = performance.now();
  const ensembles = ensemblesOf(specification, engine, stages);
  const own = cutParts(ensembles).filter(({ number }) => number % shard.count === shard.index);
  const parts = own.map(({ number, rows }) => ({ part: number, rows, wasThere: stages.store.has?.(number) ?? false }));
  const examined = new Map<number, Examined[]>();
  const add = (_: Part, reduced: readonly Reduced[]) => {
    for (const { portion, examined: more } of reduced) examined.set(portion.point, [...(examined.get(portion.point) ?? []), ...more]);
  };
  const points = pointsOf(ensembles, samples, sample?.runs);
  const staged = await runStages(engine, pool, points, own, add, { ...stages, tells: false });
  const wallMs = performance.now() - began;
  const judged = [...examined].flatMap(([point, runs]) => {
    const verification = judge(runs);
    return verification ? [{ parameters: specification.points[point]?.parameters ?? {}, verification }] : [];
  });
  const verification = combine(judged.map(({ verification }) => verification));
  return {
    ...headOf(specification, engine),
    ...toldOf(staged, wallMs),
    ...(verification && { verification }),
    shard,
    parts,
    points: judged,
  };
}

function ensemblesOf({ points }: Specification, engine: Engine, options: StageOptions): Ensemble[] {
  const ensembles = points.map(({ ensemble }) => ensemble);
  engine.check(ensembles, options);
  return ensembles;
}

function pointsOf(ensembles: readonly Ensemble[], samples: number | undefined, sampled: readonly number[] = []): SweepPoint[] {
  const verified = samples === undefined ? samplesOf(ensembles) : ensembles.map(() => samples);
  return ensembles.map((ensemble, point) => ({ ensemble, samples: verified[point] as number, sampled: sampled[point] ?? 0 }));
}

const headOf = ({ canonical }: Specification, { kind, adapter }: Engine) => ({
  sinkflow: version,
  specification: canonical,
  engine: kind,
  adapter,
});

/** What the report of a sweep tells of its stages. */
const toldOf = ({ timings, waited, resumed, countsDiffer }: Staged, wallMs: number) => ({
  timing: { wallMs, ...timings.shares(wallMs, waited), resumed },
  ...(countsDiffer !== undefined && { countsDiffer }),
});

/** Runs one ensemble, summarizes it and, on a GPU, verifies `options.samples` of its runs, by default none. */
export async function runEnsemble(
  engine: Engine,
  pool: Pool,
  ensemble: Ensemble,
  { samples = 0, ...options }: Omit<SweepOptions, "store" | "sample"> = {},
): Promise<EnsembleReport> {
  const { points } = await runSweep({ canonical: {}, points: [{ parameters: {}, ensemble }] }, engine, pool, { samples, ...options });
  const [{ parameters: _, ensemble: __, ...report }] = points as [PointReport];
  return report;
}

/** Whether every verified run stayed within its bound, and the device counted what the host did. */
export const isVerified = ({ verification, countsDiffer }: Pick<SweepReport, "verification" | "countsDiffer">): boolean =>
  !verification?.exceeded && countsDiffer === undefined;
