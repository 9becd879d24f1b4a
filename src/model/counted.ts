import { type Column, columnRow, columnsOf, hasColumn } from "./columns.ts";
import { type Ensemble, isOverTime, recordedTimes } from "./ensemble.ts";
import { statuses } from "./status.ts";

/**
 * How a device counts a column over the sound runs of a point, and how many words that takes. Every word is an integer that no order of
 * runs changes. Twin: shaders/statistics/reduce.wgsl
 */
export const countings = {
  /** Nothing is told of it over runs. */
  none: 0,
  /** Of all runs, sound or not: how many have each code. */
  status: 1,
  /** The sum in 64 bits, the lower word first, and the greatest. */
  count: 2,
  /** How many runs have each token. */
  token: 3,
  /** Of the runs that have a token here and a sink: how many, and in how many both are the same. */
  predictor: 4,
  /** How many runs have a flag, and in how many it is 1. */
  flag: 5,
  /**
   * Keys (`keyOf`) of the least number, inverted, and of the greatest; sums of the significands (24 bits), each in 64 bits, by sign and
   * exponent; and the bins, which lie apart.
   */
  number: 6,
  /** The same of shares; and how many of them are at least `polarizedAt`. */
  share: 7,
} as const;
type Counting = keyof typeof countings;

/** The leading bits of a number's key, which are the number of its bin: sign, exponent, and 11 bits of the fraction. */
export const leadingBits = 20;
export const restBits = 32 - leadingBits;
/** Bins of a column of numbers. */
export const columnBins = 2 ** leadingBits;
/** A code of an ending is below it. */
const statusCodes = Math.max(...Object.values(statuses)) + 1;
/** Signs and exponents of float32 numbers. */
const magnitudes = 2 ** 9;

/** A number that grows with the float32 whose bits these are. */
export const keyOf = (bits: number): number => (bits >>> 31 ? ~bits : bits | 0x80000000) >>> 0;

function countingOf(ensemble: Ensemble, name: Column): Counting {
  const { type, quantiles, predictor } = columnRow(name);
  if (name === "sinkShare") return "share";
  if (type === "real") return quantiles && hasColumn(ensemble, name) ? "number" : "none";
  if (type === "rank") return "none";
  return predictor ? "predictor" : type;
}

/** Words of a number but for its bins; behind them, how many shares are at least `polarizedAt`. */
export const numberWords = 2 + 2 * magnitudes;
const isNumber = (counting: Counting): boolean => counting === "number" || counting === "share";

function wordsOf(counting: Counting, { tokens }: Ensemble): number {
  const words = {
    none: 0,
    status: statusCodes,
    count: 3,
    token: tokens,
    predictor: 2,
    flag: 2,
    number: numberWords,
    share: numberWords + 1,
  };
  return words[counting];
}

/** Where the words of a point are. */
export interface CountedLayout {
  /** In the order of `columnsOf`; `bins` is 0 where there are none. */
  columns: readonly { name: Column; counting: Counting; at: number; bins: number }[];
  /** Where the counts by time begin: three a recorded time, and a later one; without distributions over time none. */
  timesAt: number;
  /** Where the bins of all columns begin, and all words end. */
  binsAt: number;
  words: number;
}

/** Word 0 counts the cells that no kernel has written. */
const first = 1;

export function countedLayout(ensemble: Ensemble): CountedLayout {
  const counted = columnsOf(ensemble).map((name) => ({ name, counting: countingOf(ensemble, name) }));
  let at = first;
  const placed = counted.map(({ name, counting }) => {
    const own = { name, counting, at };
    at += wordsOf(counting, ensemble);
    return own;
  });
  const timesAt = at;
  if (isOverTime(ensemble)) at += 3 * (recordedTimes(ensemble).length + 1);
  const binsAt = at;
  const withBins = placed.map((column) => {
    const bins = isNumber(column.counting) ? at : 0;
    if (bins > 0) at += columnBins;
    return { ...column, bins };
  });
  return { columns: withBins, timesAt, binsAt, words: at };
}

/** Pairs of the place of a word and what is added to it; a place may come more than once. */
export type CountedPairs = readonly Uint32Array[];

/** What a device has counted of runs of an ensemble. */
export class Counted {
  private readonly layout: CountedLayout;
  /** All words but the bins. Sums of words of one place may exceed 32 bits. */
  private readonly words: Float64Array;

  constructor(
    private readonly ensemble: Ensemble,
    private readonly pairs: CountedPairs,
  ) {
    this.layout = countedLayout(ensemble);
    this.words = new Float64Array(this.layout.binsAt);
    const extremes = new Set(
      this.layout.columns.flatMap(({ counting, at }) => (isNumber(counting) ? [at, at + 1] : counting === "count" ? [at + 2] : [])),
    );
    this.forPairs(0, this.layout.binsAt, (at, word) => {
      const own = this.words[at] as number;
      this.words[at] = extremes.has(at) ? Math.max(own, word) : own + word;
    });
  }

