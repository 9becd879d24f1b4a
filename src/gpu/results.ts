import { columnsOf, vectorNames } from "../model/columns.ts";
import { Counted, type CountedPairs } from "../model/counted.ts";
import { type Ensemble, targetLength } from "../model/ensemble.ts";
import { isAdaptive } from "../model/integrators.ts";
import type { RunOptions, Segment, SegmentResult } from "../model/result.ts";
import { arrayOf, mapRows, type Row, type Rows, rowAt } from "../model/rows.ts";
import type { Observation, Sample } from "../model/samples.ts";
import { type Pairs, Tallies, talliedNames } from "../model/tallies.ts";
import { entryParts, series, storedSeries, type Trajectory } from "../model/trajectory.ts";
import type { Reading, SampledWords } from "./batch.ts";
import type { OpenDevice } from "./device.ts";
import { entryLayout, type Layout, recordWords } from "./layout.ts";
import type { Plan, Slice } from "./plan.ts";

/** Hands over what was read of batches, segment by segment. */
export class Results {
  private readonly opened: OpenDevice;
  private readonly layout: Layout;
  private readonly options: RunOptions;
  private readonly segments: SegmentResult[];
  /** Runs of each segment. */
  private readonly counts: readonly number[];

  constructor(opened: OpenDevice, layout: Layout, segments: readonly Segment[], options: RunOptions) {
    this.opened = opened;
    this.counts = segments.map(({ count }) => count);
    this.layout = layout;
    this.options = options;
    this.segments = segments.map(() => ({ trajectories: [], samples: [] }));
  }

  /** Takes a batch: done when all of it is handed over. */
  async take(plan: Plan, reading: Reading): Promise<void> {
    const [rows, samples, vectors, trajectories, tallies, ledger] = await Promise.all([
      reading.rows,
      reading.samples,
      reading.vectors,
      reading.trajectories,
      reading.tallies,
      reading.ledger,
      reading.whole,
    ]);
    const { layout, options } = this;
    const perSample = layout.times * talliedNames.length;
    if (tallies) this.addTallies(plan, tallies);
    for (const slice of plan.slices) {
      const { segment, first, count, place } = slice;
      const own = rows && mapRows(rows, (numbers) => numbers.subarray(place, place + count));
      const result = this.segments[segment] as SegmentResult;
      const recorded = trajectories ? toTrajectories(slice, layout, plan.recorded, trajectories) : [];
      for (const [i, sample] of toSamples(slice, own, samples).entries()) {
        const trajectory = recorded[sample.run - first];
        const at = (slice.sampledBefore + i) * perSample;
        if (trajectory) sample.trajectory = trajectory;
        if (ledger) sample.tallied = ledger.slice(at, at + perSample);
        result.samples.push(sample);
      }
      result.trajectories.push(...recorded);
      if (own)
        await options.onBatch?.({ segment, first, count, rows: own, ...(vectors && { vectors: vectorsOf(slice, plan.runs, vectors) }) });
      if (!slice.isLast) continue;
      if (result.counted) this.checkCounted(slice, result.counted);
      await options.onSegment?.(segment, result);
    }
  }

  /** Adds the histograms and counts of a batch: pairs of a word's place, [point][word], and the word. */
  private addTallies({ slices }: Plan, parts: readonly Pairs[]): void {
    const { times, tallyWords, countedWords } = this.layout;
    const results = slices.map(({ segment }) => this.segments[segment] as SegmentResult);
    if (tallyWords > 0) for (const result of results) result.tallies ??= new Tallies(times);
    for (const pairs of parts) {
      const dealt = dealPairs(pairs, slices.length, tallyWords, countedWords);
      for (const [point, result] of results.entries()) {
        const { tallied, counted } = dealt[point] as (typeof dealt)[number];
        result.tallies?.addPairs(tallied);
        if (countedWords > 0) result.counted = [...(result.counted ?? []), counted];
      }
    }
  }

  /** Throws DeviceFault where the counts of a segment, whose last slice this is, can't be. */
  private checkCounted({ ensemble, segment }: Slice, counted: CountedPairs): void {
    const fault = new Counted(ensemble, counted).fault(this.counts[segment] as number);
    if (fault) throw this.opened.fail(`the device ${fault}`);
  }
}

