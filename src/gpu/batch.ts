import { arrayOf, columnNames, none, type Rows } from "../model/columns.ts";
import { type Ensemble, endOf, stepsOf } from "../model/ensemble.ts";
import { SinkflowError } from "../model/errors.ts";
import { momentOf, tickOf } from "../model/moment.ts";
import type { RunOptions, Timing } from "../model/result.ts";
import { type Sampling, samplesBetween } from "../model/samples.ts";
import { Tallies } from "../model/tallies.ts";
import { type BufferName, Buffers, type Extent } from "./buffers.ts";
import type { EntryPoint } from "./compose.ts";
import type { OpenDevice } from "./device.ts";
import { type Layout, ledgerWords, maxWorkgroups, observationWords, recordWords, sampleWords, talliesAt } from "./layout.ts";
import { Pacing, type Share } from "./pacing.ts";
import type { PipelineCache } from "./program.ts";
import { startScales } from "./starts.ts";
import { batchFields, pack } from "./structs.ts";

/** Trials after which sampled runs are observed on the way: few, so that no fault has time to heal. */
const earlyTrials = { fixed: 64, adaptive: 4 };

/** The words that were gathered of each sampled run of a batch. */
export interface SampledWords {
  /** As they were drawn: logits, values token by token, the target. */
  starts: Uint32Array[];
  /** Rows and vectors before the first step, after the first steps, and at the end. */
  observed: Uint32Array[][];
}

/** The batches of an ensemble on a device, one at a time: a batch of runs is drawn, followed and read, then the next one. */
export class Batch {
  private readonly opened: OpenDevice;
  private readonly ensemble: Ensemble;
  private readonly layout: Layout;
  private readonly cache: PipelineCache;
  /** Milliseconds so far. */
  readonly timing: Timing = { compileMs: 0, initialMs: 0, simulateMs: 0, readMs: 0 };
  private readonly sampling: Sampling;
  private readonly buffers: Buffers;
  private readonly pacing: Pacing;
  /** Compiled entry points. */
  private readonly pipelines = new Map<EntryPoint, GPUComputePipeline>();
  /** Fields of `struct Batch` that are the same in every dispatch. */
  private readonly constant: Readonly<Record<string, number>>;
  private first = 0;
  private runs = 0;
  /** Runs of the batch whose trajectories are kept, from its first on. */
  recorded = 0;
  /** The samples among the runs of the batch. */
  private sampled = { from: 0, to: 0 };
  /** What is read of them, in its order. */
  private gathered: Promise<Uint32Array[]>[] = [];

  constructor(opened: OpenDevice, ensemble: Ensemble, layout: Layout, cache: PipelineCache, sampling: Sampling) {
    this.opened = opened;
    this.ensemble = ensemble;
    this.layout = layout;
    this.cache = cache;
    this.sampling = sampling;
    this.buffers = new Buffers(opened, cache.layout, ensemble, layout, sampling.count);
    this.pacing = new Pacing(ensemble.tokens * (1 + layout.mapping.reduction.dim), layout.mapping, opened.limits.isGpu);
    const { maxSteps = none } = ensemble.until as { maxSteps?: number };
    const end = momentOf(ensemble, endOf(ensemble));
    this.constant = {
      seed: ensemble.seed,
      max_steps: maxSteps,
      end_ticks: end.ticks,
      end_rest: end.rest,
      tick: tickOf(ensemble),
      slots: layout.times.length,
      tallied: layout.tallyWords > 0 ? 1 : 0,
      tallies_at: talliesAt(layout.batch),
      samples: sampling.count,
      sample_every: sampling.every,
      last_sample: sampling.last,
      samples_at: layout.trajectoryWords,
      ledger_at: talliesAt(layout.batch) + layout.tallyWords,
      zero: 0,
      ...startScales(ensemble),
    };
  }

