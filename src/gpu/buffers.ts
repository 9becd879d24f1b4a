import { columnNames } from "../model/columns.ts";
import type { Ensemble } from "../model/ensemble.ts";
import { SinkflowError } from "../model/errors.ts";
import type { OpenDevice } from "./device.ts";
import { type Layout, ledgerWords, maxPairs, sampleWords, talliesAt } from "./layout.ts";
import type { Plan } from "./plan.ts";
import { pointWords } from "./points.ts";
import { batchFields, progressFields } from "./structs.ts";

/** GPUBufferUsage, which is a global only in browsers. */
const usage = { mapRead: 1, copySource: 4, copyTarget: 8, uniform: 64, storage: 128 } as const;
/** GPUMapMode.READ */
const mapModeRead = 1;

/** A part of a buffer of [word][run]: words `at` … `at + words − 1`. */
export interface Extent {
  at?: number;
  words: number;
  runs: number;
}

/** Where the bins of sampled runs begin in `tallies`: behind the histograms of every one of these batches. */
export const ledgerAt = (layout: Layout, plans: readonly Plan[]): number =>
  plans.reduce((at, { slices }) => Math.max(at, talliesAt(layout.batch) + slices.length * layout.tallyWords), 0);

/** The lengths in words of the buffers for these batches of runs, in the order of their bindings (shaders/bindings.wgsl). */
function lengthsOf(ensemble: Ensemble, layout: Layout, plans: readonly Plan[]) {
  const { mapping, state, vectorWords, tallyWords, trajectoryWords } = layout;
  const most = (of: (plan: Plan) => number) => plans.reduce((words, plan) => Math.max(words, of(plan)), 0);
  const runs = most((plan) => plan.runs);
  return {
    parameters: batchFields.length,
    points: most(({ slices, recorded, samples }) => slices.length * pointWords(ensemble, mapping.reduction.kind) + recorded + samples),
    states: state.words * runs,
    progresses: progressFields.length * runs,
    rows: columnNames.length * runs,
    // Written for the host only: trajectories and what is gathered of sampled runs, then packed histograms.
    readback: most(({ slices, recorded, samples }) =>
      Math.max(trajectoryWords * recorded + sampleWords(ensemble) * samples, 2 * maxPairs(slices.length * tallyWords)),
    ),
    vectors: vectorWords * runs,
    tallies: ledgerAt(layout, plans) + most(({ samples }) => ledgerWords(layout, samples)),
  };
}
export type BufferName = keyof ReturnType<typeof lengthsOf>;

/** The buffers of a batch of runs and their bindings. They serve for one batch after another. */
export class Buffers {
  readonly bound: Readonly<Record<BufferName, GPUBuffer>>;
  readonly bindings: GPUBindGroup;
  /** One word, for the host: how many runs go on after a pass. */
  readonly goOn: GPUBuffer;
  private readonly opened: OpenDevice;

  /** @param ensemble one of the family */
  constructor(opened: OpenDevice, bindings: GPUBindGroupLayout, ensemble: Ensemble, layout: Layout, plans: readonly Plan[]) {
    this.opened = opened;
    const { device } = opened;
    const { storage, copySource, copyTarget, uniform, mapRead } = usage;
    const lengths = Object.entries(lengthsOf(ensemble, layout, plans));
    const buffers = lengths.map(([name, words]) => {
      const binding = name === "parameters" ? uniform : storage;
      return [name, this.allocate(words, binding | copySource | copyTarget)] as const;
    });
    this.bound = Object.fromEntries(buffers) as Record<BufferName, GPUBuffer>;
    this.goOn = this.allocate(1, mapRead | copyTarget);
    const entries = buffers.map(([, buffer], binding) => ({ binding, resource: { buffer } }));
    this.bindings = device.createBindGroup({ layout: bindings, entries });
  }

  /** Reads a part of a buffer, [word][run], after what is submitted before this call. */
  async read(name: BufferName, { at = 0, words, runs }: Extent): Promise<ArrayBuffer> {
    const { device } = this.opened;
    const buffer = this.bound[name];
    const bytes = words * runs * 4;
    const staging = this.allocate(words * runs, usage.mapRead | usage.copyTarget);
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(buffer, at * runs * 4, staging, 0, bytes);
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

  /** Submits that words of a buffer become 0. */
  clear(name: BufferName, at: number, words: number): void {
    const { device } = this.opened;
    const encoder = device.createCommandEncoder();
    encoder.clearBuffer(this.bound[name], 4 * at, 4 * words);
    device.queue.submit([encoder.finish()]);
  }

  destroy(): void {
    for (const buffer of [...Object.values(this.bound), this.goOn]) buffer.destroy();
  }

  private allocate(words: number, flags: number): GPUBuffer {
    return this.opened.device.createBuffer({ size: Math.max(words, 4) * 4, usage: flags });
  }
}
