import type { ReducedTo } from "../ensemble/reduce.ts";
import { type TimedTrajectory, timed } from "../ensemble/timed.ts";
import type { Column } from "../model/columns.ts";
import type { Ensemble } from "../model/ensemble.ts";
import { familyOf } from "../model/families.ts";
import type { Engine, Followed, RunBatch, RunOptions, SegmentResult } from "../model/result.ts";
import { arrayOf, copyRows, mapRows, type Rows, rowsWith } from "../model/rows.ts";
import type { Examined } from "../verification/findings.ts";
import type { Part, Portion } from "./parts.ts";

/** Runs of a point that were followed. */
export interface FollowedPortion extends Portion, Omit<SegmentResult, "trajectories"> {
  /** Of those of its runs that are recorded. */
  trajectories: TimedTrajectory[];
  /** Each column of length `count`: a part of the columns of its part. Of no use where runs were counted instead. */
  rows: Rows;
  /** With `record.vectors`: `vectorNames`, [vector][token][run]. */
  vectors?: Float32Array | Float64Array;
  reduction?: Followed["reduction"];
  /** What comes of the verification of its sampled runs, which begins when its last run has been followed; */
  examined?: Promise<readonly Examined[]>;
  /** and of its reduction, which begins then, too, but where its runs were counted. */
  reduced?: Promise<ReducedTo>;
}

/** A part that was followed. */
export interface FollowedPart {
  number: number;
  /** Its rows, in the order of its portions; each column of length `count`. */
  rows: Rows;
  count: number;
  portions: FollowedPortion[];
  /** How long the runs of each family took. */
  timings: { points: number[]; timing: Followed["timing"] }[];
}

/** A point as it is followed. */
export interface FollowedPoint {
  /** Its trajectories are all that anything asks for. */
  ensemble: Ensemble;
  /** How many of its runs are verified. */
  samples: number;
}

/** Memory that threads share, where it may be had: a browser gives it only to pages that are isolated from others. */
const Memory = globalThis.SharedArrayBuffer ?? ArrayBuffer;

/** The columns of parts. They are used again, since shared memory is freed only when every thread has collected its garbage. */
export class ColumnStore {
  private readonly free: Rows[] = [];

  /** @param names of the columns of all parts; @param rows of the largest part */
  constructor(
    private readonly names: readonly Column[],
    private readonly rows: number,
    private readonly engine: Engine["kind"],
  ) {}

  /** Columns for the rows of any part; they hold what they held before. */
  take(): Rows {
    return this.free.pop() ?? this.make();
  }

  give(columns: Rows): void {
    this.free.push(columns);
  }

  private make(): Rows {
    return rowsWith(this.names, (name) => {
      const Numbers = arrayOf(name, this.engine === "cpu" ? Float64Array : Float32Array) as Float64ArrayConstructor;
      return new Numbers(new Memory(Numbers.BYTES_PER_ELEMENT * this.rows));
    });
  }
}

export interface FollowOptions extends Pick<RunOptions, "signal" | "reduce" | "lanes" | "trials" | "onProgress"> {
  /** Whether the device counts the runs of an ensemble. */
  countOf?: (ensemble: Ensemble) => RunOptions["count"];
  /** Called with a portion when its last run has been followed. */
  onPortion: (portion: FollowedPortion) => void;
}

const sliced = (rows: Rows, from: number, to: number): Rows => mapRows(rows, (numbers) => numbers.subarray(from, to));

/**
 * Follows the runs of a part. Their rows are copied once, as they come, into `columns`.
 * @param points all points of the sweep
 * @param options.onProgress called with the share of the part that is done
 */
export async function followPart(
  engine: Engine,
  part: Part,
  points: readonly FollowedPoint[],
  columns: Rows,
  { onProgress, countOf, onPortion, ...options }: FollowOptions,
): Promise<FollowedPart> {
  const rows = sliced(columns, 0, part.rows);
  let place = 0;
  const portions = part.stretches.flat().map((portion): FollowedPortion => {
    const from = place;
    place += portion.count;
    return { ...portion, rows: sliced(rows, from, place), trajectories: [], samples: [] };
  });
  const timings: FollowedPart["timings"] = [];
  let before = 0;
  const followFamily = async ({ count, together }: FollowedFamily, onSubmitted: () => void) => {
    const arrived = together.map(() => 0);
    const runs = together.reduce((sum, { count }) => sum + count, 0);
    const from = before;
    before += runs;
    const { timing, reduction } = await engine.follow(
      together.map(({ point, first, count }) => ({ ...(points[point] as FollowedPoint), first, count })),
      {
        ...options,
        ...(count && { count }),
        onBatch: (batch) => {
          copyInto(together[batch.segment] as FollowedPortion, batch);
          arrived[batch.segment] = (arrived[batch.segment] as number) + batch.count;
        },
        onSegment: (segment, { trajectories, ...result }) => {
          const portion = together[segment] as FollowedPortion;
          const { ensemble } = points[portion.point] as FollowedPoint;
          Object.assign(portion, result, { trajectories: trajectories.map((trajectory) => timed(ensemble, trajectory)) });
          onPortion(portion);
        },
        onSubmitted,
        onProgress: (done) => onProgress?.((from + runs * done) / part.rows),
      },
    );
    for (const [i, portion] of together.entries()) {
      if (count !== "instead" && arrived[i] !== portion.count)
        throw new Error(`the engine handed over ${arrived[i]} of ${portion.count} runs of point ${portion.point}`);
      if (reduction) portion.reduction = reduction;
    }
    timings.push({ points: together.map(({ point }) => point), timing });
  };
  // While results of a family are handed over, the next one is followed.
  const begun: Promise<void>[] = [];
  try {
    for (const family of families(portions, points, countOf)) {
      const before = begun.at(-1);
      let submitted = () => {};
      const allSubmitted = new Promise<void>((resolve) => (submitted = resolve));
      const followed = followFamily(family, submitted);
      followed.catch(() => {}); // a failure is reported where it is awaited
      begun.push(followed);
      await before;
      await Promise.race([allSubmitted, followed]);
    }
    await begun.at(-1);
  } finally {
    await Promise.allSettled(begun);
  }
  return { number: part.number, rows, count: part.rows, portions, timings };
}

interface FollowedFamily {
  count: RunOptions["count"];
  together: FollowedPortion[];
}

/** Portions that are followed as one: as they are followed, some points of a family may have trajectories and others none. */
function families(
  portions: readonly FollowedPortion[],
  points: readonly FollowedPoint[],
  countOf: FollowOptions["countOf"],
): FollowedFamily[] {
  const families = new Map<string, FollowedFamily>();
  for (const portion of portions) {
    const { ensemble } = points[portion.point] as FollowedPoint;
    const count = countOf?.(ensemble);
    const key = `${familyOf(ensemble)} ${count}`;
    const family = families.get(key);
    if (family) family.together.push(portion);
    else families.set(key, { count, together: [portion] });
  }
  return [...families.values()];
}

function copyInto(portion: FollowedPortion, { first, count, rows, vectors }: RunBatch): void {
  const from = first - portion.first;
  copyRows(portion.rows, rows, from, count);
  if (!vectors) return;
  const lists = vectors.length / count; // a number a token, of each vector
  portion.vectors ??= new (vectors.constructor as Float64ArrayConstructor)(new Memory(vectors.BYTES_PER_ELEMENT * lists * portion.count));
  for (let list = 0; list < lists; list++)
    portion.vectors.set(vectors.subarray(list * count, (list + 1) * count), list * portion.count + from);
}