/** Deals pairs of a place and a word over points: those of its histograms, and those of its counts. Places then begin at 0 in each. */
function dealPairs(pairs: Pairs, points: number, tallyWords: number, countedWords: number): { tallied: Pairs; counted: Pairs }[] {
  if (points === 1 && countedWords === 0) return [{ tallied: pairs, counted: new Uint32Array() }];
  const words = tallyWords + countedWords;
  // Two lists a point.
  const listOf = new Uint32Array(pairs.length / 2);
  const lengths = new Uint32Array(2 * points);
  for (let i = 0; i < listOf.length; i++) {
    const place = pairs[2 * i] as number;
    const point = Math.floor(place / words);
    const list = 2 * point + (place - point * words < tallyWords ? 0 : 1);
    listOf[i] = list;
    lengths[list] = (lengths[list] as number) + 2;
  }
  const lists = Array.from(lengths, (length) => new Uint32Array(length));
  const filled = lengths.fill(0);
  for (let i = 0; i < listOf.length; i++) {
    const list = listOf[i] as number;
    const own = lists[list] as Pairs;
    const at = filled[list] as number;
    own[at] = (pairs[2 * i] as number) - (list >> 1) * words - (list & 1) * tallyWords;
    own[at + 1] = pairs[2 * i + 1] as number;
    filled[list] = at + 2;
  }
  return Array.from({ length: points }, (_, point) => ({ tallied: lists[2 * point] as Pairs, counted: lists[2 * point + 1] as Pairs }));
}

/** The samples of a slice, from what was gathered of the sampled runs of a batch; values from token-major to rows of V. The rows are those that are handed over, if any are. */
function toSamples({ ensemble, first, sampled, sampledBefore }: Slice, rows: Rows | undefined, gathered: SampledWords): Sample[] {
  const { tokens: n, dim: d } = ensemble;
  return sampled.map((run, i) => {
    const at = sampledBefore + i;
    const words = gathered.starts[at] as Uint32Array;
    const numbers = Float64Array.from(new Float32Array(words.buffer, words.byteOffset, words.length));
    const values = new Float64Array(n * d);
    for (let k = 0; k < d; k++) for (let token = 0; token < n; token++) values[k * n + token] = numbers[n + token * d + k] as number;
    const observed = gathered.observed.map((moment) => toObservation(ensemble, moment[at] as Uint32Array));
    const [start, end] = [observed.shift(), observed.pop()];
    const ends = new Map(observed.flatMap(({ row: { steps, time } }) => (steps > 0 ? [[steps, time]] : [])));
    return {
      run,
      logits: numbers.slice(0, n),
      values,
      target: numbers.slice(n * (1 + d), n * (1 + d) + targetLength(ensemble)),
      start: start as Observation,
      early: observed.at(-1) as Observation,
      ...(isAdaptive(ensemble.integrator) && { ends: [...ends.values()] }),
      end: { ...(end as Observation), ...(rows && { row: rowAt(rows, run - first) }) },
    };
  });
}

function toObservation(ensemble: Ensemble, words: Uint32Array): Observation {
  const { tokens: n } = ensemble;
  const names = columnsOf(ensemble);
  const numbers = new Float32Array(words.buffer, words.byteOffset, words.length);
  const row = names.map((name, i) => [name, (arrayOf(name, Float32Array) === Uint32Array ? words : numbers)[i]]);
  const from = (v: number) => names.length + v * n;
  const vectors = vectorNames.map((name, v) => [name, Float64Array.from(numbers.subarray(from(v), from(v + 1)))]);
  return { row: Object.fromEntries(row) as Row, vectors: Object.fromEntries(vectors) as Observation["vectors"] };
}

/** The trajectories of a slice, from the entries that shaders/observables/trajectory.wgsl wrote of `all` runs, [time][word][run]. */
function toTrajectories(
  { ensemble, first, recorded, recordedBefore }: Slice,
  layout: Layout,
  all: number,
  bytes: ArrayBuffer,
): Trajectory[] {
  const { tokens } = ensemble;
  const lengths = entryParts(tokens);
  const { at } = entryLayout(tokens);
  const words = recordWords(tokens, layout.mapping.reduction.dim);
  const [steps, entries] = [new Uint32Array(bytes), new Float32Array(bytes)];
  const slots = Array.from({ length: layout.times }, (_, slot) => slot);
  return Array.from({ length: recorded }, (_, i) => {
    const own = recordedBefore + i;
    const read = (name: (typeof storedSeries)[number]) =>
      slots.map((slot) => {
        const numbers = Array.from({ length: lengths[name] }, (_, k) => entries[(slot * words + at[name] + k) * all + own] as number);
        return series[name].holds === "number" ? numbers[0] : numbers;
      });
    return {
      run: first + i,
      steps: slots.map((slot) => steps[slot * words * all + own] as number),
      ...Object.fromEntries(storedSeries.map((name) => [name, read(name)])),
    } as Trajectory;
  });
}

/** The vectors of a slice, [vector][token][run], from those of all runs of the batch. */
function vectorsOf({ place, count }: Slice, runs: number, vectors: Float32Array): Float32Array {
  if (count === runs) return vectors;
  const words = vectors.length / runs;
  const own = new Float32Array(words * count);
  for (let word = 0; word < words; word++) own.set(vectors.subarray(word * runs + place, word * runs + place + count), word * count);
  return own;
}
