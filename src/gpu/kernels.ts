import type { Ensemble } from "../model/ensemble.ts";
import { SinkflowError } from "../model/errors.ts";
import type { Buffers } from "./buffers.ts";
import type { EntryPoint } from "./compose.ts";
import type { OpenDevice } from "./device.ts";
import { counting, type Layout, maxInFlight, maxWorkgroups } from "./layout.ts";
import type { Pacing } from "./pacing.ts";
import type { PipelineCache } from "./program.ts";
import { batchFields, pack } from "./structs.ts";

/** Entry points with one invocation a place; in the others the lanes of a run share it. */
const oneInvocation: ReadonlySet<EntryPoint> = new Set(["starts", "observations", "reduce", "pack"]);

/** Fields of `struct Batch` that change from one dispatch to the next, and the number of places from `from` on. */
type DispatchOptions = Partial<Record<"list" | "from" | "trials" | "places" | "by_sample", number>> & {
  /** Of `flow`: takes the length of the list of runs that go on. */
  goOn?: GPUBuffer;
};

/** Where the length of the other list of runs is in `tallies`, in bytes. */
const lengthOfOther = (list: number) => 4 * (1 - list);

/** Dispatches of the entry points of a family's programs over the places of a batch. */
export class Kernels {
  private readonly opened: OpenDevice;
  /** One of the family. */
  private readonly ensemble: Ensemble;
  private readonly layout: Layout;
  private readonly cache: PipelineCache;
  private readonly buffers: Buffers;
  private readonly pacing: Pacing;
  /** Compiled entry points. */
  private readonly pipelines = new Map<EntryPoint, GPUComputePipeline>();
  private runs = 0;
  /** How often `follow` was called. */
  private followed = 0;
  /** Fields of `struct Batch` that are the same in every dispatch of the batch. */
  private constant: Readonly<Record<string, number>> = {};
  /** Places that each of `counting` must have counted in this batch. */
  counted: number[] = [];

  private readonly signal: AbortSignal | undefined;

  /** @param signal once it fires, nothing more is dispatched, and what waits for the device throws SinkflowError("interrupted") */
  constructor(
    opened: OpenDevice,
    ensemble: Ensemble,
    layout: Layout,
    cache: PipelineCache,
    buffers: Buffers,
    pacing: Pacing,
    signal: AbortSignal | undefined,
  ) {
    this.signal = signal;
    this.opened = opened;
    this.ensemble = ensemble;
    this.layout = layout;
    this.cache = cache;
    this.buffers = buffers;
    this.pacing = pacing;
  }

  /** Makes a batch of so many runs the one that is dispatched over. */
  take(runs: number, constant: Readonly<Record<string, number>>): void {
    this.runs = runs;
    this.constant = constant;
    this.counted = counting.map(() => 0);
  }

  /** Begins to compile entry points. */
  prepare(entryPoints: readonly EntryPoint[]): void {
    for (const entryPoint of entryPoints) this.cache.ready(this.ensemble, this.layout.mapping, entryPoint).catch(() => {}); // a failure is reported where `ready` waits for it
  }

  /** Throws once the signal has fired. */
  private heed(): void {
    if (this.signal?.aborted) throw new SinkflowError("interrupted", "interrupted");
  }

  /** Compiles entry points. A compilation can't be stopped, but nobody has to wait for it. */
  async ready(entryPoints: readonly EntryPoint[]): Promise<void> {
    const { signal } = this;
    let stop: (() => void) | undefined;
    const stopped = new Promise<void>((resolve) => {
      stop = resolve;
    });
    signal?.addEventListener("abort", stop as () => void);
    const compiled = this.compiled(entryPoints);
    compiled.catch(() => {}); // where it is no longer waited for
    try {
      await Promise.race([compiled, stopped]);
      this.heed();
    } finally {
      signal?.removeEventListener("abort", stop as () => void);
    }
  }

