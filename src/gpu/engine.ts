import { familyOf } from "../model/families.ts";
import type { Engine, Followed, RunOptions, Segment } from "../model/result.ts";
import { Batch, entryPointsOf } from "./batch.ts";
import { composeReadable, programNames } from "./compose.ts";
import { type OpenDevice, openDevice } from "./device.ts";
import { layOut } from "./layout.ts";
import { plansOf } from "./plan.ts";
import { PipelineCache } from "./program.ts";
import { Results } from "./results.ts";

/** The WebGPU engine on an adapter: segments of a family, in batches of runs that fit the device. */
export async function openWebgpuEngine(adapter: GPUAdapter): Promise<Engine> {
  const opened = await openDevice(adapter);
  const cache = new PipelineCache(opened.device);
  return {
    kind: "webgpu",
    adapter: opened.adapter,
    check: (ensemble, options) => void layOut(ensemble, opened.limits, options),
    kernels(ensemble, options) {
      const { mapping } = layOut(ensemble, opened.limits, options);
      return { programs: programNames.map((name) => composeReadable(ensemble, name, mapping)), lanesPerRun: mapping.lanes.count };
    },
    prepare(ensemble, options) {
      const layout = layOut(ensemble, opened.limits, options);
      const { first, later } = entryPointsOf(layout, { sampled: true, recorded: ensemble.record.trajectories > 0 });
      for (const entryPoint of new Set([...first, ...later])) cache.pipeline(ensemble, layout.mapping, entryPoint).catch(() => {}); // a failure is reported where `follow` awaits it
    },
    follow: (segments, options = {}) => follow(opened, cache, segments, options),
    close: async () => opened.device.destroy(),
  };
}

/**
 * Follows segments, batch by batch. The results of a batch are handed over while the next one is computed, and no more than two are held.
 */
async function follow(opened: OpenDevice, cache: PipelineCache, segments: readonly Segment[], options: RunOptions): Promise<Followed> {
  for (const { ensemble } of segments) layOut(ensemble, opened.limits, options); // throws where one of them is beyond the device
  const ensemble = segments.map((segment) => segment.ensemble).reduce((a, b) => (b.record.trajectories > a.record.trajectories ? b : a));
  if (new Set(segments.map((segment) => familyOf(segment.ensemble))).size > 1) throw new Error("expected segments of one family");
  const all = segments.reduce((sum, { count }) => sum + count, 0);
  const layout = layOut(ensemble, opened.limits, options, all);
  const plans = plansOf(segments, layout);
  const batch = new Batch(opened, ensemble, layout, cache, plans);
  const results = new Results(layout, segments.length, options);
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
      const reading = await batch.read({ vectors, tallies: layout.tallyWords > 0 && !goesOn });
      await handing;
      handing = results.take(plan, reading);
      handing.catch(() => {}); // a failure is reported where `handing` is awaited
    }
    await handing;
  } finally {
    await handing.catch(() => {});
    batch.destroy();
  }
  const { kind, dim } = layout.mapping.reduction;
  return { timing: batch.timing, ...(kind !== "none" && { reduction: { kind, dim } }) };
}