  /** Compiles what is needed to draw and follow the runs, and begins to compile what is needed later. */
  async compile(): Promise<void> {
    const sampled = this.sampling.count > 0 ? (["end", "starts", "observations"] as const) : [];
    await this.ready("flow", "start", "initial", "aims", ...sampled); // what takes longest first
    for (const later of ["end", ...(this.ensemble.record.trajectories > 0 ? (["record"] as const) : [])] as const)
      this.cache.pipeline(this.ensemble, this.layout.mapping, later).catch(() => {}); // a failure is reported where `ready` waits for it
  }

  /** Compiles entry points. A driver may compile a pipeline only when it is first used, so each is dispatched over no runs. */
  private async ready(...entryPoints: EntryPoint[]): Promise<void> {
    const missing = entryPoints.filter((entryPoint) => !this.pipelines.has(entryPoint));
    if (missing.length === 0) return;
    await this.timed("compileMs", async () => {
      await Promise.all(
        missing.map(async (entryPoint) => {
          this.pipelines.set(entryPoint, await this.cache.pipeline(this.ensemble, this.layout.mapping, entryPoint));
          this.dispatch(entryPoint, { from: this.runs, places: 0, recorded: 0 });
        }),
      );
      await this.done();
    });
  }

  /** Draws the starts of runs first … first + runs − 1. @param isFirst whether the batch is the first one: trajectories are kept of no other */
  draw(first: number, runs: number, isFirst: boolean): Promise<void> {
    this.first = first;
    this.runs = runs;
    this.recorded = isFirst ? Math.max(0, Math.min(this.ensemble.record.trajectories - first, runs)) : 0;
    this.sampled = samplesBetween(this.sampling, first, first + runs);
    this.gathered = [];
    return this.timed("initialMs", async () => {
      this.dispatch("aims");
      this.dispatch("initial");
      this.gather("starts", this.ensemble.tokens, sampleWords(this.ensemble));
      this.opened.device.queue.writeBuffer(this.buffers.bound.tallies, 0, Uint32Array.of(runs, 0)); // lengths of both lists
      this.dispatch("start");
      this.observe();
      await this.done();
    });
  }

  /** Observes the sampled runs of the batch as they are now. What is read of them is awaited in `readSamples`. */
  private observe(): void {
    const { from, to } = this.sampled;
    if (from === to) return;
    this.dispatch("end", { from, places: to - from, by_sample: 1 });
    this.gather("observations", observationWords(this.ensemble), observationWords(this.ensemble));
  }

  /** Gathers words of the sampled runs, at `places` places of each, and begins to read them. */
  private gather(entryPoint: "starts" | "observations", places: number, words: number): void {
    const { from, to } = this.sampled;
    if (from === to) return;
    this.dispatch(entryPoint, { from: from * places, places: (to - from) * places });
    const room = sampleWords(this.ensemble);
    const read = this.buffers.read("readback", { at: this.layout.trajectoryWords + from * room, words: (to - from) * room, runs: 1 });
    const parts = read.then((bytes) => Array.from({ length: to - from }, (_, i) => new Uint32Array(bytes, 4 * i * room, words)));
    parts.catch(() => {}); // a failure is reported where it is awaited
    this.gathered.push(parts);
  }

  /** What was gathered of the sampled runs of the batch; `readRows` must have been called. */
  async readSamples(): Promise<SampledWords & { from: number }> {
    const { from } = this.sampled;
    const [starts = [], ...observed] = await Promise.all(this.gathered);
    return { from, starts, observed };
  }

  /** The word of the histograms that each sampled run was counted in, plus 1, [sample][time][quantity]; 0 where it was not. */
  async readLedger(): Promise<Uint32Array> {
    const { batch, tallyWords } = this.layout;
    const at = talliesAt(batch) + tallyWords;
    return new Uint32Array(await this.read("tallies", { at, words: ledgerWords(this.layout, this.sampling.count), runs: 1 }));
  }

