import * as z from "zod";
import type { Addition } from "../ensemble/reduce.ts";
import type { TimedTrajectory } from "../ensemble/timed.ts";
import type { Held } from "../model/held.ts";
import type { Reduced } from "../sweep/fold.ts";
import type { Part } from "../sweep/parts.ts";
import { type FileDigest, sealed, unsealed } from "./digest.ts";
import { decodeHeld, decodeText, type Encoded, encodeHeld, encodeText } from "./encoding.ts";

/** The format of records, which the manifest names: a folder with records of another is refused. */
export const recordFormat = 3;

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
 * The record of a part, as JSON: its points with their runs, its files, what its sampled runs show, what its verified runs show
 * (`verifiedOf`), what it adds to the summary of each point (`decodeHeld` gives an `Addition` a point), and a checksum, which is the SHA-256
 * of the JSON without it.
 */
export async function recordText({ number, rows }: Part, reduced: readonly Reduced[], { identity, files, ...kept }: Kept): Promise<string> {
  const record = {
    part: number,
    identity,
    rows,
    files,
    points: reduced.map(({ portion: { point, first, count }, reduction, sampled, trajectories }) => ({
      point,
      first,
      count,
      ...(reduction && { reduction }),
      sampled: sampled.map(({ run, times, weights, entropy }) => ({ run, times, weights, ...(entropy && { entropy }) })),
      ...(kept.trajectories && trajectories.length > 0 && { trajectories }),
    })),
    // As JSON a verified run is some 28 kB, of which most repeats that of others.
    verified: await encodeText(
      JSON.stringify(
        reduced.map(({ examined }) => examined),
        plain,
      ),
    ),
    additions: await encodeHeld(reduced.map(({ addition }) => addition as Held)),
  };
  return sealed(JSON.stringify(record, plain));
}

const schema = z.object({
  part: z.int(),
  identity: z.string(),
  rows: z.int(),
  files: z.record(z.string(), z.object({ sha256: z.string(), bytes: z.int() })),
  points: z.array(z.looseObject({ point: z.int(), first: z.int(), count: z.int(), sampled: z.array(z.unknown()) })),
  verified: z.string(),
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
export async function reducedOf(record: StoredRecord): Promise<Reduced[]> {
  const decoded = await decodeHeld<Held & readonly Addition[]>(record.additions as Encoded);
  const examined = await verifiedOf(record);
  return record.points.map(({ point, first, count, reduction, sampled, trajectories = [] }, i) => ({
    portion: { point, first, count },
    ...(reduction !== undefined && { reduction: reduction as NonNullable<Reduced["reduction"]> }),
    examined: examined[i] as Reduced["examined"],
    addition: decoded[i] as Addition,
    sampled: sampled as Reduced["sampled"],
    trajectories: trajectories as TimedTrajectory[],
  }));
}

/** What came of the verified runs of each of its points, as they were examined. */
export const verifiedOf = async ({ verified }: StoredRecord): Promise<Reduced["examined"][]> =>
  JSON.parse(await decodeText(verified), revived);

/** A number that JSON can't tell stands as its text in an object. */
const plain = (_: string, value: unknown): unknown =>
  typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))
    ? { $number: Object.is(value, -0) ? "-0" : String(value) }
    : value;

const revived = (_: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && "$number" in value ? Number(value.$number) : value;
