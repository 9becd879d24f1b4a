import type { Measured } from "../model/columns.ts";
import { type Counted, columnBins, keyOf, restBits as rest } from "../model/counted.ts";
import { packCounts, unpackCounts } from "../model/held.ts";
import { binnedOrderStatistics, clamped, locate } from "./bins.ts";
import { ExactSum } from "./exactSum.ts";
import { manyNumbers } from "./limits.ts";
import { type Quantiles, quantilesOf, ranksOf } from "./quantiles.ts";

/** How wide a bin of normal numbers is at most, relative to its numbers. */
export const resolution = 2 ** -11;

/** Below it bins are no longer relative, and numbers in them are taken for 0, which most of them are. */
const minNormal = 2 ** -126;

const float = new Float32Array(1);
const word = new Uint32Array(float.buffer);

const numberOf = (key: number): number => {
  word[0] = key >>> 31 ? key & 0x7fffffff : ~key;
  return float[0] as number;
};

export type Numbers = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

export type HeldDistribution = ReturnType<Distribution["held"]>;

/**
 * Numbers that come part by part, and their quantiles. Of numbers that are kept the quantiles are exact. Others are counted in bins and
 * taken to lie evenly in a bin, between the least and the greatest number: their quantiles are off by less than `resolution`,
 * relatively. Min and max are exact, means but for one rounding. No result depends on the order in which numbers come.
 */
export class Distribution {
  /** Begins with the numbers that are kept, in their own type; the rest is room. */
  private numbers: Numbers | undefined;
  private kept = 0;
  private readonly bins: Uint32Array | undefined;
  private ranked: readonly number[] | undefined;
  count = 0;
  private readonly sum = new ExactSum();
  private min = Number.POSITIVE_INFINITY;
  private max = Number.NEGATIVE_INFINITY;

  /** @param keeps whether the numbers are kept; otherwise they are counted, in 4 MiB */
  constructor(private readonly keeps: boolean) {
    if (!keeps) this.bins = new Uint32Array(columnBins);
  }

  /** Adds the numbers that a column has in these rows; NaN is left out. */
  add(column: ArrayLike<number>, rows: Uint32Array): void {
    const { bins, sum } = this;
    let { count, min, max } = this;
    for (let i = 0; i < rows.length; i++) {
      const x = column[rows[i] as number] as number;
      if (Number.isNaN(x)) continue;
      if (bins) {
        float[0] = x;
        const bin = keyOf(word[0] as number) >>> rest;
        bins[bin] = (bins[bin] as number) + 1;
      }
      count++;
      sum.add(x);
      min = Math.min(min, x);
      max = Math.max(max, x);
    }
    Object.assign(this, { count, min, max });
    this.keep(column, rows);
  }

  /** Keeps the numbers that `add` would add, where they have been added as held without them. */
  keep(column: ArrayLike<number>, rows: Uint32Array): void {
    if (!this.keeps) return;
    const numbers = this.withRoom(rows.length, column instanceof Float32Array ? Float32Array : Float64Array);
    for (let i = 0; i < rows.length; i++) {
      const x = column[rows[i] as number] as number;
      if (!Number.isNaN(x)) numbers[this.kept++] = x;
    }
  }

  /** @param numbers whether those that are kept are held too; otherwise they must be given again, to `keep` */
  held({ numbers }: { numbers: boolean }) {
    const kept = this.numbers?.slice(0, this.kept);
    return {
      count: this.count,
      sum: this.sum.held(),
      min: this.min,
      max: this.max,
      ...(this.bins && { bins: packCounts(this.bins) }),
      ...(numbers && kept && { numbers: kept }),
    };
  }

  /** Adds what another one held, of numbers that were kept or counted as these are. */
  addHeld(held: HeldDistribution): void {
    const { bins } = this;
    if ((held.bins === undefined) !== (bins === undefined)) throw new Error("numbers that are kept and numbers in bins can't be added");
    if (held.bins)
      unpackCounts(held.bins, (bin, count) => {
        if (bins) bins[bin] = (bins[bin] as number) + count;
      });
    if (held.numbers) {
      const { length } = held.numbers;
      this.withRoom(length, held.numbers instanceof Float32Array ? Float32Array : Float64Array).set(held.numbers, this.kept);
      this.kept += length;
    }
    this.count += held.count;
    this.sum.addHeld(held.sum);
    this.min = Math.min(this.min, held.min);
    this.max = Math.max(this.max, held.max);
  }

