import { packCounts, unpackCounts } from "./held.ts";

/** Bins of a histogram over time. */
export const bins = 8192;

/**
 * The quantities of which histograms over all runs are kept at every recorded time. A bin holds the float32 numbers that agree in sign,
 * exponent and the first `bits` bits of the fraction, so its width is at most 2^−bits of its numbers. Bins begin at
 * 2^lowest; the first and the last also hold what lies beyond. Entropies and losses late in a flow need such relative bins.
 * Twin: shaders/statistics/tally.wgsl
 */
export const tallied = {
  /** 2⁻²⁸ … 2⁴ nat; the largest entropy, log 4096, is 8.3 */
  entropy: { lowest: -28, bits: 8 },
  /** 2⁻¹⁵ … 2 */
  sinkShare: { lowest: -15, bits: 9 },
  /** 2⁻⁴⁴ … 2²⁰ */
  loss: { lowest: -44, bits: 7 },
} as const;
export type Tallied = keyof typeof tallied;
export const talliedNames = Object.keys(tallied) as Tallied[];

/** Words for one quantity at one time: its bins, the bits of its greatest number, and those of its least, inverted. */
export const tallyWords = bins + 2;

const float = new Float32Array(1);
const word = new Uint32Array(float.buffer);
const floatOf = (bits: number): number => {
  word[0] = bits;
  return float[0] as number;
};
const firstOf = ({ lowest, bits }: { lowest: number; bits: number }) => (lowest + 127) << bits;

/** The bin of a number, which is not negative; undefined where it is not finite, as a float32. */
export function binOf(name: Tallied, x: number): number | undefined {
  float[0] = Math.max(0, x);
  const bits = word[0] as number;
  if (bits >= 0x7f800000) return undefined;
  return Math.min(bins - 1, Math.max(0, (bits >>> (23 - tallied[name].bits)) - firstOf(tallied[name])));
}

/** Histograms of an ensemble at its recorded times. Counts are integers, so they are the same in whatever order runs are added. */
export class Tallies {
  /** @param words [quantity][time][word]: see `tallyWords` */
  constructor(
    readonly times: number,
    readonly words = new Uint32Array(talliedNames.length * times * tallyWords),
  ) {}

  /** Adds one number, which is not negative; a non-finite one is left out. */
  add(name: Tallied, time: number, x: number): void {
    const bin = binOf(name, x);
    if (bin === undefined) return;
    const bits = word[0] as number;
    const at = this.at(name, time);
    this.words[at + bin] = (this.words[at + bin] as number) + 1;
    this.words[at + bins] = Math.max(this.words[at + bins] as number, bits);
    this.words[at + bins + 1] = Math.max(this.words[at + bins + 1] as number, ~bits >>> 0);
  }

  /** Adds what was observed of some runs: [run][time]. */
  addRuns(observed: Record<Tallied, Float32Array>): void {
    for (const name of talliedNames) observed[name].forEach((x, at) => void this.add(name, at % this.times, x));
  }

  held() {
    return { words: packCounts(this.words) };
  }

  /** Adds what the histograms of other runs at the same times held. */
  addHeld(held: ReturnType<Tallies["held"]>): void {
    unpackCounts(held.words, (at, word) => this.addWord(at, word));
  }

  /** Adds the histograms of other runs at the same times. */
  addAll({ words }: Tallies): void {
    for (let at = 0; at < words.length; at++) if (words[at] !== 0) this.addWord(at, words[at] as number);
  }

  /** Adds a word of the histograms of other runs at the same times. */
  addWord(at: number, word: number): void {
    const own = this.words[at] as number;
    // Nearly all words of a point are its first.
    this.words[at] = own === 0 || at % tallyWords >= bins ? Math.max(own, word) : own + word;
  }

  /** The histogram of one quantity at one time. */
  histogram(name: Tallied, time: number): { counts: Uint32Array; min: number; max: number } {
    const at = this.at(name, time);
    return {
      counts: this.words.subarray(at, at + bins),
      max: floatOf(this.words[at + bins] as number),
      min: floatOf(~(this.words[at + bins + 1] as number) >>> 0),
    };
  }

  private at(name: Tallied, time: number): number {
    return (talliedNames.indexOf(name) * this.times + time) * tallyWords;
  }
}

/** The number at which a bin begins, and the one before it ends: the first begins at 0, the last ends at infinity. */
export function binEdge(name: Tallied, bin: number): number {
  if (bin === 0) return 0;
  if (bin === bins) return Number.POSITIVE_INFINITY;
  return floatOf((bin + firstOf(tallied[name])) << (23 - tallied[name].bits));
}
