import { columnsOf } from "../model/columns.ts";
import type { Ensemble } from "../model/ensemble.ts";
import { DeviceFault } from "../model/errors.ts";
import { firstLine, type OpenDevice } from "./device.ts";
import { guardWords, type Layout, ledgerWords, maxInFlight, maxPairs, pointTallies, sampleWords, talliesAt } from "./layout.ts";
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

/** A part of a buffer, in words. */
interface Span {
  name: BufferName;
  at: number;
  words: number;
}

/** What is used of the words that are read: the first `words` of every `room`. */
interface Used {
  room: number;
  words: number;
}

/** Words of a buffer, at least. */
const minWords = 4;

/** Where the bins of sampled runs begin in `tallies`: behind the histograms of every one of these batches. */
export const ledgerAt = (layout: Layout, plans: readonly Plan[]): number =>
  plans.reduce((at, { slices }) => Math.max(at, talliesAt(layout.batch) + slices.length * pointTallies(layout)), 0);

/** The lengths in words of the buffers for these batches of runs, in the order of their bindings (shaders/bindings.wgsl). */
function lengthsOf(ensemble: Ensemble, layout: Layout, plans: readonly Plan[]) {
  const { mapping, state, vectorWords, trajectoryWords } = layout;
  const most = (of: (plan: Plan) => number) => plans.reduce((words, plan) => Math.max(words, of(plan)), 0);
  const runs = most((plan) => plan.runs);
  return {
    parameters: batchFields.length,
    points: most(({ slices, recorded, samples }) => slices.length * pointWords(ensemble, mapping.reduction.kind) + recorded + samples + 1),
    states: state.words * runs,
    progresses: progressFields.length * runs,
    rows: columnsOf(ensemble).length * runs,
    // Written for the host only: trajectories and what is gathered of sampled runs, then packed histograms.
    readback: most(({ slices, recorded, samples }) =>
      Math.max(trajectoryWords * recorded + sampleWords(ensemble) * samples, 2 * maxPairs(slices.length * pointTallies(layout))),
    ),
    vectors: vectorWords * runs,
    tallies: ledgerAt(layout, plans) + most(({ samples }) => ledgerWords(layout, samples)),
  };
}
export type BufferName = keyof ReturnType<typeof lengthsOf>;

/** A word that no kernel writes: a signaling NaN as a number, and as a count beyond all runs of a part. What is read is filled with it before. */
export const unwritten = 0x7fa5c3e1;
/** Words of `unwritten` that are copied at a time. */
const maxFill = 2 ** 18;

/** The number of the last read or batch of this process: what is handed back must have its own. */
let serial = 0;
export const nextSerial = (): number => {
  serial = (serial + 1) % 2 ** 31;
  return serial;
};

/** A buffer that kernels write, which ends with `guardWords` words that they must leave as they are. */
const isGuarded = (name: BufferName) => name !== "parameters" && name !== "points";

/** The buffers of a batch of runs and their bindings. They serve for one batch after another. */
export class Buffers {
  readonly bound: Readonly<Record<BufferName, GPUBuffer>>;
  readonly bindings: GPUBindGroup;
  /** One word each, for the host: how many runs go on after a dispatch of a pass, and after those before. */
  readonly goOn: readonly GPUBuffer[];
  /** Fulfilled if the device had the memory, else rejected with DeviceFault. */
  readonly allocated: Promise<void>;
  private readonly opened: OpenDevice;
  /** The words of each buffer in use, without its guard. */
  private readonly lengths: Readonly<Record<BufferName, number>>;
  /** One word: the number of the read that is submitted last. */
  private readonly serial: GPUBuffer;
  /** `unwritten`, many times. */
  private readonly filling: GPUBuffer;
  private readonly fillWords: number;

  /** @param ensemble one of the family */
  constructor(opened: OpenDevice, bindings: GPUBindGroupLayout, ensemble: Ensemble, layout: Layout, plans: readonly Plan[]) {
    this.opened = opened;
    const { device } = opened;
    const { storage, copySource, copyTarget, uniform, mapRead } = usage;
    this.lengths = lengthsOf(ensemble, layout, plans);
    this.fillWords = Math.min(maxFill, Math.max(this.lengths.rows, this.lengths.readback, this.lengths.vectors));
    const names = Object.keys(this.lengths) as BufferName[];
    const { result, had } = opened.allocating(() => {
      const buffers = names.map((name) => {
        const binding = name === "parameters" ? uniform : storage;
        return [name, this.allocate(this.end(name), binding | copySource | copyTarget)] as const;
      });
      const entries = buffers.map(([, buffer], binding) => ({ binding, resource: { buffer } }));
      return {
        bound: Object.fromEntries(buffers) as Record<BufferName, GPUBuffer>,
        bindings: device.createBindGroup({ layout: bindings, entries }),
        goOn: Array.from({ length: maxInFlight }, () => this.allocate(1, mapRead | copyTarget)),
        serial: this.allocate(1, copySource | copyTarget),
        filling: this.allocate(this.fillWords, copySource | copyTarget),
      };
    });
    ({ bound: this.bound, bindings: this.bindings, goOn: this.goOn, serial: this.serial, filling: this.filling } = result);
    this.allocated = had.then(() => {
      device.queue.writeBuffer(this.filling, 0, new Uint32Array(this.fillWords).fill(unwritten));
      for (const name of names.filter(isGuarded)) this.fill(name, this.lengths[name], this.end(name) - this.lengths[name]);
    });
    this.allocated.catch(() => {}); // a failure is reported where it is awaited
  }

