import { SinkflowError } from "../model/errors.ts";
import { type Point, stepsOf } from "../model/point.ts";
import type { Timing } from "../model/result.ts";
import { columnNames, columns, type Rows } from "../model/rows.ts";
import { type EntryPoint, workgroup } from "./compose.ts";
import type { OpenDevice } from "./device.ts";
import { type Layout, watchWords } from "./layout.ts";
import type { Program } from "./program.ts";
import { startBase } from "./starts.ts";

/** How long one dispatch should take: well under the watchdogs of desktop systems, long against a submission. */
const targetMs = 100;
/** Steps of the first dispatch, before anything has been measured. */
const firstChunk = 32;

/** GPUBufferUsage, which is a global only in browsers. */
const usage = { mapRead: 1, copySource: 4, copyTarget: 8, uniform: 64, storage: 128 } as const;

/** The buffers of one batch of runs on a device, reused for every batch of an ensemble, and the dispatches on them. */
export class Batch {
  private readonly opened: OpenDevice;
  private readonly device: GPUDevice;
  private readonly point: Point;
  private readonly layout: Layout;
  private readonly program: Program;
  private readonly timing: Timing;
  private readonly parameters: GPUBuffer;
  private readonly base: GPUBuffer;
  private readonly states: GPUBuffer;
  private readonly watches: GPUBuffer;
  private readonly rows: GPUBuffer;
  private readonly trajectories: GPUBuffer;
  private readonly vectors: GPUBuffer;
  private pipelines: Record<EntryPoint, GPUComputePipeline> | undefined;
  private readonly bindings: GPUBindGroup;
  private first = 0;
  private runs = 0;
  /** Steps a dispatch, settled by measurement; results do not depend on it. */
  private chunk = firstChunk;

  constructor(opened: OpenDevice, point: Point, layout: Layout, program: Program, timing: Timing) {
    this.opened = opened;
    this.device = opened.device;
    this.point = point;
    this.layout = layout;
    this.program = program;
    this.timing = timing;
    const { storage, copySource, copyTarget, uniform } = usage;
    const base = startBase(point);
    this.parameters = this.buffer(8, uniform | copyTarget);
    this.base = this.buffer(base.length, storage | copyTarget);
    this.states = this.buffer(layout.stateWords * layout.batch, storage | copySource);
    this.watches = this.buffer(watchWords * layout.batch, storage);
    this.rows = this.buffer(columnNames.length * layout.batch, storage | copySource);
    this.trajectories = this.buffer(layout.recordWords * layout.recordedSteps.length * point.record.trajectories, storage | copySource);
    this.vectors = this.buffer(layout.vectorWords * layout.batch, storage | copySource);
    this.device.queue.writeBuffer(this.base, 0, base);
    this.bindings = this.device.createBindGroup({
      layout: this.program.layout,
      entries: this.buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
    });
  }

  /** Compiles what the batch needs. */
  async compile(): Promise<void> {
    const began = performance.now();
    this.pipelines = await this.program.pipelines(["initial", "start", "flow", "end", "record"]);
    this.opened.check();
    this.timing.compileMs += performance.now() - began;
  }

  /** Draws the starts of runs first … first + runs − 1. */
  async start(first: number, runs: number): Promise<void> {
    const began = performance.now();
    this.first = first;
    this.runs = runs;
    this.dispatch("initial", {});
    this.dispatch("start", {});
    await this.done();
    this.timing.initialMs += performance.now() - began;
  }

  /**
   * Takes all steps, in dispatches of about `targetMs`; the next is submitted before the last is waited for. Trajectories of the first
   * `recorded` runs are kept between dispatches. Throws SinkflowError("interrupted") when the signal fires.
   */
  async simulate(recorded: number, signal: AbortSignal | undefined, onProgress: (steps: number) => void): Promise<void> {
    const began = performance.now();
    const steps = stepsOf(this.point);
    const marks = recorded > 0 ? this.layout.recordedSteps : [];
    const flying: { steps: number; upTo: number; done: Promise<unknown> }[] = [];
    let slot = 0;
    let at = 0;
    let lastDone = began;
    const settle = async () => {
      const chunk = flying.shift();
      if (!chunk) return;
      await chunk.done;
      this.opened.check();
      const now = performance.now();
      const ideal = (chunk.steps * targetMs) / Math.max(now - lastDone, 0.1);
      lastDone = now;
      // A recorded step may have cut the dispatch short, which says little: only a full one sets the pace.
      if (chunk.steps >= this.chunk / 2) this.chunk = Math.max(1, Math.floor(Math.min(ideal, this.chunk * 4)));
      onProgress(chunk.upTo);
    };
    while (true) {
      while (slot < marks.length && marks[slot] === at) this.dispatch("record", { slot: slot++, recorded });
      if (at === steps) break;
      if (signal?.aborted) throw new SinkflowError("interrupted", "interrupted");
      const next = Math.min(at + this.chunk, marks[slot] ?? steps, steps);
      this.dispatch("flow", { firstStep: at, lastStep: next });
      flying.push({ steps: next - at, upTo: next, done: this.device.queue.onSubmittedWorkDone() });
      at = next;
      if (flying.length >= 2) await settle();
    }
    while (flying.length > 0) await settle();
    this.timing.simulateMs += performance.now() - began;
  }

