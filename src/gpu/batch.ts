import { columnsOf } from "../model/columns.ts";
import type { Ensemble } from "../model/ensemble.ts";
import type { RunOptions, Timing } from "../model/result.ts";
import { arrayOf, type Rows, rowsWith } from "../model/rows.ts";
import { statusNames } from "../model/status.ts";
import type { Pairs } from "../model/tallies.ts";
import { type BufferName, Buffers, type Extent, ledgerAt, nextSerial } from "./buffers.ts";
import type { EntryPoint } from "./compose.ts";
import type { OpenDevice } from "./device.ts";
import { Kernels } from "./kernels.ts";
import {
  counting,
  countsAt,
  type Layout,
  ledgerWords,
  maxPairs,
  observationWords,
  packedEach,
  pointTallies,
  reducedEach,
  sampleWords,
  startWords,
  talliesAt,
} from "./layout.ts";
import { Pacing } from "./pacing.ts";
import { followRuns } from "./passes.ts";
import type { Plan } from "./plan.ts";
import { packPoint, pointWords } from "./points.ts";
import type { PipelineCache } from "./program.ts";

/** The entry points that batches need to draw and follow runs, what takes longest to compile first; and those to read them. */
export function entryPointsOf(layout: Layout, { sampled, recorded }: { sampled: boolean; recorded: boolean }) {
  const when = (condition: boolean, ...entryPoints: EntryPoint[]) => (condition ? entryPoints : []);
  const first: EntryPoint[] = ["flow", "start", "initial", "aims", ...when(sampled, "end", "starts", "observations")];
  return {
    first,
    later: [
      "end" as EntryPoint,
      ...when(recorded, "record"),
      ...when(layout.countedWords > 0, "reduce"),
      ...when(pointTallies(layout) > 0, "pack"),
    ],
  };
}

/** The words that were gathered of each sampled run of a batch. */
export interface SampledWords {
  /** As they were drawn: logits, values token by token, the target. */
  starts: Uint32Array[];
  /** Rows and vectors before the first step, once or more after first steps, and at the end. */
  observed: Uint32Array[][];
}

/** What is read of a batch. */
export interface Reading {
  /** Absent where columns are counted in their place. */
  rows?: Promise<Rows>;
  samples: Promise<SampledWords>;
  /** The vectors (`vectorNames`) of all runs, [vector][token][run], where they are asked for. */
  vectors?: Promise<Float32Array>;
  /** All entries of the runs whose trajectories are kept, [time][word][run]. */
  trajectories?: Promise<ArrayBuffer>;
  /** What is not 0 in the histograms and counts, [point][word]: pairs of a place and the word there, in any order. */
  tallies?: Promise<Pairs[]>;
  /** The word of the histograms that each sampled run was counted in, plus 1, [sample][time][quantity]; 0 where it was not. */
  ledger?: Promise<Uint32Array>;
  /** Rejected with DeviceFault where kernels were not executed over all places of the batch, or wrote beyond their buffers. */
  whole: Promise<unknown>;
}

/** The batches of a family on a device, one at a time: a batch of runs is drawn, followed and read, then the next one. */
export class Batch {
  private readonly opened: OpenDevice;
  /** One of the family. */
  private readonly ensemble: Ensemble;
  private readonly layout: Layout;
  /** Milliseconds so far. */
  readonly timing: Timing = { compileMs: 0, initialMs: 0, simulateMs: 0, readMs: 0 };
  private readonly buffers: Buffers;
  private readonly pacing: Pacing;
  private readonly kernels: Kernels;
  private readonly needed: ReturnType<typeof entryPointsOf>;
  private readonly ledgerAt: number;
  /** The number of the batch. */
  private serial = 0;
  private plan: Plan = { slices: [], runs: 0, recorded: 0, samples: 0 };
  /** When its starts were drawn, by performance.now(). */
  private drawn: Promise<number> = Promise.resolve(0);
  /** What is read of the sampled runs, in its order. */
  private gathered: Promise<Uint32Array[]>[] = [];

