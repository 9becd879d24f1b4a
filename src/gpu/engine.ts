import { columnNames, emptyRows, type Rows, rowAt, vectorNames } from "../model/columns.ts";
import { type Ensemble, targetLength } from "../model/ensemble.ts";
import { SinkflowError } from "../model/errors.ts";
import type { Engine, EnsembleResult, RunOptions, Sample } from "../model/result.ts";
import { entryParts, series, storedSeries, type Trajectory } from "../model/trajectory.ts";
import { Batch, type Starts } from "./batch.ts";
import { composeReadable, programNames } from "./compose.ts";
import { type OpenDevice, openDevice } from "./device.ts";
import { entryLayout, type Layout, layOut, recordWords } from "./layout.ts";
import { PipelineCache } from "./program.ts";

/** The WebGPU engine on an adapter: whole ensembles, in batches of runs that fit the device. */
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
    run: (ensemble, options = {}) => runEnsemble(opened, cache, ensemble, options),
    close: async () => opened.device.destroy(),
  };
}

/**
 * Runs an ensemble, batch by batch. The results of a batch are handed over while the next one is computed, and no more than two are
 * held. Samples and trajectories are those of the first runs, so the first batch has them all.
 */
async function runEnsemble(opened: OpenDevice, cache: PipelineCache, ensemble: Ensemble, options: RunOptions): Promise<EnsembleResult> {
  const layout = layOut(ensemble, opened.limits, options);
  const samples = Math.min(options.samples ?? 0, ensemble.runs, layout.maxSamples, layout.batch);
  const batch = new Batch(opened, ensemble, layout, cache, samples);
  const keepRows = options.keepRows ?? true;
  const rows = emptyRows(keepRows ? ensemble.runs : 0, Float32Array);
  const result: EnsembleResult = { rows, timing: batch.timing, trajectories: [], samples: [] };
  const { kind, dim } = layout.mapping.reduction;
  if (kind !== "none") result.reduction = { kind, dim };
  const handOver = async (first: number, count: number, rows: Rows, vectors?: Float32Array) => {
    if (rows.status.includes(0)) throw new SinkflowError("device", "the device returned rows that it never wrote");
    if (keepRows) for (const name of columnNames) result.rows[name].set(rows[name], first);
    await options.onBatch?.({ first, count, rows, ...(vectors && { vectors }) });
  };

  let handing: Promise<void> = Promise.resolve();
  try {
    await batch.compile();
    for (let first = 0; first < ensemble.runs; first += layout.batch) {
      const runs = Math.min(layout.batch, ensemble.runs - first);
      const starts = await batch.draw(first, runs);
      await batch.follow({ ...options, onProgress: (done) => options.onProgress?.((first + runs * done) / ensemble.runs) });
      // Submitted before the next batch, which overwrites their buffers.
      const rows = batch.readRows();
      const vectors = options.onBatch && ensemble.record.vectors ? batch.readVectors(runs) : undefined;
      for (const arriving of [rows, vectors]) arriving?.catch(() => {}); // a failure is reported where they are handed over
      if (starts) result.samples = toSamples(ensemble, await rows, starts, await batch.readVectors(samples), samples);
      if (first === 0 && ensemble.record.trajectories > 0)
        result.trajectories = toTrajectories(ensemble, layout, await batch.readTrajectories());
      await handing;
      handing = Promise.all([rows, vectors]).then((arrived) => handOver(first, runs, ...arrived));
      handing.catch(() => {}); // a failure is reported where `handing` is awaited
    }
    await handing;
    const tallies = await batch.readTallies();
    if (tallies) result.tallies = tallies;
  } finally {
    await handing.catch(() => {});
    batch.destroy();
  }
  return result;
}

/** Samples from what was read of the first `count` runs, [component][run]; values from token-major to rows of V. */
function toSamples(ensemble: Ensemble, rows: Rows, starts: Starts, vectors: Float32Array, count: number): Sample[] {
  const { tokens: n, dim: d } = ensemble;
  const take = (from: Float32Array, at: number, length: number, run: number) =>
    Float64Array.from({ length }, (_, i) => from[(at + i) * count + run] as number);
  return Array.from({ length: count }, (_, run) => {
    const values = new Float64Array(n * d);
    for (let k = 0; k < d; k++) for (let i = 0; i < n; i++) values[k * n + i] = starts.values[(i * d + k) * count + run] as number;
    return {
      run,
      logits: take(starts.logits, 0, n, run),
      values,
      target: take(starts.target, 0, targetLength(ensemble), run),
      weights: take(vectors, vectorNames.indexOf("weights") * n, n, run),
      row: rowAt(rows, run),
    };
  });
}

/** Trajectories from the entries that shaders/observables/trajectory.wgsl wrote, [time][word][run]. */
function toTrajectories({ tokens, record: { trajectories: count } }: Ensemble, layout: Layout, bytes: ArrayBuffer): Trajectory[] {
  const lengths = entryParts(tokens);
  const { at } = entryLayout(tokens);
  const words = recordWords(tokens, layout.mapping.reduction.dim);
  const [steps, entries] = [new Uint32Array(bytes), new Float32Array(bytes)];
  return Array.from({ length: count }, (_, run) => {
    const read = (name: (typeof storedSeries)[number]) =>
      layout.times.map((_, slot) => {
        const numbers = Array.from({ length: lengths[name] }, (_, i) => entries[(slot * words + at[name] + i) * count + run] as number);
        return series[name].holds === "number" ? numbers[0] : numbers;
      });
    return {
      run,
      steps: layout.times.map((_, slot) => steps[slot * words * count + run] as number),
      ...Object.fromEntries(storedSeries.map((name) => [name, read(name)])),
    } as Trajectory;
  });
}
