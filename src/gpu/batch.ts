import { arrayOf, columnNames, type Rows } from "../model/columns.ts";
import { type Ensemble, stepsOf } from "../model/ensemble.ts";
import { SinkflowError } from "../model/errors.ts";
import type { RunOptions, Timing } from "../model/result.ts";
import { type BufferName, Buffers, type Extent, ledgerAt } from "./buffers.ts";
import type { EntryPoint } from "./compose.ts";
import type { OpenDevice } from "./device.ts";
import { type Layout, ledgerWords, maxPairs, maxWorkgroups, observationWords, packedEach, sampleWords, talliesAt } from "./layout.ts";
import { Pacing, type Share } from "./pacing.ts";
import type { Plan } from "./plan.ts";
import { packPoint, pointWords } from "./points.ts";
import type { PipelineCache } from "./program.ts";
import { batchFields, pack } from "./structs.ts";

/** Trials after which sampled runs are observed on the way: few, so that no fault has time to heal. */
const earlyTrials = { fixed: 64, adaptive: 4 };

/** Entry points with one invocation a place; in the others the lanes of a run share it. */
const oneInvocation: ReadonlySet<EntryPoint> = new Set(["starts", "observations", "pack"]);

/** The entry points that batches need to draw and follow runs, what takes longest to compile first; and those to read them. */
export function entryPointsOf({ tallyWords }: Layout, { sampled, recorded }: { sampled: boolean; recorded: boolean }) {
  const when = (condition: boolean, ...entryPoints: EntryPoint[]) => (condition ? entryPoints : []);
  const first: EntryPoint[] = ["flow", "start", "initial", "aims", ...when(sampled, "end", "starts", "observations")];
  return { first, later: ["end" as EntryPoint, ...when(recorded, "record"), ...when(tallyWords > 0, "pack")] };
}

/** The words that were gathered of each sampled run of a batch. */
export interface SampledWords {
  /** As they were drawn: logits, values token by token, the target. */
  starts: Uint32Array[];
  /** Rows and vectors before the first step, after the first steps, and at the end. */
  observed: Uint32Array[][];
}

/** What is read of a batch. */
export interface Reading {
  rows: Promise<Rows>;
  samples: Promise<SampledWords>;
  /** The vectors (`vectorNames`) of all runs, [vector][token][run], where they are asked for. */
  vectors?: Promise<Float32Array>;
  /** All entries of the runs whose trajectories are kept, [time][word][run]. */
  trajectories?: Promise<ArrayBuffer>;
  /** What is not 0 in the histograms, [point][word]: pairs of a place and the word there, in any order. */
  tallies?: Promise<Uint32Array[]>;
  /** The word of the histograms that each sampled run was counted in, plus 1, [sample][time][quantity]; 0 where it was not. */
  ledger?: Promise<Uint32Array>;
}

/** The batches of a family on a device, one at a time: a batch of runs is drawn, followed and read, then the next one. */
export class Batch {
  private readonly opened: OpenDevice;
  /** One of the family. */
  private readonly ensemble: Ensemble;
  private readonly layout: Layout;
  private readonly cache: PipelineCache;
  /** Milliseconds so far. */
  readonly timing: Timing = { compileMs: 0, initialMs: 0, simulateMs: 0, readMs: 0 };
  private readonly buffers: Buffers;
  private readonly pacing: Pacing;
  /** Compiled entry points. */
  private readonly pipelines = new Map<EntryPoint, GPUComputePipeline>();
  private readonly needed: ReturnType<typeof entryPointsOf>;
  private readonly ledgerAt: number;
  private plan: Plan = { slices: [], runs: 0, recorded: 0, samples: 0 };
  /** Fields of `struct Batch` that are the same in every dispatch of the batch. */
  private constant: Readonly<Record<string, number>> = {};
  /** What is read of the sampled runs, in its order. */
  private gathered: Promise<Uint32Array[]>[] = [];

  /** @param plans those of all batches that will be drawn */
  constructor(opened: OpenDevice, ensemble: Ensemble, layout: Layout, cache: PipelineCache, plans: readonly Plan[]) {
    this.opened = opened;
    this.ensemble = ensemble;
    this.layout = layout;
    this.cache = cache;
    this.buffers = new Buffers(opened, cache.layout, ensemble, layout, plans);
    this.pacing = new Pacing(ensemble.tokens * (1 + layout.mapping.reduction.dim), layout.mapping, opened.limits.isGpu);
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
    this.constant = {
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
      tally_words: layout.tallyWords,
      ledger_at: this.ledgerAt,
      max_pairs: maxPairs(slices.length * layout.tallyWords),
      zero: 0,
    };
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
    let at = 0;
    for (const words of [...points, Uint32Array.from(recorded), Uint32Array.from(sampled)]) {
      if (words.length > 0) this.opened.device.queue.writeBuffer(this.buffers.bound.points, 4 * at, words);
      at += words.length;
    }
  }