  /**
   * @param plans those of all batches that will be drawn
   * @param signal once it fires, what draws, follows or reads runs throws SinkflowError("interrupted")
   */
  constructor(
    opened: OpenDevice,
    ensemble: Ensemble,
    layout: Layout,
    cache: PipelineCache,
    plans: readonly Plan[],
    signal: AbortSignal | undefined,
  ) {
    this.opened = opened;
    this.ensemble = ensemble;
    this.layout = layout;
    this.buffers = new Buffers(opened, cache.layout, ensemble, layout, plans);
    this.pacing = new Pacing(ensemble, layout.mapping, opened.limits.isGpu);
    this.kernels = new Kernels(opened, ensemble, layout, cache, this.buffers, this.pacing, signal);
    this.ledgerAt = ledgerAt(layout, plans);
    this.needed = entryPointsOf(layout, {
      sampled: plans.some(({ samples }) => samples > 0),
      recorded: plans.some(({ recorded }) => recorded > 0),
    });
    this.take(this.plan);
  }

  /** Makes a batch the one that is dispatched over. */
  private take(plan: Plan): void {
    const { layout } = this;
    const { slices, recorded, samples } = plan;
    const words = pointWords(this.ensemble, layout.mapping.reduction.kind);
    this.plan = plan;
    this.gathered = [];
    this.serial = nextSerial();
    this.kernels.take(plan.runs, {
      stride: plan.runs,
      points: slices.length,
      point_words: words,
      slots: layout.times,
      recorded,
      recorded_at: slices.length * words,
      samples,
      sampled_at: slices.length * words + recorded,
      samples_at: layout.trajectoryWords * recorded,
      tallied: layout.tallyWords > 0 ? 1 : 0,
      tallies_at: talliesAt(layout.batch),
      tally_words: pointTallies(layout),
      counted_at: layout.tallyWords,
      ledger_at: this.ledgerAt,
      max_pairs: maxPairs(slices.length * pointTallies(layout)),
      serial: this.serial,
      zero: 0,
    });
  }

  /** Writes what kernels know of the points of the batch: shaders/points.wgsl. */
  private writePoints(): void {
    const { slices } = this.plan;
    const { kind } = this.layout.mapping.reduction;
    const points = slices.map(({ ensemble, first, place, recorded, recordedBefore }) =>
      packPoint(ensemble, kind, { FIRST_PLACE: place, FIRST_RUN: first, RECORDED: recorded, RECORDED_BEFORE: recordedBefore }),
    );
    const recorded = slices.flatMap((slice) => Array.from({ length: slice.recorded }, (_, i) => slice.place + i));
    const sampled = slices.flatMap(({ first, place, sampled }) => sampled.map((run) => place + run - first));
    const parts = [...points, Uint32Array.from(recorded), Uint32Array.from(sampled), Uint32Array.of(this.serial)];
    const table = new Uint32Array(parts.reduce((words, part) => words + part.length, 0));
    let at = 0;
    for (const part of parts) {
      table.set(part, at);
      at += part.length;
    }
    this.opened.device.queue.writeBuffer(this.buffers.bound.points, 0, table); // in one go, so that the number stands for all of it
  }

  /** Compiles what is needed to draw and follow the runs, and begins to compile what is needed later. */
  async compile(): Promise<void> {
    await this.buffers.allocated;
    await this.ready(this.needed.first);
    this.kernels.prepare(this.needed.later);
  }

  private ready(entryPoints: readonly EntryPoint[]): Promise<void> {
    return this.timed("compileMs", () => this.kernels.ready(entryPoints));
  }

