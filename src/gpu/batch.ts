import { momentOf, tickOf } from "../model/clock.ts";
import { arrayOf, columnNames, none, type Rows } from "../model/columns.ts";
import { SinkflowError } from "../model/errors.ts";
import { endOf, type Point, stepsOf, targetLength } from "../model/point.ts";
import type { RunOptions, Timing } from "../model/result.ts";
import { Tallies } from "../model/tallies.ts";
import type { EntryPoint } from "./compose.ts";
import type { OpenDevice } from "./device.ts";
import { courseWords, type Layout, mostWorkgroups, recordWords } from "./layout.ts";
import { isFar } from "./mapping.ts";
import type { PipelineCache } from "./program.ts";
import { startBase, startScales } from "./starts.ts";

/** How long one dispatch should take: well under the watchdogs of desktop systems, long against a submission. */
const targetMs = 100;
/**
 * Trials of a step in a pass: enough that keeping the state between dispatches costs little beside them. (With 2 instead of 32
 * a million runs took twice as long on a software driver.)
 */
const usualTrials = 32;
const mostTrials = 2 ** 20;
/** Runs times trials times numbers in a state of a first dispatch: some 10 ms on a driver on the CPU; and on a GPU, a slow one. */
const firstWork = { cpu: 2 ** 23, gpu: 2 ** 28 };
/**
 * Trials in a pass times numbers in a state, at least, where the step is fixed and from the second pass on: there all runs go on to
 * the end, and none waits for others.
 */
const leastFixedWork = 4096 * 72;

/** GPUBufferUsage, which is a global only in browsers. */
const usage = { mapRead: 1, copySource: 4, copyTarget: 8, uniform: 64, storage: 128 } as const;

/** The buffers of one batch of runs on a device, reused for every batch of an ensemble, and the dispatches on them. */
export class Batch {
  private readonly opened: OpenDevice;
  private readonly device: GPUDevice;
  private readonly point: Point;
  private readonly layout: Layout;
  private readonly cache: PipelineCache;
  private readonly timing: Timing;
  private readonly parameters: GPUBuffer;
  private readonly base: GPUBuffer;
  private readonly states: GPUBuffer;
  private readonly courses: GPUBuffer;
  private readonly rows: GPUBuffer;
  private readonly trajectories: GPUBuffer;
  private readonly vectors: GPUBuffer;
  private readonly tallies: GPUBuffer;
  private readonly schedule: GPUBuffer;
  /** To read how many runs go on. */
  private readonly count: GPUBuffer;
  /** Those that have been used, if only over no runs. */
  private readonly pipelines = new Map<EntryPoint, GPUComputePipeline>();
  private readonly bindings: GPUBindGroup;
  private first = 0;
  private runs = 0;
  private recorded = 0;
  /** Runs times trials a dispatch, and trials of however few runs, settled by measurement; results do not depend on them. */
  private work: number;
  private longest: number;
  /** Least trials in a pass: one where values stay in memory, so that there is little to keep, and a trial of a large state takes long. */
  private readonly leastTrials: number;
  private readonly leastFixed: number;
  /** Runs that a workgroup holds. */
  private readonly together: number;

  constructor(opened: OpenDevice, point: Point, layout: Layout, cache: PipelineCache, timing: Timing) {
    this.opened = opened;
    this.device = opened.device;
    this.point = point;
    this.layout = layout;
    this.cache = cache;
    this.timing = timing;
    const { workgroup, lanes, reduction } = layout.mapping;
    this.together = workgroup / lanes.count;
    const numbers = point.tokens * (1 + reduction.dim);
    // A hundredth on a workgroup, since a software driver may take a hundred times as long over barriers.
    this.leastTrials = lanes.memory ? 1 : usualTrials;
    this.longest = 4 * this.leastTrials;
    this.work = Math.max(
      this.leastTrials * this.together,
      firstWork[opened.limits.isGpu ? "gpu" : "cpu"] / numbers / (isFar(lanes) ? 100 : 1),
    );
    this.leastFixed = Math.max(this.leastTrials, Math.floor(leastFixedWork / numbers));
    const { storage, copySource, copyTarget, uniform } = usage;
    const base = startBase(point, reduction.kind);
    this.parameters = this.buffer(20, uniform | copyTarget);
    this.base = this.buffer(base.length, storage | copyTarget);
    this.states = this.buffer(layout.state.words * layout.batch, storage | copySource);
    this.courses = this.buffer(courseWords * layout.batch, storage);
    this.rows = this.buffer(columnNames.length * layout.batch, storage | copySource);
    this.trajectories = this.buffer(this.recordWords * layout.times.length * point.record.trajectories, storage | copySource);
    this.vectors = this.buffer(layout.vectorWords * layout.batch, storage | copySource);
    this.tallies = this.buffer(2 + 2 * layout.batch + layout.tallyWords, storage | copySource | copyTarget);
    this.schedule = this.buffer(2 * layout.times.length, storage | copyTarget);
    this.count = this.buffer(1, usage.mapRead | copyTarget);
    this.device.queue.writeBuffer(this.base, 0, base);
    this.device.queue.writeBuffer(this.schedule, 0, scheduleOf(point, layout.times));
    this.bindings = this.bind(this.buffers);
  }

