import * as z from "zod";
import type { Addition } from "../ensemble/reduce.ts";
import type { TimedTrajectory } from "../ensemble/timed.ts";
import type { Held } from "../model/held.ts";
import { decodeHeld, type Encoded, encodeHeld } from "../statistics/encoding.ts";
import type { Reduced } from "../sweep/fold.ts";
import type { Part } from "../sweep/parts.ts";
import { type FileDigest, sealed, unsealed } from "./digest.ts";

/** What a record keeps beside what a part adds. */
interface Kept {
  /** Of the results that it is of: see `identityOf`. */
  identity: string;
  /** Files of the part. */
  files: Readonly<Record<string, FileDigest>>;
  /** Whether trajectories are kept, since no table has them. */
  trajectories: boolean;
}

/**
 * The record of a part, as JSON: its points with their runs, its files, what its verified and sampled runs show, what it adds to the summary
 * of each point (`decodeHeld` gives an `Addition` a point), and a checksum, which is the SHA-256 of the JSON without it.
 */
export async function recordText({ number, rows }: Part, reduced: readonly Reduced[], { identity, files, ...kept }: Kept): Promise<string> {
  const record = {
    part: number,
    identity,
    rows,
    files,
    points: reduced.map(({ portion: { point, first, count }, reduction, examined, sampled, trajectories }) => ({
      point,
      first,
      count,
      ...(reduction && { reduction }),
      verified: examined,
      sampled: sampled.map(({ run, times, weights, entropy }) => ({ run, times, weights, ...(entropy && { entropy }) })),
      ...(kept.trajectories && trajectories.length > 0 && { trajectories }),
    })),
    additions: await encodeHeld(reduced.map(({ addition }) => addition as Held)),
  };
  return sealed(JSON.stringify(record, plain));
}

const schema = z.object({
  part: z.int(),
  identity: z.string(),
  rows: z.int(),
  files: z.record(z.string(), z.object({ sha256: z.string(), bytes: z.int() })),
  points: z.array(
    z.looseObject({ point: z.int(), first: z.int(), count: z.int(), verified: z.array(z.unknown()), sampled: z.array(z.unknown()) }),
  ),
  additions: z.object({ data: z.unknown(), arrays: z.string() }),
});

/** A record as it was written. */
export type StoredRecord = z.output<typeof schema>;

/** What a text of a record says; undefined for any that is not as `recordText` made it. */
export function readRecord(text: string): StoredRecord | undefined {
  const body = unsealed(text);
  const parsed = body === undefined ? undefined : schema.safeParse(JSON.parse(body, revived));
  return parsed?.success ? parsed.data : undefined;
}

/** What a part adds to its points, as it was reduced; of its trajectories those that the record keeps. */
export async function reducedOf({ points, additions }: StoredRecord): Promise<Reduced[]> {
  const decoded = await decodeHeld<Held & readonly Addition[]>(additions as Encoded);
  return points.map(({ point, first, count, reduction, verified, sampled, trajectories = [] }, i) => ({
    portion: { point, first, count },
    ...(reduction !== undefined && { reduction: reduction as NonNullable<Reduced["reduction"]> }),
    examined: verified as Reduced["examined"],
    addition: decoded[i] as Addition,
    sampled: sampled as Reduced["sampled"],
    trajectories: trajectories as TimedTrajectory[],
  }));
}

/** A number that JSON can't tell stands as its text in an object. */
const plain = (_: string, value: unknown): unknown =>
  typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))
    ? { $number: Object.is(value, -0) ? "-0" : String(value) }
    : value;

const revived = (_: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && "$number" in value ? Number(value.$number) : value;
