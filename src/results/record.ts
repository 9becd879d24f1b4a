import { createHash } from "node:crypto";
import type { Held } from "../model/held.ts";
import { encodeHeld } from "../statistics/encoding.ts";
import type { Reduced } from "../sweep/fold.ts";
import type { FollowedPart } from "../sweep/follow.ts";
import type { FileDigest } from "./durableFile.ts";

/** SHA-256, in hexadecimal digits. */
export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** What records keep beside what a part adds. */
interface Kept {
  /** SHA-256 of the specification. */
  specificationHash: string;
  /** Files of the part. */
  files: Readonly<Record<string, FileDigest>>;
  /** Of how many runs of each point, from the first on, weights and entropies over time are kept, for figures. */
  sampled: readonly number[];
  /** Whether trajectories are kept, since no table has them. */
  trajectories: boolean;
}

/**
 * The record of a part, as JSON: its points with their runs, its files, what its verified and sampled runs show, what it adds to the summary
 * of each point (`decodeHeld` gives an `Addition` a point), and a checksum, which is the SHA-256 of the JSON without it.
 */
export async function recordText(
  { number, count }: FollowedPart,
  reduced: readonly Reduced[],
  { specificationHash, files, sampled, ...kept }: Kept,
): Promise<string> {
  const record = {
    part: number,
    specificationHash,
    rows: count,
    files,
    points: reduced.map(({ portion: { point, first, count, reduction, trajectories }, examined }) => ({
      point,
      first,
      count,
      ...(reduction && { reduction }),
      verified: examined,
      sampled: trajectories
        .filter(({ run }) => run < (sampled[point] ?? 0))
        .map(({ run, times, weights, entropy }) => ({ run, times, weights, ...(entropy && { entropy }) })),
      ...(kept.trajectories && trajectories.length > 0 && { trajectories }),
    })),
    additions: await encodeHeld(reduced.map(({ addition }) => addition as Held)),
  };
  const text = JSON.stringify(record, plain);
  return `${text.slice(0, -1)},"checksum":"${sha256(text)}"}\n`;
}

/** A number that JSON can't tell stands as its text in an object. */
const plain = (_: string, value: unknown): unknown =>
  typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))
    ? { $number: Object.is(value, -0) ? "-0" : String(value) }
    : value;