  private bind(buffers: readonly GPUBuffer[]): GPUBindGroup {
    const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
    return this.device.createBindGroup({ layout: this.cache.layout, entries });
  }

  private get recordWords(): number {
    return recordWords(this.point.tokens, this.layout.mapping.reduction.dim);
  }

  /**
   * Compiles what it takes to follow the runs (and to read starts, if `sampled`), and begins with what is needed when they have
   * ended.
   */
  async compile(sampled: boolean): Promise<void> {
    await this.ready("flow", "start", "initial", "aims", ...(sampled ? (["sample"] as const) : [])); // what takes longest first
    for (const later of ["end", ...(this.point.record.trajectories > 0 ? (["record"] as const) : [])] as const)
      this.cache.pipeline(this.point, this.layout.mapping, later).catch(() => {}); // who uses it hears of it
  }

  /** Compiles entry points before they are dispatched. A driver may put that off until a pipeline is first used: each is, over no runs. */
  async ready(...entryPoints: EntryPoint[]): Promise<void> {
    const missing = entryPoints.filter((entryPoint) => !this.pipelines.has(entryPoint));
    if (missing.length === 0) return;
    const began = performance.now();
    await Promise.all(
      missing.map(async (entryPoint) => {
        this.pipelines.set(entryPoint, await this.cache.pipeline(this.point, this.layout.mapping, entryPoint));
        this.dispatch(entryPoint, { from: this.runs, places: 1, recorded: 0 });
      }),
    );
    await this.done();
    this.timing.compileMs += performance.now() - began;
  }

  /** Draws the starts of runs first … first + runs − 1, of which the first `recorded` get their trajectories kept. */
  async start(first: number, runs: number, recorded: number): Promise<void> {
    const began = performance.now();
    this.first = first;
    this.runs = runs;
    this.recorded = recorded;
    this.dispatch("aims");
    this.dispatch("initial");
    this.device.queue.writeBuffer(this.tallies, 0, Uint32Array.of(runs, 0));
    this.dispatch("start");
    await this.done();
    this.timing.initialMs += performance.now() - began;
  }

  /**
   * Follows all runs to their ends. A pass takes so many trials of a step of every run that goes on, and lists those that
   * still do for the next one. It is made in dispatches of about `targetMs`, over a part of the runs each where all of them
   * would take longer; the next is submitted before the last is waited for. Throws SinkflowError("interrupted") when the
   * signal fires.
   */
  async simulate({ signal, trials: wanted, onProgress }: RunOptions): Promise<void> {
    const began = performance.now();
    const steps = stepsOf(this.point);
    const flying: { work: number; trials: number; done: Promise<unknown> }[] = [];
    let lastDone = began;
    const settle = async () => {
      const { work, trials, done } = flying.shift() as (typeof flying)[number];
      await done;
      this.opened.check();
      const now = performance.now();
      const faster = targetMs / Math.max(now - lastDone, 0.1);
      const ideal = work * faster;
      // However few runs are left, a trial takes no longer than one of more runs did.
      this.longest = Math.max(this.leastTrials, Math.min(mostTrials, Math.floor(trials * Math.min(faster, 16))));
      lastDone = now;
      // A dispatch that was cut short, since there were no more runs or steps, says little.
      if (work >= this.work / 4) this.work = Math.max(this.leastTrials * this.together, Math.min(ideal, this.work * 4));
    };
    let at = 0;
    for (let left = this.runs, list = 0; left > 0; list = 1 - list) {
      const even = Math.min(Math.max(this.leastTrials, Math.floor(this.work / left)), this.longest);
      const most = wanted ?? (steps !== undefined && at > 0 ? Math.max(this.leastFixed, even) : even);
      const trials = Math.min(most, mostTrials, steps === undefined ? mostTrials : steps - at);
      for (let from = 0; from < left; ) {
        if (signal?.aborted) throw new SinkflowError("interrupted", "interrupted");
        const width = Math.min(left - from, this.together * Math.ceil(this.work / trials / this.together));
        this.dispatch("flow", { list, from, trials, places: width, last: from + width === left });
        from += width;
        flying.push({ work: width * trials, trials, done: this.device.queue.onSubmittedWorkDone() });
        if (flying.length >= 2) await settle();
        onProgress?.(steps === undefined ? 1 - left / this.runs : (at + (trials * from) / left) / steps);
      }
      at += trials;
      left = await this.readCount();
    }
    while (flying.length > 0) await settle();
    this.timing.simulateMs += performance.now() - began;
    await this.ready("end");
  }

