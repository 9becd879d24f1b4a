import { type EnsembleReport, type PointTrajectory, runPoint } from "../ensemble/run.ts";
import type { Pool } from "../ensemble/tasks.ts";
import { parseSpecification, type Specification } from "../model/grid.ts";
import { type Point, recordedTimes } from "../model/point.ts";
import type { AdapterDescription, Engine, RunBatch } from "../model/result.ts";
import { version } from "../version.ts";

/** What came of one point of a specification: of the ensemble `point`, for which the grid has these values. */
export interface PointReport extends EnsembleReport {
  parameters: Record<string, unknown>;
  point: Point;
}

/** What came of a whole specification. */
export interface SweepReport {
  sinkflow: string;
  specification: Record<string, unknown>;
  engine: Engine["kind"];
  adapter: AdapterDescription | null;
  points: PointReport[];
}

/** Runs of a point that are sampled for the figures over time, and numbers of all of them. */
const mostSampled = { runs: 32, numbers: 2 ** 20 };

/** Most points that are shown one by one. */
const mostShown = 6;

/**
 * Which points are shown one by one: all up to six; else as many of each kind (of every combination of what is no number),
 * spread evenly over its numbers.
 */
export function shownPoints(points: readonly { parameters: Record<string, unknown> }[]): number[] {
  if (points.length <= mostShown) return points.map((_, i) => i);
  const kinds = new Map<string, number[]>();
  points.forEach(({ parameters }, i) => {
    const kind = JSON.stringify(Object.values(parameters).filter((value) => typeof value !== "number"));
    kinds.set(kind, [...(kinds.get(kind) ?? []), i]);
  });
  const spread = (from: readonly number[], count: number) =>
    Array.from(
      { length: count },
      (_, i) => from[Math.round(count === 1 ? (from.length - 1) / 2 : (i * (from.length - 1)) / (count - 1))] as number,
    );
  const groups = [...kinds.values()];
  const each = Math.floor(mostShown / groups.length);
  if (each === 0) return spread(groups.flat(), mostShown);
  return groups.flatMap((group) => spread(group, Math.min(each, group.length)));
}

export interface SweepOptions {
  /** Runs a point that are verified against the reference; by default `usualSamples`. */
  samples?: number;
  /** Whether runs may be followed in fewer coordinates; default true. */
  reduce?: boolean;
  signal?: AbortSignal;
  /** Where runs and trajectories go as they come; both are handed over in the order of points and runs. */
  tables?: {
    runs(point: number, batch: RunBatch): Promise<void>;
    trajectories(point: number, trajectories: readonly PointTrajectory[]): Promise<void>;
    /** Trajectories of the first runs, whether or not the specification asks for any: what the figures over time show. */
    sample(point: number, trajectories: readonly PointTrajectory[]): void;
  };
  /** Called now and then with the share of all work that is done, 0 … 1. */
  onProgress?: (done: number) => void;
}

/** The JSON of a sweep: the report without each `point`, which the specification tells. */
export interface SweepJson extends Omit<SweepReport, "points"> {
  points: Omit<PointReport, "point">[];
}

/** As `run --json` prints it; without `timing`, as summary.json holds it. */
export function toJson({ points, ...report }: SweepReport, { timing }: { timing: boolean }): SweepJson {
  return {
    ...report,
    points: points.map(({ point: _, ...rest }) => {
      const { timing: __, ...repeatable } = rest;
      return (timing ? rest : repeatable) as SweepJson["points"][number];
    }),
  };
}

/** The report that a JSON came of. Throws where its specification is none, or has other points than it. */
export function fromJson({ points, ...json }: SweepJson): SweepReport {
  const specification = parseSpecification(json.specification);
  if (specification.points.length !== points.length)
    throw new Error(`expected ${specification.points.length} points, got ${points.length}`);
  return { ...json, points: points.map((point, i) => ({ ...point, ...(specification.points[i] as Specification["points"][number]) })) };
}

/** Runs every point of a specification; checks first that the engine can take them all. */
export async function runSweep(specification: Specification, engine: Engine, pool: Pool, options: SweepOptions): Promise<SweepReport> {
  const { points } = specification;
  for (const { point } of points) engine.check(point, options);
  const shown = new Set(shownPoints(points));
  const reports: PointReport[] = [];
  for (const [index, { parameters, point }] of points.entries()) {
    const wanted = point.record.trajectories;
    const sampled = options.tables && shown.has(index) ? sampleSize(point) : 0;
    const recording = { ...point, record: { ...point.record, trajectories: Math.max(wanted, sampled) } };
    const { trajectories = [], ...report } = await runPoint(engine, pool, recording, {
      samples: options.samples ?? usualSamples(point),
      ...(options.reduce === false && { reduce: false }),
      ...(options.signal && { signal: options.signal }),
      onBatch: async (batch) => options.tables?.runs(index, batch),
      onProgress: (done) => options.onProgress?.((reports.length + done) / points.length),
    });
    options.tables?.sample(index, trajectories.slice(0, sampled));
    await options.tables?.trajectories(index, trajectories.slice(0, wanted));
    reports.push({ parameters, point, ...report, ...(wanted > 0 && { trajectories: trajectories.slice(0, wanted) }) });
  }
  return { sinkflow: version, specification: specification.canonical, engine: engine.kind, adapter: engine.adapter, points: reports };
}

/** 16 runs, but fewer where following them in float64 would take minutes: some 10⁵ numbers in all, and one run at least. */
export const usualSamples = ({ tokens, dim }: Point): number => Math.max(1, Math.min(16, Math.floor(2 ** 17 / (tokens * dim))));

function sampleSize(point: Point): number {
  const entries = recordedTimes(point).length * (4 * point.tokens + 6);
  return Math.min(mostSampled.runs, point.runs, Math.floor(mostSampled.numbers / entries));
}

/** Whether every verified run stayed within its bound. */
export const isVerified = ({ points }: SweepReport): boolean => points.every(({ verification }) => !verification?.exceeded);