  /**
   * Follows all runs to their ends, pass by pass (shaders/flow.wgsl). A dispatch is submitted before the end of the one before it is
   * awaited. Throws SinkflowError("interrupted") when the signal fires.
   */
  async follow({ signal, trials: wanted, onProgress }: RunOptions): Promise<void> {
    await this.timed("simulateMs", async () => {
      const all = stepsOf(this.ensemble);
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
      for (let left = this.runs, list = 0; left > 0; list = 1 - list) {
        const early = taken === 0 && this.sampled.to > this.sampled.from; // whatever was measured, so that verification can be repeated
        const steps = all === undefined ? undefined : { taken, all };
        const trials = early ? Math.min(earlySteps, all ?? earlySteps) : this.pacing.trials(left, steps, wanted);
        for (let from = 0; from < left; ) {
          if (signal?.aborted) throw new SinkflowError("interrupted", "interrupted");
          const runs = this.pacing.runs(left - from, trials);
          this.dispatch("flow", { list, from, trials, places: runs });
          from += runs;
          inFlight.push({ runs, trials, done: this.opened.device.queue.onSubmittedWorkDone() });
          if (inFlight.length >= 2) await awaitOldest();
          onProgress?.(all === undefined ? 1 - left / this.runs : (taken + (trials * from) / left) / all);
        }
        taken += trials;
        if (early) this.observe();
        [left = 0] = new Uint32Array(await this.buffers.contentsOf(this.buffers.goOn, 4));
      }
      while (inFlight.length > 0) await awaitOldest();
    });
    await this.ready("end");
  }

  /** Computes and reads the rows of the batch; all of it is submitted when this returns. */
  async readRows(): Promise<Rows> {
    const { runs: count } = this;
    this.dispatch("end");
    this.gather("observations", observationWords(this.ensemble), observationWords(this.ensemble));
    const bytes = await this.read("rows", { words: columnNames.length, runs: count });
    return Object.fromEntries(columnNames.map((name, i) => [name, new (arrayOf(name, Float32Array))(bytes, i * count * 4, count)])) as Rows;
  }

  /** The vectors (`vectorNames`) of the first `count` runs, [vector][token][run]; `readRows` computes those at the end of a run. */
  async readVectors(count: number): Promise<Float32Array> {
    return new Float32Array(await this.read("vectors", { words: this.layout.vectorWords, runs: this.runs, count }));
  }

  /** All entries of the runs whose trajectories are kept, [time][word][run]. */
  async readTrajectories(): Promise<ArrayBuffer> {
    await this.ready("record");
    const { ensemble, layout, recorded } = this;
    const times = layout.times.length;
    this.dispatch("record", { places: times * recorded });
    return this.read("readback", { words: recordWords(ensemble.tokens, layout.mapping.reduction.dim) * times, runs: recorded });
  }

  /** The histograms over all runs so far; undefined if none are kept. */
  async readTallies(): Promise<Tallies | undefined> {
    const { tallyWords, batch, times } = this.layout;
    if (tallyWords === 0) return undefined;
    const bytes = await this.read("tallies", { at: talliesAt(batch), words: tallyWords, runs: 1 });
    return new Tallies(times.length, new Uint32Array(bytes));
  }

  private read(buffer: BufferName, extent: Extent): Promise<ArrayBuffer> {
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
    const { list = 0, from = 0, trials = 0, places = this.runs, recorded = this.recorded, by_sample = 0 } = options;
    const { workgroup, lanes } = this.layout.mapping;
    const { device } = this.opened;
    const { bound, goOn, bindings } = this.buffers;
    const invocations = entryPoint === "starts" || entryPoint === "observations" ? 1 : lanes.count;
    const maxPlaces = (maxWorkgroups * workgroup) / invocations;
    const end = from + Math.min(places, maxPlaces);
    const range = { first_place: from, end_place: end };
    const changing = { first_run: this.first, stride: this.runs, list, trials, recorded, by_sample, ...range };
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
type DispatchOptions = Partial<Record<"list" | "from" | "trials" | "places" | "recorded" | "by_sample", number>>;