  /** Computes the rows of the batch, behind what is submitted and before what will be. */
  async readRows(): Promise<Rows> {
    const began = performance.now();
    this.dispatch("end");
    const { runs: count } = this;
    const bytes = await this.read(this.rows, columnNames.length * count);
    this.timing.readMs += performance.now() - began;
    return Object.fromEntries(columnNames.map((name, i) => [name, new (arrayOf(name, Float32Array))(bytes, i * count * 4, count)])) as Rows;
  }

  /** The starts of the first `count` runs as they were drawn, each [component][run]; values token by token. */
  async readStarts(count: number): Promise<{ logits: Float32Array; values: Float32Array; target: Float32Array }> {
    const { point, layout } = this;
    const began = performance.now();
    const words = point.tokens * point.dim * count;
    const drawn = this.buffer(words, usage.storage | usage.copySource);
    const bindings = this.bind(this.buffers.map((buffer) => (buffer === this.trajectories ? drawn : buffer)));
    this.dispatch("sample", { places: point.tokens * count, recorded: count, bindings });
    const values = new Float32Array(await this.read(drawn, words));
    drawn.destroy();
    this.timing.readMs += performance.now() - began;
    const { attention, target } = layout.state.at;
    return {
      logits: await this.readRuns(this.states, point.tokens, count, attention),
      values,
      target: await this.readRuns(this.states, targetLength(point), count, target),
    };
  }

  /** The vectors (`vectorNames`) of the first `count` runs, [vector][token][run]; those at the end once the rows are read. */
  async readVectors(count: number): Promise<Float32Array> {
    return this.readRuns(this.vectors, this.layout.vectorWords, count);
  }

  /** So many words from word `at` on, of the first `count` runs. */
  private async readRuns(buffer: GPUBuffer, words: number, count: number, at = 0): Promise<Float32Array> {
    const began = performance.now();
    let source = buffer;
    if (count < this.runs) {
      source = this.buffer(words * count, usage.copySource | usage.copyTarget);
      const encoder = this.device.createCommandEncoder();
      for (let i = 0; i < words; i++) encoder.copyBufferToBuffer(buffer, (at + i) * this.runs * 4, source, i * count * 4, count * 4);
      this.device.queue.submit([encoder.finish()]);
    }
    const read = new Float32Array(await this.read(source, words * count, source === buffer ? at * this.runs : 0));
    if (source !== buffer) source.destroy();
    this.timing.readMs += performance.now() - began;
    return read;
  }

  /** All entries of the runs whose trajectories are kept, [time][word][run]. */
  async readTrajectories(): Promise<ArrayBuffer> {
    await this.ready("record");
    const began = performance.now();
    const entries = this.layout.times.length * this.recorded;
    this.dispatch("record", { places: entries });
    const words = await this.read(this.trajectories, this.recordWords * entries);
    this.timing.readMs += performance.now() - began;
    return words;
  }

  /** The histograms of all runs so far; undefined where none are kept. */
  async readTallies(): Promise<Tallies | undefined> {
    const { tallyWords, batch, times } = this.layout;
    if (tallyWords === 0) return undefined;
    const began = performance.now();
    const words = new Uint32Array(await this.read(this.tallies, tallyWords, 2 + 2 * batch));
    this.timing.readMs += performance.now() - began;
    return new Tallies(times.length, words);
  }

  destroy(): void {
    for (const buffer of [...this.buffers, this.count]) buffer.destroy();
  }

