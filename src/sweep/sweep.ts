import type { Pool } from "../ensemble/perform.ts";
import type { Addition } from "../ensemble/reduce.ts";
import type { TimedTrajectory } from "../ensemble/timed.ts";
import type { Ensemble } from "../model/ensemble.ts";
import { familyOf } from "../model/families.ts";
import type { Specification } from "../model/grid.ts";
import type { AdapterDescription, Engine, RunOptions } from "../model/result.ts";
import { combine, type Verification } from "../verification/judge.ts";
import { version } from "../version.ts";
import { type EnsembleReport, Fold, type Reduced } from "./fold.ts";
import { ColumnStore, type FollowedPart, type FollowedPoint, followPart } from "./follow.ts";
import { runLine, together } from "./line.ts";
import { cutParts, type Part, type PartLimits } from "./parts.ts";
import { reducePortions } from "./reduce.ts";
import { samplesOf } from "./sampling.ts";
import { Ties } from "./ties.ts";
import { FamilyTimings, type SweepTiming } from "./timings.ts";
import { verifyPortions } from "./verify.ts";

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
  /** Absent where the report is read from a folder. */
  timing?: SweepTiming;
  /** Of all points together. */
  verification?: Verification;
  points: PointReport[];
}

/** Where the parts of a sweep are stored. */
export interface PartStore {
  /** Whether records keep the columns that quantiles are found from, since no table has them. */
  readonly keepsColumns?: boolean;
  /** Writes the tables of a part. Until the part is folded its rows stay as they are. */
  encode(part: FollowedPart): Promise<PartFiles>;
  /** Writes the record of a part, after its files: from then on it is whole. */
  commit(part: FollowedPart, reduced: readonly Reduced[], files: PartFiles): Promise<void>;
}

/** The files of a part, by name. */
export type PartFiles = Record<string, { sha256: string; bytes: number }>;

export interface SweepOptions extends Pick<RunOptions, "signal" | "reduce" | "lanes" | "trials"> {
  /** How many runs of each point are verified against the reference; by default `samplesOf`. */
  samples?: number;
  store?: PartStore;
  /** Gets the parts in their order, one at a time. Their rows are the sweep's again once this is done. */
  onPart?: (part: FollowedPart) => void | Promise<void>;
  /** Trajectories of the first `runs[point]` runs of each point go to `take`, whether or not the specification asks for them. */
  sample?: {
    runs: readonly number[];
    take(point: number, trajectories: readonly TimedTrajectory[]): void;
  };
  /** Called from time to time with the share of all work that is done, 0 … 1. */
  onProgress?: (done: number) => void;
  /** Where parts end, in place of the limits that results are stored by: for tests. */
  limits?: PartLimits;
}

/** Parts that are held at a time: one is followed, the others are finished. */
export const partsInFlight = 3;

/**
 * Runs every point of a specification, part by part; checks first that the engine can take them all. While a part is followed, those before
 * it are reduced, verified and stored; then they are folded, in their order.
 */
export async function runSweep(specification: Specification, engine: Engine, pool: Pool, options: SweepOptions = {}): Promise<SweepReport> {
  const began = performance.now();
  const { samples, store, sample, signal, onPart, onProgress, limits, ...engineOptions } = options;
  const ensembles = specification.points.map(({ ensemble }) => ensemble);
  for (const ensemble of ensembles) engine.check(ensemble, engineOptions);
  const parts = cutParts(ensembles, limits);
  const runs = ensembles.reduce((sum, ensemble) => sum + ensemble.runs, 0);
  const verified = samples === undefined ? samplesOf(ensembles) : ensembles.map(() => samples);
  const points = ensembles.map((ensemble, point): FollowedPoint => {
    const trajectories = Math.max(ensemble.record.trajectories, sample?.runs[point] ?? 0);
    return { ensemble: { ...ensemble, record: { ...ensemble.record, trajectories } }, samples: verified[point] as number };
  });
  const ties = new Ties(ensembles, pool);
  const columns = new ColumnStore(
    parts.reduce((most, { rows }) => Math.max(most, rows), 0),
    engine.kind,
  );
  const reports: Omit<PointReport, "timing">[] = [];
  const fold = new Fold(ensembles, pool, (point, { trajectories = [], ...report }) => {
    const { parameters, ensemble } = specification.points[point] as Specification["points"][number];
    sample?.take(point, trajectories.slice(0, sample.runs[point]));
    const wanted = trajectories.slice(0, ensemble.record.trajectories);
    reports[point] = { parameters, ensemble, ...report, ...(wanted.length > 0 && { trajectories: wanted }) };
  });
  const timings = new FamilyTimings(ensembles);
  const keepsColumns = store?.keepsColumns ?? false;
  let done = 0;

  const prepared = new Set<string>();
  /** Has the engine begin to compile what a part needs. */
  const prepare = (part: Part | undefined) => {
    for (const [portion] of part?.stretches ?? []) {
      const { ensemble } = points[portion?.point ?? 0] as FollowedPoint;
      const family = familyOf(ensemble);
      if (!prepared.has(family)) engine.prepare?.(ensemble, engineOptions);
      prepared.add(family);
    }
  };

  const follow = async (part: Part, signal: AbortSignal) => {
    for (const ahead of [part, parts[part.number + 1]]) prepare(ahead);
    const progress = (share: number) => onProgress?.((done + share * part.rows) / runs);
    const taken = columns.take();
    const followed = await followPart(engine, part, points, taken, { ...engineOptions, signal, onProgress: progress });
    done += part.rows;
    timings.add(followed);
    return { followed, taken };
  };

  let folded: Promise<void> = Promise.resolve();
  const finish = ({ followed, taken }: Awaited<ReturnType<typeof follow>>, ended: (stage: string) => void): Promise<void> => {
    const before = folded;
    folded = (async () => {
      const { portions } = followed;
      await ties.drop(portions);
      const {
        reduce: additions,
        verify: examined,
        encode: files,
      } = await together(ended, {
        reduce: () => reducePortions(pool, portions, ensembles, keepsColumns),
        verify: () => verifyPortions(pool, portions, ensembles),
        encode: async () => store?.encode(followed),
        take: async () => onPart && before.then(() => onPart(followed)),
      });
      const reduced = portions.map((portion, i): Reduced => ({ portion, addition: additions[i] as Addition, examined: examined[i] ?? [] }));
      await store?.commit(followed, reduced, files ?? {});
      ended("record");
      await before;
      for (const each of reduced) await fold.add(each, keepsColumns);
      columns.give(taken);
      ended("fold");
    })();
    return folded;
  };

  const waited = await runLine(parts, { follow, finish }, { inFlight: partsInFlight, signal });
  const wallMs = performance.now() - began;
  const verification = combine(reports.flatMap(({ verification }) => verification ?? []));
  return {
    sinkflow: version,
    specification: specification.canonical,
    engine: engine.kind,
    adapter: engine.adapter,
    timing: { wallMs, ...timings.shares(wallMs, waited) },
    ...(verification && { verification }),
    points: reports.map((report, point) => ({ ...report, timing: timings.ofPoint(point) })),
  };
}

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

/** Whether every verified run stayed within its bound. */
export const isVerified = ({ verification }: SweepReport): boolean => !verification?.exceeded;
