import { arrayOf, columnNames, none, type Rows } from "../model/columns.ts";
import { type Ensemble, endOf, stepsOf, targetLength } from "../model/ensemble.ts";
import { SinkflowError } from "../model/errors.ts";
import { momentOf, tickOf } from "../model/moment.ts";
import type { RunOptions, Timing } from "../model/result.ts";
import { Tallies } from "../model/tallies.ts";
import { type BufferName, Buffers, type Extent } from "./buffers.ts";
import type { EntryPoint } from "./compose.ts";
import type { OpenDevice } from "./device.ts";
import { type Layout, maxWorkgroups, recordWords, talliesAt } from "./layout.ts";
import { Pacing, type Share } from "./pacing.ts";
import type { PipelineCache } from "./program.ts";
import { startScales } from "./starts.ts";
import { batchFields, pack } from "./structs.ts";

/** Starts as they were drawn, [component][run]; values token by token. */
export type Starts = Record<"logits" | "values" | "target", Float32Array>;

/** The batches of an ensemble on a device, one at a time: a batch of runs is drawn, followed and read, then the next one. */
export class Batch {
  private readonly opened: OpenDevice;
  private readonly ensemble: Ensemble;
  private readonly layout: Layout;
  private readonly cache: PipelineCache;
  /** Milliseconds so far. */
  readonly timing: Timing = { compileMs: 0, initialMs: 0, simulateMs: 0, readMs: 0 };
  private readonly samples: number;
  private readonly buffers: Buffers;
  private readonly pacing: Pacing;
  /** Compiled entry points. */
  private readonly pipelines = new Map<EntryPoint, GPUComputePipeline>();
  /** Fields of `struct Batch` that are the same in every dispatch. */
  private readonly constant: Readonly<Record<string, number>>;
  private first = 0;
  private runs = 0;
  private recorded = 0;

  /** @param samples how many runs' starts are read, of the first batch */
  constructor(opened: OpenDevice, ensemble: Ensemble, layout: Layout, cache: PipelineCache, samples: number) {
    this.opened = opened;
    this.ensemble = ensemble;
    this.layout = layout;
    this.cache = cache;
    this.samples = samples;
    this.buffers = new Buffers(opened, cache.layout, ensemble, layout, samples);
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
      zero: 0,
      ...startScales(ensemble),
    };
  }

  /** Compiles what is needed to draw and follow the runs, and begins to compile what is needed later. */
  async compile(): Promise<void> {
    await this.ready("flow", "start", "initial", "aims", ...(this.samples > 0 ? (["sample"] as const) : [])); // what takes longest first
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
          this.dispatch(entryPoint, { from: this.runs, places: 1, recorded: 0 });
        }),
      );
      await this.done();
    });
  }

  /** Draws the starts of runs first … first + runs − 1. Returns those of the samples, which are the first runs of the first batch. */
  draw(first: number, runs: number): Promise<Starts | undefined> {
    this.first = first;
    this.runs = runs;
    this.recorded = first === 0 ? this.ensemble.record.trajectories : 0;
    return this.timed("initialMs", async () => {
      this.dispatch("aims");
      this.dispatch("initial");
      const starts = first === 0 && this.samples > 0 ? this.readStarts() : undefined; // submitted before `start`, which begins the trajectories in their buffer
      this.opened.device.queue.writeBuffer(this.buffers.bound.tallies, 0, Uint32Array.of(runs, 0)); // lengths of both lists
      this.dispatch("start");
      const [drawn] = await Promise.all([starts, this.done()]);
      return drawn;
    });
  }

  private async readStarts(): Promise<Starts> {
    const { ensemble, buffers, runs, samples: count } = this;
    const { attention, target } = this.layout.state.at;
    this.dispatch("sample", { places: ensemble.tokens * count, sampled: count });
    const read = await Promise.all([
      buffers.read("states", { at: attention, words: ensemble.tokens, runs, count }),
      buffers.read("readback", { words: ensemble.tokens * ensemble.dim, runs: count }),
      buffers.read("states", { at: target, words: targetLength(ensemble), runs, count }),
    ]);
    const [logits, values, aims] = read.map((bytes) => new Float32Array(bytes)) as [Float32Array, Float32Array, Float32Array];
    return { logits, values, target: aims };
  }

  /**
   * Follows all runs to their ends, pass by pass (shaders/flow.wgsl). A dispatch is submitted before the end of the one before it is
   * awaited. Throws SinkflowError("interrupted") when the signal fires.
   */
  async follow({ signal, trials: wanted, onProgress }: RunOptions): Promise<void> {
    await this.timed("simulateMs", async () => {
      const all = stepsOf(this.ensemble);
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
        const trials = this.pacing.trials(left, all === undefined ? undefined : { taken, all }, wanted);
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
    const { list = 0, from = 0, trials = 0, places = this.runs, recorded = this.recorded, sampled = 0 } = options;
    const { workgroup, lanes } = this.layout.mapping;
    const { device } = this.opened;
    const { bound, goOn, bindings } = this.buffers;
    const invocations = entryPoint === "sample" ? 1 : lanes.count;
    const maxPlaces = (maxWorkgroups * workgroup) / invocations;
    const changing = { first_run: this.first, stride: this.runs, list, trials, recorded, sampled, first_place: from };
    device.queue.writeBuffer(bound.parameters, 0, pack(batchFields, { ...this.constant, ...changing }));
    const encoder = device.createCommandEncoder();
    const otherLength = 4 * (1 - list); // where the length of the other list is
    if (entryPoint === "flow" && from === 0) encoder.clearBuffer(bound.tallies, otherLength, 4);
    const computePass = encoder.beginComputePass();
    computePass.setPipeline(pipeline);
    computePass.setBindGroup(0, bindings);
    computePass.dispatchWorkgroups(Math.ceil((Math.min(places, maxPlaces) * invocations) / workgroup));
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
type DispatchOptions = Partial<Record<"list" | "from" | "trials" | "places" | "recorded" | "sampled", number>>;