  /** Why it can't be what was counted of so many runs; undefined where it may be. */
  fault(runs: number): string | undefined {
    const status = this.status();
    const total = status.reduce((sum, count) => sum + count, 0);
    if ((this.words[0] as number) > 0) return `counted ${this.words[0]} cells that it never wrote`;
    if (total !== runs || (status[0] as number) > 0) return `counted ${total - (status[0] as number)} endings of ${runs} runs`;
    for (const { name, counting, at } of this.layout.columns) {
      if (!isNumber(counting)) continue;
      let numbers = 0;
      this.bins(name, (_, count) => {
        numbers += count;
      });
      if (numbers > runs || numbers > 0 !== (this.words[at + 1] as number) > 0)
        return `counted ${numbers} numbers in ${name} of ${runs} runs`;
    }
    return undefined;
  }

  /** How many runs have each code of an ending. */
  status(): number[] {
    return this.slice("status", statusCodes);
  }

  /** Of a column of counts. */
  sumOf(name: Column): { sum: bigint; max: number } {
    const at = this.at(name);
    return { sum: this.long(at), max: this.words[at + 2] as number };
  }

  /** How many runs have each token in this column. */
  tokens(name: Column): number[] {
    return this.slice(name, this.ensemble.tokens);
  }

  /** Of a predictor, or of a flag. */
  shareOf(name: Column): { of: number; share: number } {
    const [of = 0, share = 0] = this.slice(name, 2);
    return { of, share };
  }

  /** How many runs have a largest share of at least `polarizedAt` at the end. */
  holding(): number {
    return this.words[this.at("sinkShare") + numberWords] as number;
  }

  /** Keys of the least and the greatest number of a column; without numbers the least is the greater one. */
  extremes(name: Column): { least: number; greatest: number } {
    const at = this.at(name);
    return { least: ~(this.words[at] as number) >>> 0, greatest: this.words[at + 1] as number };
  }

  /** Tells `take` each sum of significands that is not 0, and the sign and exponent of its numbers as the leading 9 bits of a float32. */
  significands(name: Column, take: (magnitude: number, sum: bigint) => void): void {
    const at = this.at(name) + 2;
    for (let magnitude = 0; magnitude < magnitudes; magnitude++) {
      const sum = this.long(at + 2 * magnitude);
      if (sum > 0n) take(magnitude, sum);
    }
  }

  /** Tells `take` each bin of a column in which numbers were counted. A bin may come more than once. */
  bins(name: Column, take: (bin: number, count: number) => void): void {
    const { bins } = this.place(name);
    this.forPairs(bins, bins + columnBins, (at, count) => take(at - bins, count));
  }

  /**
   * By recorded time, and one later: how many runs went unsound before it (but after the time before), how many polarized by then while
   * sound, and how many of these went unsound. A run that stays sound counts at the later one.
   */
  times(): { ended: number[]; polarized: number[]; unpolarized: number[] } {
    const slots = recordedTimes(this.ensemble).length + 1;
    const { timesAt } = this.layout;
    const [ended = [], polarized = [], unpolarized = []] = [0, 1, 2].map((i) => [
      ...this.words.subarray(timesAt + i * slots, timesAt + (i + 1) * slots),
    ]);
    return { ended, polarized, unpolarized };
  }

  private forPairs(from: number, to: number, take: (at: number, word: number) => void): void {
    for (const pairs of this.pairs)
      for (let i = 0; i < pairs.length; i += 2) {
        const at = pairs[i] as number;
        if (at >= from && at < to) take(at, pairs[i + 1] as number);
      }
  }

  private place(name: Column): CountedLayout["columns"][number] {
    const place = this.layout.columns.find((column) => column.name === name);
    if (!place || place.counting === "none") throw new Error(`${name} is not counted`);
    return place;
  }

  private at(name: Column): number {
    return this.place(name).at;
  }

  private slice(name: Column, words: number): number[] {
    const at = this.at(name);
    return [...this.words.subarray(at, at + words)];
  }

  private long(at: number): bigint {
    return BigInt(this.words[at] as number) + (BigInt(this.words[at + 1] as number) << 32n);
  }
}

/** Rounded down to a float32, of a time that is not negative: no float32 lies between the two. */
export function roundedDown(time: number): number {
  float[0] = time;
  if ((float[0] as number) > time) word[0] = (word[0] as number) - 1;
  return float[0] as number;
}
const float = new Float32Array(1);
const word = new Uint32Array(float.buffer);
