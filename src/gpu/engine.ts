import type { Ensemble } from "../model/ensemble.ts";
import { DeviceFault, SinkflowError } from "../model/errors.ts";
import { familyOf, servingAll } from "../model/families.ts";
import type { Engine, Followed, RunOptions, Segment } from "../model/result.ts";
import { Batch, entryPointsOf } from "./batch.ts";
import { evaluateDefinition } from "./definitions.ts";
import { type OpenDevice, openDevice, takeDevice } from "./device.ts";
import { checkAll, layOut, leastRuns, pointTallies } from "./layout.ts";
import { plansOf } from "./plan.ts";
import { PipelineCache } from "./program.ts";
import { Results } from "./results.ts";
import { structureWithin } from "./structure.ts";

/** A device with its pipelines. */
interface Opened {
  device: OpenDevice;
  cache: PipelineCache;
}

const withCache = (device: OpenDevice, programs?: number): Opened => ({ device, cache: new PipelineCache(device, programs) });

/** The WebGPU engine on a device that was handed in, which stays open. Throws DeviceFault where it is lost. */
export const engineOfDevice = async (device: GPUDevice): Promise<Engine> => engineOf(withCache(await takeDevice(device)));

/**
 * The WebGPU engine on an adapter: segments of a family, in batches of runs that fit the device. Where `follow` throws DeviceFault it may be
 * called again. Throws DeviceFault where the adapter gives no device.
 * @param again finds the same adapter once more: after a fault, the next call of `follow` opens a new device on it. By default there is no new one
 * @param programs how many are kept
 */
export async function openWebgpuEngine(adapter: GPUAdapter, again?: () => Promise<GPUAdapter | null>, programs?: number): Promise<Engine> {
  const open = async (found: GPUAdapter) => withCache(await openDevice(found), programs);
  return engineOf(await open(adapter), again && { again, open });
}

/** What another device is had by. */
interface Renewal {
  again(): Promise<GPUAdapter | null>;
  open(adapter: GPUAdapter): Promise<Opened>;
}

function engineOf(first: Opened, renewing?: Renewal): Engine {
  let opened = first;
  const { limits, adapter: description } = opened.device;
  const memory: Memory = { words: Infinity };
  let renewal: Promise<void> | undefined;
  /** What is being followed. */
  const following = new Set<Promise<unknown>>();

  const renew = async ({ again, open }: Renewal): Promise<void> => {
    opened.device.device.destroy();
    const found = await again();
    if (!found) throw new DeviceFault(`the adapter is gone after a fault: ${opened.device.fault()?.message}`);
    const next = await open(found);
    const [before, now] = [opened.device, next.device].map(({ adapter, limits }) => JSON.stringify({ ...adapter, ...limits }));
    if (now !== before) {
      next.device.device.destroy();
      throw new SinkflowError("device", `expected the adapter ${before} again after a fault, got ${now}`);
    }
    opened = next;
  };
  /** The device; a new one, if the last failed. */
  const sound = async (): Promise<Opened> => {
    if (opened.device.fault() === undefined || !renewing) return opened;
    renewal ??= renew(renewing).finally(() => {
      renewal = undefined;
    });
    await renewal;
    return opened;
  };

  return {
    kind: "webgpu",
    adapter: description,
    ...structureWithin(limits),
    evaluate: async (definition) => evaluateDefinition((await sound()).device, definition),
    async prepare(ensemble, options) {
      const layout = layOut(ensemble, limits, options);
      const { first, later } = entryPointsOf(layout, { sampled: true, recorded: ensemble.record.trajectories > 0 });
      const { cache } = opened;
      const entryPoints = [...new Set([...first, ...later])];
      const compiling = entryPoints.map((entryPoint) => cache.pipeline(ensemble, layout.mapping, entryPoint));
      for (const pipeline of compiling) pipeline.catch(() => {}); // it may fail before it is awaited
      for (const [i, entryPoint] of entryPoints.entries()) {
        await compiling[i];
        while (following.size > 0) await Promise.race(following); // which would wait
        await cache.ready(ensemble, layout.mapping, entryPoint);
      }
    },
    async follow(segments, options = {}) {
      const { device, cache } = await sound();
      const followed = follow(device, cache, memory, segments, options);
      const ended: Promise<unknown> = followed.catch(() => {}).finally(() => following.delete(ended));
      following.add(ended);
      return followed;
    },
    close: async () => opened.device.release(),
  };
}

/** What an engine may ask a device for. */
interface Memory {
  /** Words of the states of a batch, at most, but for those of one run. */
  words: number;
}

/**
 * Follows segments, batch by batch. The results of a batch are handed over while the next one is computed, and no more than two are held.
 */
async function follow(
  opened: OpenDevice,
  cache: PipelineCache,
  memory: Memory,
  segments: readonly Segment[],
  options: RunOptions,
): Promise<Followed> {
  opened.check();
  const ensembles = segments.map((segment) => segment.ensemble) as [Ensemble, ...Ensemble[]];
  checkAll(ensembles, opened.limits, options);
  const { record } = ensembles.reduce((a, b) => (b.record.trajectories > a.record.trajectories ? b : a));
  const ensemble = { ...servingAll(ensembles), record };
  if (new Set(segments.map((segment) => familyOf(segment.ensemble))).size > 1) throw new Error("expected segments of one family");
  const all = segments.reduce((sum, { count }) => sum + count, 0);
  const whole = layOut(ensemble, opened.limits, options, all);
  const layout = { ...whole, batch: Math.max(leastRuns(ensemble), Math.min(whole.batch, Math.floor(memory.words / whole.state.words))) };
  const plans = plansOf(segments, layout);
  const batch = new Batch(opened, ensemble, layout, cache, plans, options.signal);
  const results = new Results(opened, layout, segments, options);
  let handing: Promise<void> = Promise.resolve();
  let done = 0;
  try {
    await batch.compile();
    for (const [i, plan] of plans.entries()) {
      await batch.draw(plan);
      await batch.follow({ ...options, onProgress: (share) => options.onProgress?.((done + plan.runs * share) / all) });
      done += plan.runs;
      // A long segment goes on with its histograms in the next batch, if both hold nothing else.
      const goesOn = plan.slices.length === 1 && plan.slices[0]?.isLast === false && plans[i + 1]?.slices.length === 1;
      // Submitted before the next batch, which overwrites the buffers.
      const vectors = options.onBatch !== undefined && ensemble.record.vectors;
      const reading = await batch.read({ rows: options.count !== "instead", vectors, tallies: pointTallies(layout) > 0 && !goesOn });
      await handing;
      handing = results.take(plan, reading);
      handing.catch(() => {}); // a failure is reported where `handing` is awaited
    }
    batch.destroy(); // what is submitted is done all the same
    options.onSubmitted?.();
    await handing;
  } catch (error) {
    if (!(error instanceof DeviceFault && error.wantsLess)) throw error;
    const runs = Math.max(...plans.map((plan) => plan.runs));
    if (runs <= leastRuns(ensemble)) throw new DeviceFault(`${error.message}, with as few runs at a time as there may be`);
    memory.words = Math.floor(runs / 4) * layout.state.words;
    throw error;
  } finally {
    await handing.catch(() => {});
    batch.destroy();
  }
  const { kind, dim } = layout.mapping.reduction;
  return { timing: batch.timing, ...(kind !== "none" && { reduction: { kind, dim } }) };
}