  /** Adds the numbers of a column that a device has counted, where they are counted here too. */
  addCounted(counted: Counted, name: Measured): void {
    const { bins, sum } = this;
    if (!bins) throw new Error("numbers that are kept can't be added as counted");
    const before = this.count;
    counted.bins(name, (bin, count) => {
      bins[bin] = (bins[bin] as number) + count;
      this.count += count;
    });
    if (this.count === before) return;
    counted.significands(name, (magnitude, total) => sum.addSignificands(magnitude, total));
    const { least, greatest } = counted.extremes(name);
    this.min = Math.min(this.min, numberOf(least));
    this.max = Math.max(this.max, numberOf(greatest));
  }

  /** The numbers that are kept, with room for so many more. */
  private withRoom(more: number, Numbers: Float32ArrayConstructor | Float64ArrayConstructor): Numbers {
    const { numbers, kept } = this;
    if (numbers && numbers.length >= kept + more) return numbers;
    const room = new Numbers(Math.max(kept + more, 2 * (numbers?.length ?? 0)));
    if (numbers) room.set(numbers.subarray(0, kept));
    this.numbers = room;
    return room;
  }

  /**
   * Where many numbers are kept, has `find` determine those that quantiles are made of. Afterwards nothing can be added, since `find`
   * may transfer the numbers to another thread.
   */
  async rank(find: (numbers: Numbers, ranks: number[]) => Promise<number[]>): Promise<void> {
    if (this.keeps && this.count >= manyNumbers) this.ranked = await find(this.allKept(), ranksOf(this.count));
  }

  /** Undefined for no numbers. */
  quantiles(): Quantiles | undefined {
    if (this.count === 0) return undefined;
    return quantilesOf(this.count, this.sum.result(this.count), (ranks) => this.orderStatistics(ranks));
  }

  private orderStatistics(ranks: readonly number[]): readonly number[] {
    const { ranked, keeps, bins, count, min, max } = this;
    if (ranked) return ranked;
    if (keeps) return orderStatistics(this.allKept(), ranks);
    const interval = (bin: number) => clamped([numberOf(bin << rest), numberOf((bin + 1) << rest)], min, max);
    const found = binnedOrderStatistics({ counts: bins as Uint32Array, count, min, max, interval }, ranks);
    return found.map((x) => (Math.abs(x) < minNormal && x !== min && x !== max ? 0 : x));
  }

  private allKept(): Numbers {
    if (this.kept !== this.count) throw new Error(`expected the ${this.count} numbers that were counted, got ${this.kept}`);
    return (this.numbers as Numbers).subarray(0, this.kept);
  }
}

/** Up to so many numbers are sorted; of more the wanted ones are found by counting, which takes no more than two passes. */
const maxSorted = 2 ** 14;

/** The numbers of these ascending ranks, without a copy of all of them where they are many. */
export function orderStatistics(values: Numbers, ranks: readonly number[]): number[] {
  if (values instanceof Float64Array || values.length <= maxSorted) {
    const sorted = values.slice().sort();
    return ranks.map((rank) => sorted[rank] as number);
  }
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const bins = new Uint32Array(columnBins);
  for (let i = 0; i < words.length; i++) {
    const bin = keyOf(words[i] as number) >>> rest;
    bins[bin] = (bins[bin] as number) + 1;
  }
  const located = locate(bins, ranks);
  // The other bits of the numbers in the bins found are counted too. `bins` now holds the place of a bin among these, from 1, or 0.
  const wanted = [...new Set(located.map(({ bin }) => bin))];
  bins.fill(0);
  wanted.forEach((bin, i) => {
    bins[bin] = i + 1;
  });
  const within = wanted.map(() => new Uint32Array(2 ** rest));
  for (let i = 0; i < words.length; i++) {
    const key = keyOf(words[i] as number);
    const which = bins[key >>> rest] as number;
    if (which === 0) continue;
    const counts = within[which - 1] as Uint32Array;
    const low = key & (2 ** rest - 1);
    counts[low] = (counts[low] as number) + 1;
  }
  return located.map(({ bin, before }, i) => {
    const [low] = locate(within[wanted.indexOf(bin)] as Uint32Array, [(ranks[i] as number) - before]);
    return numberOf(((bin << rest) | (low?.bin as number)) >>> 0);
  });
}
