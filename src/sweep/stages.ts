import type { Pool } from "../ensemble/perform.ts";
import { poolOf, type Thread } from "../ensemble/pool.ts";
import { columnsOf } from "../model/columns.ts";
import { type Ensemble, isTempered } from "../model/ensemble.ts";
import { SinkflowError } from "../model/errors.ts";
import { familyOf, servingAll } from "../model/families.ts";
import type { Engine, RunOptions } from "../model/result.ts";
import { maxExactRuns } from "../statistics/limits.ts";
import { Counting } from "./counting.ts";
import type { Reduced } from "./fold.ts";
import { ColumnStore, type FollowedPart, type FollowedPoint, type FollowedPortion, followPart } from "./follow.ts";
import { runLine, together } from "./line.ts";
import type { Part } from "./parts.ts";
import { reducePortion } from "./reduce.ts";
import { repeated } from "./repeat.ts";
import { Ties } from "./ties.ts";
import { FamilyTimings } from "./timings.ts";
import { verifySamples } from "./verify.ts";

/** Where the parts of a sweep are stored. */
export interface PartStore {
  /** Whether records keep the columns that quantiles are found from, since no table has them. */
  readonly keepsColumns?: boolean;
  /** Whether a part is there, whole, from before. */
  has?(part: number): boolean;
  /** What a part that is there adds to its points. */
  read?(part: Part): Promise<Reduced[]>;
  /** Writes the tables of a part. Until the part is folded its rows stay as they are. */
  encode(part: FollowedPart): Promise<PartFiles>;
  /** Writes the record of a part, after its files: from then on it is whole. */
  commit(part: Part, reduced: readonly Reduced[], files: PartFiles): Promise<void>;
}

/** The files of a part, by name. */
export type PartFiles = Record<string, { sha256: string; bytes: number }>;

/** A point of a sweep. */
export interface SweepPoint {
  ensemble: Ensemble;
  /** How many of its runs are verified. */
  samples: number;
  /** How many of its runs figures show. */
  sampled: number;
}

/** Takes the share of all work that is done, 0 … 1, and of how many runs that is: those that were there before do not count. */
export type Progress = (done: number, runs?: number) => void;

export interface StageOptions extends Pick<RunOptions, "signal" | "reduce" | "lanes" | "trials"> {
  /** A point of more runs has quantiles that are not exact; by default `maxExactRuns`. For tests. */
  maxExact?: number;
  store?: PartStore | undefined;
  /** Whether points are summarized; default true. */
  tells?: boolean;
  /** Gets the parts that are followed in their order, one at a time. Their rows are the sweep's again once this is done. */
  onPart?: ((part: FollowedPart) => void | Promise<void>) | undefined;
  /** Called from time to time. */
  onProgress?: Progress | undefined;
}

/** How parts went through their stages. */
export interface Staged {
  timings: FamilyTimings;
  /** Milliseconds in which nothing was followed, by the stage that was waited for. */
  waited: Record<string, number>;
  /** Parts that the store had. */
  resumed: number;
  /** See `Counting.difference`. */
  countsDiffer?: string;
}

/** Parts that are held at a time: one is followed, the others are finished. */
export const partsInFlight = 3;

/**
 * Has parts go through their stages: a point's runs are verified and reduced once they are followed, while others are; while a part is followed, those before it
 * are stored; then they are folded, in their order. Parts that the store has are read and folded.
 */
