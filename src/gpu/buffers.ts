import { columnNames } from "../model/columns.ts";
import type { Ensemble } from "../model/ensemble.ts";
import { SinkflowError } from "../model/errors.ts";
import { momentOf } from "../model/moment.ts";
import type { OpenDevice } from "./device.ts";
import { type Layout, recordWords, talliesAt } from "./layout.ts";
import { startBase } from "./starts.ts";
import { batchFields, momentFields, pack, progressFields } from "./structs.ts";

/** GPUBufferUsage, which is a global only in browsers. */
const usage = { mapRead: 1, copySource: 4, copyTarget: 8, uniform: 64, storage: 128 } as const;
/** GPUMapMode.READ */
const mapModeRead = 1;

/** A part of a buffer of [word][run]: words `at` … `at + words − 1` of the first `count` of `runs` runs, or of all. */
export interface Extent {
  at?: number;
  words: number;
  runs: number;
  count?: number;
}

/** The buffers of a batch of runs, in the bindings of shaders/bindings.wgsl. They serve for every batch of an ensemble. */
export class Buffers {
  readonly parameters: GPUBuffer;
  readonly states: GPUBuffer;
  readonly rows: GPUBuffer;
  /** Written for the host only: the values of sampled runs at their start, and when these have been read, trajectories. */
  readonly readback: GPUBuffer;
  readonly vectors: GPUBuffer;
  readonly tallies: GPUBuffer;
  /** One word, for the host: how many runs go on after a pass. */
  readonly goOn: GPUBuffer;
  readonly bindings: GPUBindGroup;
  private readonly bound: readonly GPUBuffer[];
  private readonly opened: OpenDevice;

  /** @param samples the largest number of runs whose values are read at the start */
  constructor(opened: OpenDevice, bindings: GPUBindGroupLayout, ensemble: Ensemble, layout: Layout, samples: number) {
    this.opened = opened;
    const { device } = opened;
    const { storage, copySource, copyTarget, uniform } = usage;
    const { batch, mapping, times } = layout;
    const { tokens: n, dim: d } = ensemble;
    const start = startBase(ensemble, mapping.reduction.kind);
    const trajectories = recordWords(n, mapping.reduction.dim) * times.length * ensemble.record.trajectories;
    this.parameters = this.allocate(batchFields.length, uniform | copyTarget);
    const base = this.allocate(start.length, storage | copyTarget);
    this.states = this.allocate(layout.state.words * batch, storage | copySource);
    const progresses = this.allocate(progressFields.length * batch, storage);
    this.rows = this.allocate(columnNames.length * batch, storage | copySource);
    this.readback = this.allocate(Math.max(trajectories, n * d * samples), storage | copySource);
    this.vectors = this.allocate(layout.vectorWords * batch, storage | copySource);
    this.tallies = this.allocate(talliesAt(batch) + layout.tallyWords, storage | copySource | copyTarget);
    const schedule = this.allocate(momentFields.length * times.length, storage | copyTarget);
    this.goOn = this.allocate(1, usage.mapRead | copyTarget);
    device.queue.writeBuffer(base, 0, start);
    const moments = times.flatMap((time) => [...pack(momentFields, { ...momentOf(ensemble, time) })]);
    device.queue.writeBuffer(schedule, 0, Uint32Array.from(moments));
    // In the order of their bindings.
    this.bound = [this.parameters, base, this.states, progresses, this.rows, this.readback, this.vectors, this.tallies, schedule];
    this.bindings = device.createBindGroup({
      layout: bindings,
      entries: this.bound.map((buffer, binding) => ({ binding, resource: { buffer } })),
    });
  }

  /** Reads a part of a buffer, [word][run], after what is submitted before this call. */
  async read(buffer: GPUBuffer, { at = 0, words, runs, count = runs }: Extent): Promise<ArrayBuffer> {
    const { device } = this.opened;
    const bytes = words * count * 4;
    const staging = this.allocate(words * count, usage.mapRead | usage.copyTarget);
    const encoder = device.createCommandEncoder();
    if (count === runs) encoder.copyBufferToBuffer(buffer, at * runs * 4, staging, 0, bytes);
    else for (let i = 0; i < words; i++) encoder.copyBufferToBuffer(buffer, (at + i) * runs * 4, staging, i * count * 4, count * 4);
    device.queue.submit([encoder.finish()]);
    const read = await this.contentsOf(staging, bytes);
    staging.destroy();
    return read;
  }

  /** Reads the first bytes of a buffer that can be mapped, after what is submitted before this call. */
  async contentsOf(buffer: GPUBuffer, bytes: number): Promise<ArrayBuffer> {
    try {
      await buffer.mapAsync(mapModeRead);
    } catch (error) {
      this.opened.check();
      throw new SinkflowError("device", `the device could not be read: ${(error as Error).message}`);
    }
    this.opened.check();
    const contents = buffer.getMappedRange(0, bytes).slice(0);
    buffer.unmap();
    return contents;
  }

  destroy(): void {
    for (const buffer of [...this.bound, this.goOn]) buffer.destroy();
  }

  private allocate(words: number, flags: number): GPUBuffer {
    return this.opened.device.createBuffer({ size: Math.max(words, 4) * 4, usage: flags });
  }
}