  /** Draws the starts of a batch: all of it is submitted when this is done. Where the histograms of the batch before were not read, it goes on with them. */
  async draw(plan: Plan): Promise<void> {
    this.take(plan);
    const { buffers, ensemble, layout } = this;
    const began = performance.now();
    this.writePoints();
    this.clearLedger();
    // Lengths of both lists, and counts.
    this.opened.device.queue.writeBuffer(buffers.bound.tallies, 0, Uint32Array.of(plan.runs, 0, ...counting.map(() => 0)));
    buffers.fill("rows", 0, columnsOf(ensemble).length * plan.runs);
    if (ensemble.record.vectors) buffers.fill("vectors", 0, layout.vectorWords * plan.runs);
    buffers.fill("readback", 0, layout.trajectoryWords * plan.recorded);
    await this.kernels.paced("aims");
    await this.kernels.paced("initial");
    await this.gather("starts", ensemble.tokens, startWords(ensemble));
    await this.kernels.paced("start");
    await this.observe();
    this.drawn = this.kernels.done().then(() => {
      const now = performance.now();
      this.timing.initialMs += now - began;
      return now;
    });
    this.drawn.catch(() => {}); // a failure is reported where it is awaited
  }

  private clearLedger(): void {
    const words = ledgerWords(this.layout, this.plan.samples);
    if (words > 0) this.buffers.clear("tallies", this.ledgerAt, words);
  }

  /** Observes the sampled runs of the batch as they are now. */
  private async observe(): Promise<void> {
    if (this.plan.samples === 0) return;
    await this.kernels.paced("end", { places: this.plan.samples, by_sample: 1 });
    await this.gather("observations", observationWords(this.ensemble), observationWords(this.ensemble));
  }

  /** Gathers words of the sampled runs, at `places` places of each, and begins to read them. */
  private async gather(entryPoint: "starts" | "observations", places: number, words: number): Promise<void> {
    const { samples, recorded } = this.plan;
    if (samples === 0) return;
    const room = sampleWords(this.ensemble);
    const at = this.layout.trajectoryWords * recorded;
    this.buffers.fill("readback", at, samples * room);
    await this.kernels.paced(entryPoint, { places: samples * places });
    const read = this.buffers.read("readback", { at, words: samples * room, runs: 1 }, { room, words });
    const parts = read.then((bytes) => Array.from({ length: samples }, (_, i) => new Uint32Array(bytes, 4 * i * room, words)));
    parts.catch(() => {}); // a failure is reported where it is awaited
    this.gathered.push(parts);
  }

  /** Follows all runs to their ends (`followRuns`). */
  async follow(options: RunOptions): Promise<void> {
    const { opened, kernels, pacing, drawn } = this;
    await followRuns(this.plan, { opened, kernels, pacing, before: drawn, observe: () => this.observe() }, options);
    this.timing.simulateMs += performance.now() - (await drawn);
    await this.ready(this.needed.later);
  }

  /**
   * Reads the batch; all of it is submitted when this returns. A failure is reported where a part is awaited.
   * @param rows whether the rows of all runs are wanted, and their vectors
   * @param tallies whether the histograms are; they are empty afterwards. Otherwise the next batch goes on with them
   */
  async read({ rows, vectors, tallies }: { rows: boolean; vectors: boolean; tallies: boolean }): Promise<Reading> {
    const { ensemble, layout } = this;
    const { runs, recorded, samples } = this.plan;
    const { times, vectorWords, trajectoryWords } = layout;
    await this.kernels.paced("end");
    await this.gather("observations", observationWords(ensemble), observationWords(ensemble));
    const gathered = Promise.all(this.gathered);
    const reading: Omit<Reading, "whole"> = {
      samples: gathered.then(([starts = [], ...observed]) => ({ starts, observed })),
    };
    if (rows) reading.rows = this.copy("rows", { words: columnsOf(ensemble).length, runs }).then((bytes) => this.rowsOf(bytes, runs));
    if (layout.countedWords > 0) {
      const each = layout.mapping.workgroup * reducedEach;
      const columns = columnsOf(ensemble).length + (layout.tallyWords > 0 ? 1 : 0);
      await this.kernels.paced("reduce", { places: columns * Math.ceil(runs / each) * layout.mapping.workgroup });
    }
    if (vectors) reading.vectors = this.copy("vectors", { words: vectorWords, runs }).then((bytes) => new Float32Array(bytes));
    if (recorded > 0) {
      await this.kernels.paced("record", { places: times * recorded });
      reading.trajectories = this.copy("readback", { words: trajectoryWords, runs: recorded });
    }
    const ledger = ledgerWords(layout, samples);
    if (ledger > 0)
      reading.ledger = this.copy("tallies", { at: this.ledgerAt, words: ledger, runs: 1 }).then((bytes) => new Uint32Array(bytes));
    for (const part of Object.values(reading)) part.catch(() => {});
    if (tallies) {
      reading.tallies = Promise.all(await this.packTallies());
      reading.tallies.catch(() => {});
    }
    const whole = Promise.all([this.checkCounts(), this.buffers.checkGuards()]);
    whole.catch(() => {});
    return { ...reading, whole };
  }