  /** Computes the rows of the batch and stores them in `rows` from index `first` on. */
  async readRows(rows: Rows, first: number): Promise<void> {
    const began = performance.now();
    this.dispatch("end", { lastStep: stepsOf(this.point) });
    const bytes = await this.read(this.rows, columnNames.length * this.runs);
    for (const [i, name] of columnNames.entries()) {
      const Words = columns[name] === "u32" ? Uint32Array : Float32Array;
      rows[name].set(new Words(bytes, i * this.runs * 4, this.runs), first);
    }
    this.timing.readMs += performance.now() - began;
  }

  /** The states of the first `count` runs, [component][run]. */
  async readStates(count: number): Promise<Float32Array> {
    return this.readRuns(this.states, this.layout.stateWords, count);
  }

  /** The vectors (`vectorNames`) of the first `count` runs, [vector][token][run]; those at the end once the rows are read. */
  async readVectors(count: number): Promise<Float32Array> {
    return this.readRuns(this.vectors, this.layout.vectorWords, count);
  }

  private async readRuns(buffer: GPUBuffer, words: number, count: number): Promise<Float32Array> {
    const began = performance.now();
    let source = buffer;
    if (count < this.runs) {
      source = this.buffer(words * count, usage.copySource | usage.copyTarget);
      const encoder = this.device.createCommandEncoder();
      for (let i = 0; i < words; i++) encoder.copyBufferToBuffer(buffer, i * this.runs * 4, source, i * count * 4, count * 4);
      this.device.queue.submit([encoder.finish()]);
    }
    const read = new Float32Array(await this.read(source, words * count));
    if (source !== buffer) source.destroy();
    this.timing.readMs += performance.now() - began;
    return read;
  }

  /** All recorded entries of the first `count` runs, [slot][component][run]. */
  async readTrajectories(count: number): Promise<Float32Array> {
    const began = performance.now();
    const { recordWords, recordedSteps } = this.layout;
    const words = new Float32Array(await this.read(this.trajectories, recordWords * recordedSteps.length * count));
    this.timing.readMs += performance.now() - began;
    return words;
  }

  destroy(): void {
    for (const buffer of this.buffers) buffer.destroy();
  }

  /** In the order of their bindings. */
  private get buffers(): GPUBuffer[] {
    return [this.parameters, this.base, this.states, this.watches, this.rows, this.trajectories, this.vectors];
  }

  private buffer(words: number, flags: number): GPUBuffer {
    return this.device.createBuffer({ size: Math.max(words, 4) * 4, usage: flags });
  }

  /** Submits one entry point over the batch's runs; the queue keeps it behind the write of its parameters. */
  private dispatch(
    entryPoint: EntryPoint,
    { firstStep = 0, lastStep = 0, slot = 0, recorded = 0 }: { firstStep?: number; lastStep?: number; slot?: number; recorded?: number },
  ): void {
    if (!this.pipelines) throw new Error("a batch is compiled before it is dispatched");
    // The order of `struct Batch` in shaders/bindings.wgsl.
    const words = new Uint32Array([this.point.seed, this.first, this.runs, firstStep, lastStep, slot, recorded, 0]);
    this.device.queue.writeBuffer(this.parameters, 0, words);
    const encoder = this.device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(this.pipelines[entryPoint]);
    pass.setBindGroup(0, this.bindings);
    pass.dispatchWorkgroups(Math.ceil((entryPoint === "record" ? recorded : this.runs) / workgroup));
    pass.end();
    this.device.queue.submit([encoder.finish()]);
  }

  private async done(): Promise<void> {
    await this.device.queue.onSubmittedWorkDone();
    this.opened.check();
  }

  /** Reads the first `words` words of a buffer. */
  private async read(buffer: GPUBuffer, words: number): Promise<ArrayBuffer> {
    const staging = this.buffer(words, usage.mapRead | usage.copyTarget);
    const encoder = this.device.createCommandEncoder();
    encoder.copyBufferToBuffer(buffer, 0, staging, 0, words * 4);
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