  /** Where a buffer ends, in words. */
  private end(name: BufferName): number {
    const words = this.lengths[name];
    return isGuarded(name) ? Math.max(words, minWords - guardWords) + guardWords : Math.max(words, minWords);
  }

  /** Reads a part of a buffer, [word][run], after what is submitted before this call. */
  async read(name: BufferName, { at = 0, words, runs }: Extent, used?: Used): Promise<ArrayBuffer> {
    return this.readSpans([{ name, at: at * runs, words: words * runs }], used);
  }

  /**
   * Reads the words behind what kernels write of each buffer, after what is submitted before this call. Is rejected with DeviceFault where
   * one has changed.
   */
  async checkGuards(): Promise<void> {
    const spans = (Object.keys(this.lengths) as BufferName[])
      .filter(isGuarded)
      .map((name) => ({ name, at: this.lengths[name], words: this.end(name) - this.lengths[name] }));
    const bytes = await this.readSpans(spans, { room: Infinity, words: 0 });
    const words = new Uint32Array(bytes);
    let from = 0;
    for (const { name, words: count } of spans) {
      const changed = words.subarray(from, from + count).findIndex((word) => word !== unwritten);
      if (changed >= 0) throw this.opened.fail(`the device wrote beyond the end of its buffer ${name}, ${changed + 1} words`);
      from += count;
    }
  }

  /**
   * Reads parts of buffers, one behind the other. Is rejected with DeviceFault where they are not of this read, or where one of the `used`
   * words, by default any, was never written since it was filled.
   */
  private async readSpans(spans: readonly Span[], used?: Used): Promise<ArrayBuffer> {
    const { device } = this.opened;
    const all = spans.reduce((sum, { words }) => sum + words, 0);
    const { room, words: part } = used ?? { room: all, words: all };
    const number = nextSerial();
    const { result: staging, had } = this.opened.allocating(() => {
      const staging = this.allocate(all + 1, usage.mapRead | usage.copyTarget);
      device.queue.writeBuffer(this.serial, 0, Uint32Array.of(number));
      const encoder = device.createCommandEncoder();
      // Stays there if what is read is not copied.
      if (part > 0) encoder.copyBufferToBuffer(this.filling, 0, staging, 4 * (all - room + part - 1), 4);
      let to = 0;
      for (const { name, at, words } of spans) {
        encoder.copyBufferToBuffer(this.bound[name], 4 * at, staging, 4 * to, 4 * words);
        to += words;
      }
      encoder.copyBufferToBuffer(this.serial, 0, staging, 4 * all, 4);
      device.queue.submit([encoder.finish()]);
      return staging;
    });
    try {
      const contents = await this.contentsOf(staging, 4 * (all + 1), had);
      const words = new Uint32Array(contents);
      if (words[all] !== number) throw this.opened.fail("the device handed back other words than were read");
      for (let from = 0; from < all && part > 0; from += room)
        if (words.subarray(from, from + part).includes(unwritten))
          throw this.opened.fail("the device handed back words that it never wrote");
      return contents.slice(0, 4 * all);
    } finally {
      staging.destroy();
    }
  }

  /** Reads the first bytes of a buffer that can be mapped, after what is submitted before this call. @param had whether there was memory for it */
  async contentsOf(buffer: GPUBuffer, bytes: number, had?: Promise<void>): Promise<ArrayBuffer> {
    const { opened } = this;
    const mapped = opened.orFault(buffer.mapAsync(mapModeRead));
    mapped.catch(() => {}); // where there was no memory, that is why
    await had;
    try {
      await mapped;
      opened.check();
      const contents = buffer.getMappedRange(0, bytes).slice(0);
      buffer.unmap();
      return contents;
    } catch (error) {
      // Where the device is not lost, it is memory that can't be mapped, or that the host does not have.
      throw error instanceof DeviceFault
        ? error
        : opened.fail(`the device could not be read: ${firstLine((error as Error).message)}`, true);
    }
  }

  /** Submits that words of a buffer become 0. */
  clear(name: BufferName, at: number, words: number): void {
    const { device } = this.opened;
    const encoder = device.createCommandEncoder();
    encoder.clearBuffer(this.bound[name], 4 * at, 4 * words);
    device.queue.submit([encoder.finish()]);
  }

  /** Submits that words of a buffer become `unwritten`. */
  fill(name: BufferName, at: number, words: number): void {
    if (words === 0) return;
    const { device } = this.opened;
    const encoder = device.createCommandEncoder();
    for (let done = 0; done < words; done += this.fillWords)
      encoder.copyBufferToBuffer(this.filling, 0, this.bound[name], 4 * (at + done), 4 * Math.min(this.fillWords, words - done));
    device.queue.submit([encoder.finish()]);
  }

  destroy(): void {
    for (const buffer of [...Object.values(this.bound), ...this.goOn, this.serial, this.filling]) buffer.destroy();
  }

  private allocate(words: number, flags: number): GPUBuffer {
    return this.opened.device.createBuffer({ size: Math.max(words, minWords) * 4, usage: flags });
  }
}
