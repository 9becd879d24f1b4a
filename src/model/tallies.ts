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

/** Pairs of a place in histograms and the word there. */
export type Pairs = Uint32Array<ArrayBuffer>;

/** Histograms as plain data, for another thread. `words` is [quantity][time][word], to which `waiting` is to be added. */
export interface HandedTallies {
  times: number;
  words?: Uint32Array<ArrayBuffer>;
  waiting: readonly Pairs[];
}

/** Words that were released, all 0. They are used again, since a system gives memory page by page. Of many recorded times they are too many to be kept. */
let spare: Uint32Array<ArrayBuffer> | undefined;
const maxSpare = 2 ** 21;

function emptyWords(length: number): Uint32Array<ArrayBuffer> {
  if (spare?.length !== length) return new Uint32Array(length);
  const words = spare;
  spare = undefined;
  return words;
}

/**
 * Histograms of an ensemble at its recorded times. Counts are integers, so they are the same in whatever order runs are added. Few runs fill few bins: what a
 * device has packed waits as pairs until it is asked for.
 */
export class Tallies {
  private own: HandedTallies["words"];
  private waiting: Pairs[] = [];
  private waitingWords = 0;
  private readonly length: number;

  constructor(readonly times: number) {
    this.length = talliedNames.length * times * tallyWords;
  }

  /** Those that were handed over. */
  static of({ times, words, waiting }: HandedTallies): Tallies {
    const tallies = new Tallies(times);
    tallies.own = words;
    tallies.waiting = [...waiting];
    return tallies;
  }

  /** All of them. Where their buffers (`buffersOf`) are transferred, these are of no more use. */
  handed(): HandedTallies {
    const { times, own, waiting } = this;
    return { times, ...(own && { words: own }), waiting };
  }

  /** Gives the memory back: afterwards these are empty. */
  release(): void {
    if (this.own && this.length <= maxSpare) spare = this.own.fill(0);
    this.own = undefined;
    this.waiting = [];
  }

  /** [quantity][time][word]: see `tallyWords` */
  get words(): Uint32Array<ArrayBuffer> {
    this.own ??= emptyWords(this.length);
    const { own, waiting } = this;
    if (waiting.length === 0) return own;
    this.waiting = [];
    this.waitingWords = 0;
    for (const pairs of waiting) for (let i = 0; i < pairs.length; i += 2) addWord(own, pairs[i] as number, pairs[i + 1] as number);
    return own;
  }

  /** Adds one number, which is not negative; a non-finite one is left out. */
  add(name: Tallied, time: number, x: number): void {
    const bin = binOf(name, x);
    if (bin === undefined) return;
    const bits = word[0] as number;
    const { words } = this;
    const at = this.at(name, time);
    words[at + bin] = (words[at + bin] as number) + 1;
    words[at + bins] = Math.max(words[at + bins] as number, bits);
    words[at + bins + 1] = Math.max(words[at + bins + 1] as number, ~bits >>> 0);
  }

  /** Adds what was observed of some runs: [run][time]. */
  addRuns(observed: Record<Tallied, Float32Array>): void {
    for (const name of talliedNames) observed[name].forEach((x, at) => void this.add(name, at % this.times, x));
  }

  /** Adds words of the histograms of other runs at the same times. The pairs are taken over. */
  addPairs(pairs: Pairs): void {
    if (pairs.length > 0) this.waiting.push(pairs);
    this.waitingWords += pairs.length;
    if (this.waitingWords > this.length) void this.words;
  }

  held() {
    return { words: packCounts(this.words) };
  }

  /** Adds what the histograms of other runs at the same times held. */
  addHeld(held: ReturnType<Tallies["held"]>): void {
    const { words } = this;
    unpackCounts(held.words, (at, word) => addWord(words, at, word));
  }

  /** The histogram of one quantity at one time. */
  histogram(name: Tallied, time: number): { counts: Uint32Array; min: number; max: number } {
    const at = this.at(name, time);
    const { words } = this;
    return {
      counts: words.subarray(at, at + bins),
      max: floatOf(words[at + bins] as number),
      min: floatOf(~(words[at + bins + 1] as number) >>> 0),
    };
  }

  private at(name: Tallied, time: number): number {
    return (talliedNames.indexOf(name) * this.times + time) * tallyWords;
  }
}

/** The same in buffers of their own. */
export const copyOf = ({ times, words, waiting }: HandedTallies): HandedTallies => ({
  times,
  ...(words && { words: words.slice() }),
  waiting: waiting.map((pairs) => pairs.slice()),
});

export const buffersOf = ({ words, waiting }: HandedTallies): ArrayBuffer[] =>
  [...(words ? [words] : []), ...waiting].map(({ buffer }) => buffer);

/** Adds a word of histograms to these. */
function addWord(words: Uint32Array, at: number, word: number): void {
  const own = words[at] as number;
  // Nearly all words of a point are its first.
  words[at] = own === 0 || at % tallyWords >= bins ? Math.max(own, word) : own + word;
}

const known = new Map<Tallied, Float64Array>();
/** The numbers at which bins begin, and the one before each ends: the first begins at 0, the last ends at infinity. */
export function binEdges(name: Tallied): Float64Array {
  const first = firstOf(tallied[name]);
  const edgeOf = (_: unknown, bin: number) => {
    if (bin === 0) return 0;
    return bin === bins ? Number.POSITIVE_INFINITY : floatOf((bin + first) << (23 - tallied[name].bits));
  };
  const own = known.get(name) ?? Float64Array.from({ length: bins + 1 }, edgeOf);
  known.set(name, own);
  return own;
}