export async function runStages(
  engine: Engine,
  pool: Pool,
  points: readonly SweepPoint[],
  parts: readonly Part[],
  fold: (part: Part, reduced: readonly Reduced[]) => void | Promise<void>,
  { store, tells = true, onPart, onProgress, signal, maxExact = maxExactRuns, ...engineOptions }: StageOptions,
): Promise<Staged> {
  const ensembles = points.map(({ ensemble }) => ensemble);
  const followed = points.map(({ ensemble, samples, sampled }): FollowedPoint => {
    const trajectories = Math.max(ensemble.record.trajectories, sampled);
    return { ensemble: { ...ensemble, record: { ...ensemble.record, trajectories } }, samples };
  });
  const isStored = (part: Part | undefined) => part !== undefined && (store?.has?.(part.number) ?? false);
  const left = parts.filter((part) => !isStored(part));
  // So few examinations and reductions are in the pool at a time that what else it is asked for is not behind all of them.
  // After an interruption examinations that wait are not begun. What was examined is reduced, and stored.
  const perform: Thread["perform"] = async (task, moved) => {
    if (signal?.aborted && task.kind === "examine") throw new SinkflowError("interrupted", "interrupted");
    return pool.perform(task, moved);
  };
  const finishing = poolOf(pool.size, () => ({ perform, close: async () => {} }));
  const ties = new Ties(ensembles, pool);
  const largest = left.reduce((most, { rows }) => Math.max(most, rows), 0);
  const columns = new ColumnStore(columnsOf(...ensembles), largest, engine.kind);
  const keepsColumns = store?.keepsColumns ?? false;
  const counting = new Counting(engine, maxExact, onPart !== undefined || (store !== undefined && !keepsColumns));
  const timings = new FamilyTimings(ensembles);
  const runs = left.reduce((sum, { rows }) => sum + rows, 0);
  let done = 0;

  const prepared = new Set<string>();
  /** Has the engine begin to compile what a part needs. */
  const prepare = (part: Part | undefined) => {
    for (const portions of part?.stretches ?? []) {
      const [first, ...others] = portions.map(({ point }) => (followed[point] as FollowedPoint).ensemble);
      const ensemble = servingAll([first as Ensemble, ...others]);
      const family = `${familyOf(ensemble)} ${isTempered(ensemble)}`;
      if (!prepared.has(family)) engine.prepare?.(ensemble, engineOptions).catch(() => {}); // a failure is reported where it is followed
      prepared.add(family);
    }
  };

  const reduce = async (portion: FollowedPortion) => {
    await ties.drop([portion]);
    const options = { columns: keepsColumns, maxExact, keeps: store !== undefined, tells };
    return reducePortion(finishing, portion, ensembles[portion.point] as Ensemble, options);
  };
  const onPortion = (portion: FollowedPortion) => {
    const { point, samples, counted } = portion;
    portion.examined = verifySamples(finishing, ensembles[point] as Ensemble, samples);
    if (!counted) portion.reduced = reduce(portion); // what is counted is compared before
    for (const begun of [portion.examined, portion.reduced]) begun?.catch(() => {}); // a failure is reported where it is awaited
  };

  const follow = async (part: Part, signal: AbortSignal) => {
    if (isStored(part)) return { part };
    for (const ahead of [part, left[left.indexOf(part) + 1]]) prepare(ahead);
    const progress = (share: number) => onProgress?.((done + share * part.rows) / runs, runs);
    const taken = columns.take();
    const options = {
      ...engineOptions,
      signal,
      onProgress: progress,
      countOf: (ensemble: Ensemble) => counting.of(ensemble),
      onPortion,
    };
    const result = await repeated(() => followPart(engine, part, followed, taken, options));
    await counting.compare(result.portions, pool, ensembles);
    done += part.rows;
    timings.add(result);
    return { part, result, taken };
  };

  /** Stores a part that was followed, once its points are reduced and verified. */
  const finished = async (part: Part, result: FollowedPart, before: Promise<void>, ended: (stage: string) => void): Promise<Reduced[]> => {
    const { portions } = result;
    await ties.drop(portions);
    const {
      reduce: reductions,
      verify: examined,
      encode: files,
    } = await together(ended, {
      reduce: () => Promise.all(portions.map((portion) => portion.reduced ?? reduce(portion))),
      verify: () => Promise.all(portions.map(({ examined }) => examined)),
      encode: async () => store?.encode(result),
      take: async () => onPart && before.then(() => onPart(result)),
    });
    const reduced = portions.map(({ point, first, count, reduction, rows, counted, trajectories }, i): Reduced => {
      const { ensemble, sampled } = points[point] as SweepPoint;
      return {
        portion: { point, first, count },
        ...(reduction && { reduction }),
        ...reductions[i],
        ...(!keepsColumns && !counted && { rows }),
        examined: examined[i] ?? [],
        trajectories: trajectories.filter(({ run }) => run < ensemble.record.trajectories),
        sampled: trajectories.filter(({ run }) => run < sampled),
      };
    });
    await store?.commit(part, reduced, files ?? {});
    ended("record");
    return reduced;
  };

  let folded: Promise<void> = Promise.resolve();
  const finish = ({ part, result, taken }: Awaited<ReturnType<typeof follow>>, ended: (stage: string) => void): Promise<void> => {
    const before = folded;
    folded = (async () => {
      const reduced = result ? await finished(part, result, before, ended) : await store?.read?.(part);
      await before;
      await fold(part, reduced ?? []);
      if (taken) columns.give(taken);
      ended("fold");
    })();
    return folded;
  };

  const waited = await runLine(parts, { follow, finish }, { inFlight: partsInFlight, signal });
  const { difference } = counting;
  return { timings, waited, resumed: parts.length - left.length, ...(difference !== undefined && { countsDiffer: difference }) };
}
