import type { Counted } from "../model/counted.ts";
import type { Held } from "../model/held.ts";
import type { Rows } from "../model/rows.ts";
import { isSound } from "../model/status.ts";
import type { Distribution } from "./distribution.ts";

/**
 * A statistic over the runs of an ensemble. It takes their rows part by part; its result does not depend on their order, nor on
 * where the parts begin. So parts can be counted apart, kept, and added in another process.
 */
export interface Statistic<Result, H extends Held> {
  /** Adds the rows of some runs; `sound` are the indices of those among them that ended soundly (`soundRuns`). */
  add(rows: Rows, sound: Uint32Array): void;
  /** What it has of the runs that were added. @param numbers whether that includes numbers that are kept for quantiles (`Ranked`) */
  held(options?: { numbers: boolean }): H;
  /** Adds what another statistic of the same ensemble holds, of other runs. */
  addHeld(held: H): void;
  /** What the JSON tells; what can't be told is absent. */
  result(): Result;
}

/**
 * A statistic that can be made of what a device counts of runs: it then holds what it would hold of their rows, bit for bit. Every statistic of
 * summaries is one, since of a point with many runs the host takes no rows. What is counted of each column: `countings` in counted.ts.
 */
export interface Countable {
  addCounted(counted: Counted): void;
}

/** A statistic that keeps numbers of runs, and finds quantiles from them. */
export interface Ranked {
  /** Takes the numbers of rows that were added as held without numbers. */
  keep(rows: Rows, sound: Uint32Array): void;
  /** Has `find` determine what the quantiles are made of. */
  rank(find: Parameters<Distribution["rank"]>[0]): Promise<void>;
}

/** How many runs ended soundly. */
export const soundOf = (counted: Counted): number => counted.status().reduce((sum, count, code) => sum + (isSound(code) ? count : 0), 0);

/** Drops what is undefined: absent is how this project says "not computed". */
export function present<T extends object>(object: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as never;
}

type Counts = Uint32Array | number[];

/** Changes a count. */
export function count(counts: Counts, at: number, by = 1): void {
  counts[at] = (counts[at] as number) + by;
}

/** Adds counts to others of the same kinds, entry by entry. */
export function addCounts(counts: Counts, others: ArrayLike<number>): void {
  for (let i = 0; i < counts.length; i++) counts[i] = (counts[i] as number) + (others[i] as number);
}

/** Index of the first of some ascending times that is not before the given one; their number if there is none, as for NaN. */
export function slotOf(times: readonly number[], time: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] as number) >= time) high = middle;
    else low = middle + 1;
  }
  return low;
}
