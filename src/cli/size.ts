import { stat, statfs } from "node:fs/promises";
import { totalmem } from "node:os";
import { dirname, resolve } from "node:path";
import { getHeapStatistics } from "node:v8";
import { SinkflowError } from "../model/errors.ts";
import type { Specification } from "../model/grid.ts";
import type { Engine } from "../model/result.ts";
import { estimateOf } from "../sweep/estimate.ts";
import type { SweepReport } from "../sweep/sweep.ts";
import { say } from "./terminal.ts";

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;

/** The report with the most memory that the process has had so far. */
export const withPeak = <R extends Pick<SweepReport, "timing">>(report: R): R => ({
  ...report,
  ...(report.timing && { timing: { ...report.timing, peakBytes: process.resourceUsage().maxRSS * 1024 } }),
});

/**
 * Refuses a sweep whose results memory can't hold, and warns of one whose files the disk may not hold, before it begins.
 * Throws SinkflowError("input").
 * @param out where rows are stored; undefined where they are not
 */
export async function checkSize({ points }: Specification, engine: Engine, out: string | undefined): Promise<void> {
  const { disk, heap, arrays } = estimateOf(
    points.map(({ ensemble }) => ensemble),
    engine.kind,
  );
  // 0 where nothing limits the process; a group of processes without a limit has one beyond all memory.
  const limit = process.constrainedMemory() || Number.POSITIVE_INFINITY;
  const memory = Math.min(limit, totalmem());
  const largestHeap = getHeapStatistics().heap_size_limit;
  if (heap > largestHeap)
    throw new SinkflowError(
      "input",
      `record: expected summaries and trajectories that fit JavaScript's ${gigabytes(largestHeap)} of memory, got about ${gigabytes(heap)}; ` +
        `fewer record.trajectories, recorded times or points take less, NODE_OPTIONS=--max-old-space-size=${Math.ceil((1.2 * heap) / 2 ** 20)} gives more`,
    );
  if (heap + arrays > memory)
    throw new SinkflowError(
      "input",
      `expected results that fit this machine's ${gigabytes(memory)} of memory, got about ${gigabytes(heap + arrays)}`,
    );
  if (out === undefined) return;
  const free = await freeBytes(resolve(out));
  if (free !== undefined && disk > free)
    say(`the results may take ${gigabytes(disk)}, and ${gigabytes(free)} are free in ${out}; --rows none stores statistics alone`);
}

/** Free bytes where a folder is or will be; undefined where that can't be told. */
async function freeBytes(folder: string): Promise<number | undefined> {
  const isThere = await stat(folder).then(
    () => true,
    () => false,
  );
  if (!isThere && dirname(folder) !== folder) return freeBytes(dirname(folder));
  return statfs(folder).then(
    ({ bavail, bsize, blocks }) => (blocks > 0 ? bavail * bsize : undefined),
    () => undefined,
  );
}
