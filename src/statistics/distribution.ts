import { binnedOrderStatistics, clamped, locate } from "./bins.ts";
import { ExactSum } from "./exactSum.ts";
import { type Quantiles, quantilesOf, ranksOf } from "./quantiles.ts";
import { addCounts } from "./statistic.ts";

/** The leading bits of a number's 32-bit key, which are the number of its bin: sign, exponent, and 11 bits of the fraction. */
const leading = 20;
const rest = 32 - leading;
/** How wide a bin of normal numbers is at most, relative to its numbers. */
export const resolution = 2 ** -11;

/** Below it bins are no longer relative, and numbers in them are taken for 0, which most of them are. */
const minNormal = 2 ** -126;

const float = new Float32Array(1);
const word = new Uint32Array(float.buffer);

/** A number that grows with the float32 whose bits these are. */
const keyOf = (bits: number): number => (bits >>> 31 ? ~bits : bits | 0x80000000) >>> 0;
const numberOf = (key: number): number => {
  word[0] = key >>> 31 ? key & 0x7fffffff : ~key;
  return float[0] as number;
};

export type Numbers = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

/**
 * Numbers that come part by part, and their quantiles. Of held numbers the quantiles are exact. Others are counted in bins and
 * taken to lie evenly in a bin, between the least and the greatest number: their quantiles are off by less than `resolution`,
 * relatively. Min and max are exact, and so are those of the values of a growing function of the numbers. Means are exact but for one
 * rounding. No result depends on the order in which numbers come.
 */
export class Distribution {
  private readonly bins: Uint32Array | undefined;
  private ranked: readonly number[] | undefined;
  count = 0;
  private readonly sum = new ExactSum();
  private readonly mappedSum: ExactSum | undefined;
  private min = Number.POSITIVE_INFINITY;
  private max = Number.NEGATIVE_INFINITY;

  /**
   * @param held room for all the numbers there may be, in their own type; without it they are counted, in 4 MiB
   * @param map a growing function, of whose values there are quantiles too
   */
  constructor(
    private held?: Numbers,
    private readonly map?: (x: number) => number,
  ) {
    if (!held) this.bins = new Uint32Array(2 ** leading);
    if (map) this.mappedSum = new ExactSum();
  }

  /** Adds the numbers that a column has in these rows; NaN is left out. */
  add(column: ArrayLike<number>, rows: Uint32Array): void {
    const { held, bins, map, sum, mappedSum } = this;
    let { count, min, max } = this;
    for (let i = 0; i < rows.length; i++) {
      const x = column[rows[i] as number] as number;
      if (Number.isNaN(x)) continue;
      if (held) held[count] = x;
      else if (bins) {
        float[0] = x;
        const bin = keyOf(word[0] as number) >>> rest;
        bins[bin] = (bins[bin] as number) + 1;
      }
      count++;
      sum.add(x);
      if (map) mappedSum?.add(map(x));
      min = Math.min(min, x);
      max = Math.max(max, x);
    }
    Object.assign(this, { count, min, max });
  }

  /** Adds the numbers of another one, held or counted as these are. */
  merge(other: Distribution): void {
    if (this.held && other.held) {
      const count = this.count + other.count;
      if (this.held.length < count) {
        const room = new (this.held.constructor as Float64ArrayConstructor)(count);
        room.set(this.held.subarray(0, this.count));
        this.held = room;
      }
      this.held.set(other.held.subarray(0, other.count), this.count);
    } else if (this.bins && other.bins) addCounts(this.bins, other.bins);
    else throw new Error("numbers that are held and numbers in bins can't be merged");
    this.count += other.count;
    this.sum.merge(other.sum);
    if (other.mappedSum) this.mappedSum?.merge(other.mappedSum);
    this.min = Math.min(this.min, other.min);
    this.max = Math.max(this.max, other.max);
  }

  /**
   * Where many numbers are held, has `find` determine those that quantiles are made of. Afterwards nothing can be added, since `find`
   * may transfer the numbers to another thread.
   */
  async rank(find: (numbers: Numbers, ranks: number[]) => Promise<number[]>): Promise<void> {
    if (this.held && this.count >= manyNumbers) this.ranked = await find(this.held.subarray(0, this.count), ranksOf(this.count));
  }

  /** Undefined for no numbers. */
  quantiles(): Quantiles | undefined {
    if (this.count === 0) return undefined;
    return quantilesOf(this.count, this.sum.result(this.count), (ranks) => this.orderStatistics(ranks));
  }

  /** The quantiles of the values of `map`; undefined for no numbers. */
  mappedQuantiles(): Quantiles | undefined {
    const { map, mappedSum } = this;
    if (!map || !mappedSum || this.count === 0) return undefined;
    return quantilesOf(this.count, mappedSum.result(this.count), (ranks) => this.orderStatistics(ranks).map(map));
  }

  private orderStatistics(ranks: readonly number[]): readonly number[] {
    const { ranked, held, bins, count, min, max } = this;
    if (ranked) return ranked;
    if (held) return orderStatistics(held.subarray(0, count), ranks);
    const interval = (bin: number) => clamped([numberOf(bin << rest), numberOf((bin + 1) << rest)], min, max);
    const found = binnedOrderStatistics({ counts: bins as Uint32Array, count, min, max, interval }, ranks);
    return found.map((x) => (Math.abs(x) < minNormal && x !== min && x !== max ? 0 : x));
  }
}

/** Up to so many numbers are sorted; of more the wanted ones are found by counting, which takes no more than two passes. */
const maxSorted = 2 ** 14;

/** Of so many numbers or more, ranks are worth the start of a thread: some 4 ms a column and 10⁵ numbers. */
const manyNumbers = 2 ** 18;

/** The numbers of these ranks, without a copy of all of them where they are many. */
export function orderStatistics(values: Numbers, ranks: readonly number[]): number[] {
  if (values instanceof Float64Array || values.length <= maxSorted) {
    const sorted = values.slice().sort();
    return ranks.map((rank) => sorted[rank] as number);
  }
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const bins = new Uint32Array(2 ** leading);
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