  /** Is rejected with DeviceFault where an entry point was not executed over all places that it was dispatched over. */
  private async checkCounts(): Promise<void> {
    const { counted } = this.kernels;
    const counts = new Uint32Array(await this.buffers.read("tallies", { at: countsAt, words: counting.length, runs: 1 }));
    for (const [i, entryPoint] of counting.entries())
      if (counts[i] !== counted[i]) throw this.opened.fail(`the device executed ${entryPoint} over ${counts[i]} of ${counted[i]} places`);
  }

  /** The rows in what was read, [column][run]. Throws DeviceFault where one has no ending. */
  private rowsOf(bytes: ArrayBuffer, runs: number): Rows {
    const names = columnsOf(this.ensemble);
    const rows = rowsWith(names, (name) => new (arrayOf(name, Float32Array))(bytes, names.indexOf(name) * runs * 4, runs));
    const ended = rows.status.every((status) => status >= 1 && status <= statusNames.length);
    if (!ended) throw this.opened.fail("the device handed back runs that have not ended");
    return rows;
  }

  /** Packs the histograms, as often as there is no room for all that is in them, and begins to read it. */
  private async packTallies(): Promise<Promise<Pairs>[]> {
    const words = this.plan.slices.length * pointTallies(this.layout);
    const parts: Promise<Pairs>[] = [];
    for (let found = Infinity; found > maxPairs(words); ) {
      this.buffers.clear("tallies", 0, 1);
      this.buffers.fill("readback", 0, 2 * maxPairs(words));
      await this.kernels.paced("pack", { places: Math.ceil(words / packedEach) + this.layout.mapping.workgroup });
      [found = 0] = new Uint32Array(await this.copy("tallies", { words: 1, runs: 1 }));
      const pairs = Math.min(found, maxPairs(words));
      if (pairs === 0) break;
      const part = this.copy("readback", { words: 2 * pairs, runs: 1 }).then((bytes) => this.pairsOf(bytes, words));
      part.catch(() => {}); // a failure is reported where it is awaited
      parts.push(part);
    }
    return parts;
  }

  /** Pairs of a place in the histograms and the word there. Throws DeviceFault where a place is none, or a word is 0. */
  private pairsOf(bytes: ArrayBuffer, words: number): Pairs {
    const pairs = new Uint32Array(bytes);
    for (let i = 0; i < pairs.length; i += 2)
      if ((pairs[i] as number) >= words || pairs[i + 1] === 0) throw this.opened.fail("the device handed back histograms that can't be");
    return pairs;
  }

  private copy(buffer: BufferName, extent: Extent): Promise<ArrayBuffer> {
    return this.timed("readMs", () => this.buffers.read(buffer, extent));
  }

  destroy(): void {
    this.buffers.destroy();
  }

  private async timed<T>(what: keyof Timing, work: () => Promise<T>): Promise<T> {
    const began = performance.now();
    const result = await work();
    this.timing[what] += performance.now() - began;
    return result;
  }
}