  /** Compiles what is needed to draw and follow the runs, and begins to compile what is needed later. */
  async compile(): Promise<void> {
    await this.ready(...this.needed.first);
    for (const entryPoint of this.needed.later) this.cache.pipeline(this.ensemble, this.layout.mapping, entryPoint).catch(() => {}); // a failure is reported where `ready` waits for it
  }

  /** Compiles entry points. A driver may compile a pipeline only when it is first used, so each is dispatched over no runs. */
  private async ready(...entryPoints: EntryPoint[]): Promise<void> {
    const missing = entryPoints.filter((entryPoint) => !this.pipelines.has(entryPoint));
    if (missing.length === 0) return;
    await this.timed("compileMs", async () => {
      await Promise.all(
        missing.map(async (entryPoint) => {
          this.pipelines.set(entryPoint, await this.cache.pipeline(this.ensemble, this.layout.mapping, entryPoint));
          this.dispatch(entryPoint, { places: 0 });
        }),
      );
      await this.done();
    });
  }

  /** Draws the starts of a batch. Where the histograms of the batch before were not read, it goes on with them. */
  draw(plan: Plan): Promise<void> {
    this.take(plan);
    return this.timed("initialMs", async () => {
      this.writePoints();
      this.clearLedger();
      this.dispatch("aims");
      this.dispatch("initial");
      this.gather("starts", this.ensemble.tokens, sampleWords(this.ensemble));
      this.opened.device.queue.writeBuffer(this.buffers.bound.tallies, 0, Uint32Array.of(plan.runs, 0)); // lengths of both lists
      this.dispatch("start");
      this.observe();
      await this.done();
    });
  }

  private clearLedger(): void {
    const words = ledgerWords(this.layout, this.plan.samples);
    if (words > 0) this.buffers.clear("tallies", this.ledgerAt, words);
  }

  /** Observes the sampled runs of the batch as they are now. */
  private observe(): void {
    if (this.plan.samples === 0) return;
    this.dispatch("end", { places: this.plan.samples, by_sample: 1 });
    this.gather("observations", observationWords(this.ensemble), observationWords(this.ensemble));
  }

  /** Gathers words of the sampled runs, at `places` places of each, and begins to read them. */
  private gather(entryPoint: "starts" | "observations", places: number, words: number): void {
    const { samples, recorded } = this.plan;
    if (samples === 0) return;
    this.dispatch(entryPoint, { places: samples * places });
    const room = sampleWords(this.ensemble);
    const read = this.buffers.read("readback", { at: this.layout.trajectoryWords * recorded, words: samples * room, runs: 1 });
    const parts = read.then((bytes) => Array.from({ length: samples }, (_, i) => new Uint32Array(bytes, 4 * i * room, words)));
    parts.catch(() => {}); // a failure is reported where it is awaited
    this.gathered.push(parts);
  }

  /**
   * Follows all runs to their ends, pass by pass (shaders/flow.wgsl). A dispatch is submitted before the end of the one before it is
   * awaited. Throws SinkflowError("interrupted") when the signal fires.
   */
  async follow({ signal, trials: wanted, onProgress }: RunOptions): Promise<void> {
    await this.timed("simulateMs", async () => {
      const all = mostSteps(this.plan);
      const earlySteps = all === undefined ? earlyTrials.adaptive : earlyTrials.fixed;
      const inFlight: (Share & { done: Promise<unknown> })[] = [];
      let lastDone = performance.now();
      const awaitOldest = async () => {
        const { done, ...share } = inFlight.shift() as (typeof inFlight)[number];
        await done;
        this.opened.check();
        const now = performance.now();
        this.pacing.learn(share, now - lastDone);
        lastDone = now;
      };
      let taken = 0;
      const { runs: count, samples } = this.plan;
      for (let left = count, list = 0; left > 0; list = 1 - list) {
        const early = taken === 0 && samples > 0; // whatever was measured, so that verification can be repeated
        const steps = all === undefined ? undefined : { taken, all };
        const trials = early ? Math.min(earlySteps, all ?? earlySteps) : this.pacing.trials(left, steps, wanted);
        for (let from = 0; from < left; ) {
          if (signal?.aborted) throw new SinkflowError("interrupted", "interrupted");
          const runs = this.pacing.runs(left - from, trials);
          this.dispatch("flow", { list, from, trials, places: runs });
          from += runs;
          inFlight.push({ runs, trials, done: this.opened.device.queue.onSubmittedWorkDone() });
          if (inFlight.length >= 2) await awaitOldest();
          onProgress?.(all === undefined ? 1 - left / count : (taken + (trials * from) / left) / all);
        }
        taken += trials;
        if (early) this.observe();
        [left = 0] = new Uint32Array(await this.buffers.contentsOf(this.buffers.goOn, 4));
      }
      while (inFlight.length > 0) await awaitOldest();
    });
    await this.ready(...this.needed.later);
  }