  /** In the order of their bindings. */
  private get buffers(): GPUBuffer[] {
    const { parameters, base, states, courses, rows, trajectories, vectors, tallies, schedule } = this;
    return [parameters, base, states, courses, rows, trajectories, vectors, tallies, schedule];
  }

  private buffer(words: number, flags: number): GPUBuffer {
    return this.device.createBuffer({ size: Math.max(words, 4) * 4, usage: flags });
  }

  /**
   * Submits one entry point, over `places` from `from` on: runs of the batch if nothing else is said. The queue keeps it behind
   * the write of its parameters. What is too much for one dispatch is made in several.
   */
  private dispatch(entryPoint: EntryPoint, options: DispatchOptions = {}): void {
    const pipeline = this.pipelines.get(entryPoint);
    if (!pipeline) throw new Error(`${entryPoint} is compiled before it is dispatched`);
    const {
      list = 0,
      from = 0,
      trials = 0,
      places = this.runs,
      last = false,
      recorded = this.recorded,
      bindings = this.bindings,
    } = options;
    const { point, layout } = this;
    const invocations = entryPoint === "sample" ? 1 : layout.mapping.lanes.count;
    const most = (mostWorkgroups * layout.mapping.workgroup) / invocations;
    const { maxSteps = none } = point.until as { maxSteps?: number };
    const end = momentOf(point, endOf(point));
    // In the order of `struct Batch` in shaders/bindings.wgsl.
    const words = new Uint32Array(20);
    words.set([point.seed, this.first, this.runs, list, trials, maxSteps, end.ticks]);
    const floats = new Float32Array(words.buffer);
    const { logits, values } = startScales(point);
    floats.set([end.rest, tickOf(point)], 7);
    floats.set([logits, values], 14);
    words[16] = from;
    words.set([layout.times.length, recorded, layout.tallyWords > 0 ? 1 : 0, 2 + 2 * layout.batch], 9);
    this.device.queue.writeBuffer(this.parameters, 0, words);
    const encoder = this.device.createCommandEncoder();
    const other = 4 * (1 - list); // where the length of the other list is
    if (entryPoint === "flow" && from === 0) encoder.clearBuffer(this.tallies, other, 4);
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindings);
    pass.dispatchWorkgroups(Math.ceil((Math.min(places, most) * invocations) / layout.mapping.workgroup));
    pass.end();
    if (last) encoder.copyBufferToBuffer(this.tallies, other, this.count, 0, 4);
    this.device.queue.submit([encoder.finish()]);
    if (places > most) this.dispatch(entryPoint, { ...options, from: from + most, places: places - most });
  }

  /** How many runs go on after a pass. */
  private async readCount(): Promise<number> {
    try {
      await this.count.mapAsync(1); // GPUMapMode.READ
    } catch (error) {
      this.opened.check();
      throw error;
    }
    this.opened.check();
    const [count = 0] = new Uint32Array(this.count.getMappedRange());
    this.count.unmap();
    return count;
  }

  private async done(): Promise<void> {
    await this.device.queue.onSubmittedWorkDone();
    this.opened.check();
  }

  /** Reads `words` words of a buffer. */
  private async read(buffer: GPUBuffer, words: number, from = 0): Promise<ArrayBuffer> {
    const staging = this.buffer(words, usage.mapRead | usage.copyTarget);
    const encoder = this.device.createCommandEncoder();
    encoder.copyBufferToBuffer(buffer, from * 4, staging, 0, words * 4);
    this.device.queue.submit([encoder.finish()]);
    try {
      await staging.mapAsync(1); // GPUMapMode.READ
    } catch (error) {
      this.opened.check();
      throw new SinkflowError("device", `the device could not be read: ${(error as Error).message}`);
    }
    this.opened.check();
    const bytes = staging.getMappedRange(0, words * 4).slice(0);
    staging.destroy();
    return bytes;
  }
}

interface DispatchOptions {
  list?: number;
  from?: number;
  trials?: number;
  places?: number;
  last?: boolean;
  recorded?: number;
  bindings?: GPUBindGroup;
}

/** The recorded times as the kernel reads them: moments, two words each. */
function scheduleOf(point: Point, times: readonly number[]): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(2 * times.length);
  const floats = new Float32Array(words.buffer);
  for (const [i, time] of times.entries()) {
    const { ticks, rest } = momentOf(point, time);
    words[2 * i] = ticks;
    floats[2 * i + 1] = rest;
  }
  return words;
}