  private async compiled(entryPoints: readonly EntryPoint[]): Promise<void> {
    const { cache, ensemble, layout, pipelines } = this;
    const missing = entryPoints.filter((entryPoint) => !pipelines.has(entryPoint));
    const ready = missing.map(async (entryPoint) => pipelines.set(entryPoint, await cache.ready(ensemble, layout.mapping, entryPoint)));
    await Promise.all(ready);
  }

  /**
   * Submits an entry point over `places` places from `from` on; by default, all runs of the batch. The queue writes its parameters
   * before it. More places than one dispatch may have are made in several.
   */
  dispatch(entryPoint: EntryPoint, options: DispatchOptions = {}): void {
    const pipeline = this.pipelines.get(entryPoint);
    if (!pipeline) throw new Error(`${entryPoint} must be compiled before it is dispatched`);
    const { list = 0, from = 0, trials = 0, places = this.runs, by_sample = 0, goOn } = options;
    const { workgroup, lanes } = this.layout.mapping;
    const { device } = this.opened;
    const { bound, bindings } = this.buffers;
    const invocations = oneInvocation.has(entryPoint) ? 1 : lanes.count;
    const maxPlaces = (maxWorkgroups * workgroup) / invocations;
    const end = from + Math.min(places, maxPlaces);
    const range = { first_place: from, end_place: end };
    const changing = { list, trials, by_sample, ...range };
    device.queue.writeBuffer(bound.parameters, 0, pack(batchFields, { ...this.constant, ...changing }));
    const encoder = device.createCommandEncoder();
    if (entryPoint === "flow" && from === 0) encoder.clearBuffer(bound.tallies, lengthOfOther(list), 4);
    const computePass = encoder.beginComputePass();
    computePass.setPipeline(pipeline);
    computePass.setBindGroup(0, bindings);
    computePass.dispatchWorkgroups(Math.max(1, Math.ceil(((end - from) * invocations) / workgroup)));
    computePass.end();
    if (goOn) encoder.copyBufferToBuffer(bound.tallies, lengthOfOther(list), goOn, 0, 4);
    device.queue.submit([encoder.finish()]);
    if (places > maxPlaces) this.dispatch(entryPoint, { ...options, from: from + maxPlaces, places: places - maxPlaces });
  }

  /**
   * Submits a part of a pass, while less than `maxInFlight` are not done. @returns how many runs go on after the pass so far: the length of the list that is
   * not `list`
   */
  follow(options: Required<Pick<DispatchOptions, "list" | "from" | "trials" | "places">>): Promise<number> {
    const goOn = this.buffers.goOn[this.followed++ % maxInFlight] as GPUBuffer;
    this.dispatch("flow", { ...options, goOn });
    const read = this.buffers.contentsOf(goOn, 4).then((bytes) => new Uint32Array(bytes)[0] as number);
    read.catch(() => {}); // a failure is reported where it is awaited
    return read;
  }

  /**
   * Submits an entry point over all places, in one dispatch or in several, each of which takes no longer than a system allows: all of it is
   * submitted when this is done.
   */
  async paced(entryPoint: EntryPoint, { places = this.runs, ...options }: DispatchOptions = {}): Promise<void> {
    for (let from = 0; from < places; ) {
      this.heed();
      const count = this.pacing.places(entryPoint, places - from);
      const began = performance.now();
      this.dispatch(entryPoint, { ...options, from, places: count });
      from += count;
      if (from >= places) break;
      await this.done();
      this.pacing.tookPlaces(entryPoint, count, performance.now() - began);
    }
    const i = (counting as readonly EntryPoint[]).indexOf(entryPoint);
    if (i >= 0) this.counted[i] = (this.counted[i] as number) + places;
  }

  async done(): Promise<void> {
    await this.opened.orFault(this.opened.device.queue.onSubmittedWorkDone());
    this.opened.check();
  }
}