  /**
   * Reads the batch; all of it is submitted when this returns. A failure is reported where a part is awaited.
   * @param vectors whether the vectors of all runs are wanted
   * @param tallies whether the histograms are; they are empty afterwards. Otherwise the next batch goes on with them
   */
  async read({ vectors, tallies }: { vectors: boolean; tallies: boolean }): Promise<Reading> {
    const { ensemble, layout } = this;
    const { runs, recorded, samples } = this.plan;
    const { times, vectorWords, trajectoryWords } = layout;
    this.dispatch("end");
    this.gather("observations", observationWords(ensemble), observationWords(ensemble));
    const gathered = Promise.all(this.gathered);
    const reading: Reading = {
      rows: this.copy("rows", { words: columnNames.length, runs }).then((bytes) => rowsOf(bytes, runs)),
      samples: gathered.then(([starts = [], ...observed]) => ({ starts, observed })),
    };
    if (vectors) reading.vectors = this.copy("vectors", { words: vectorWords, runs }).then((bytes) => new Float32Array(bytes));
    if (recorded > 0) {
      this.dispatch("record", { places: times * recorded });
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
    return reading;
  }

  /** Packs the histograms, as often as there is no room for all that is in them, and begins to read it. */
  private async packTallies(): Promise<Promise<Uint32Array>[]> {
    const words = this.plan.slices.length * this.layout.tallyWords;
    const parts: Promise<Uint32Array>[] = [];
    for (let found = Infinity; found > maxPairs(words); ) {
      this.buffers.clear("tallies", 0, 1);
      this.dispatch("pack", { places: Math.ceil(words / packedEach) + this.layout.mapping.workgroup });
      [found = 0] = new Uint32Array(await this.copy("tallies", { words: 1, runs: 1 }));
      const pairs = Math.min(found, maxPairs(words));
      if (pairs === 0) break;
      const part = this.copy("readback", { words: 2 * pairs, runs: 1 }).then((bytes) => new Uint32Array(bytes));
      part.catch(() => {}); // a failure is reported where it is awaited
      parts.push(part);
    }
    return parts;
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

  /**
   * Submits an entry point over `places` places from `from` on; by default, all runs of the batch. The queue writes its parameters
   * before it. More places than one dispatch may have are made in several.
   */
  private dispatch(entryPoint: EntryPoint, options: DispatchOptions = {}): void {
    const pipeline = this.pipelines.get(entryPoint);
    if (!pipeline) throw new Error(`${entryPoint} must be compiled before it is dispatched`);
    const { list = 0, from = 0, trials = 0, places = this.plan.runs, by_sample = 0 } = options;
    const { workgroup, lanes } = this.layout.mapping;
    const { device } = this.opened;
    const { bound, goOn, bindings } = this.buffers;
    const invocations = oneInvocation.has(entryPoint) ? 1 : lanes.count;
    const maxPlaces = (maxWorkgroups * workgroup) / invocations;
    const end = from + Math.min(places, maxPlaces);
    const range = { first_place: from, end_place: end };
    const changing = { list, trials, by_sample, ...range };
    device.queue.writeBuffer(bound.parameters, 0, pack(batchFields, { ...this.constant, ...changing }));
    const encoder = device.createCommandEncoder();
    const otherLength = 4 * (1 - list); // where the length of the other list is
    if (entryPoint === "flow" && from === 0) encoder.clearBuffer(bound.tallies, otherLength, 4);
    const computePass = encoder.beginComputePass();
    computePass.setPipeline(pipeline);
    computePass.setBindGroup(0, bindings);
    computePass.dispatchWorkgroups(Math.max(1, Math.ceil(((end - from) * invocations) / workgroup)));
    computePass.end();
    if (entryPoint === "flow") encoder.copyBufferToBuffer(bound.tallies, otherLength, goOn, 0, 4); // what the last dispatch of a pass copies counts
    device.queue.submit([encoder.finish()]);
    if (places > maxPlaces) this.dispatch(entryPoint, { ...options, from: from + maxPlaces, places: places - maxPlaces });
  }

  private async done(): Promise<void> {
    await this.opened.device.queue.onSubmittedWorkDone();
    this.opened.check();
  }
}

/** Fields of `struct Batch` that change from one dispatch to the next, and the number of places from `from` on. */
type DispatchOptions = Partial<Record<"list" | "from" | "trials" | "places" | "by_sample", number>>;

/** The most steps to the end of a run of the batch; undefined with adaptive steps. */
function mostSteps({ slices }: Plan): number | undefined {
  const steps = slices.map(({ ensemble }) => stepsOf(ensemble));
  return steps[0] === undefined ? undefined : Math.max(...(steps as number[]));
}

/** The rows in what was read, [column][run]. */
const rowsOf = (bytes: ArrayBuffer, runs: number) =>
  Object.fromEntries(columnNames.map((name, i) => [name, new (arrayOf(name, Float32Array))(bytes, i * runs * 4, runs)])) as Rows;
