import { columnNames, emptyRows, type Rows, vectorNames } from "../model/columns.ts";
import { SinkflowError } from "../model/errors.ts";
import { type Point, targetLength } from "../model/point.ts";
import type { Engine, EnsembleResult, RunOptions, Sample, Timing } from "../model/result.ts";
import { entryParts, series, storedSeries, type Trajectory } from "../model/trajectory.ts";
import { Batch } from "./batch.ts";
import { composeReadable, programNames } from "./compose.ts";
import { openDevice } from "./device.ts";
import { layOut, recordWords } from "./layout.ts";
import { placed } from "./parts.ts";
import { PipelineCache } from "./program.ts";

/** The WebGPU engine on an adapter: whole ensembles, in batches of runs that fit the device. */
export async function openWebgpuEngine(adapter: GPUAdapter): Promise<Engine> {
  const opened = await openDevice(adapter);
  const { device } = opened;
  const cache = new PipelineCache(device);

  async function run(point: Point, options: RunOptions = {}): Promise<EnsembleResult> {
    const layout = layOut(point, opened.limits, options);
    const timing: Timing = { compileMs: 0, initialMs: 0, simulateMs: 0, readMs: 0 };
    const samples = Math.min(options.samples ?? 0, point.runs, layout.samples, layout.batch);
    const keepRows = options.keepRows ?? true;
    const rows = emptyRows(keepRows ? point.runs : 0, Float32Array);
    const result: EnsembleResult = { rows, timing, trajectories: [], samples: [] };
    const { kind, dim } = layout.mapping.reduction;
    if (kind !== "none") result.reduction = { kind, dim };

    const batch = new Batch(opened, point, layout, cache, timing);
    let handing: Promise<void> = Promise.resolve();
    try {
      await batch.compile(samples > 0);
      for (let first = 0; first < point.runs; first += layout.batch) {
        const runs = Math.min(layout.batch, point.runs - first);
        const recorded = first === 0 ? point.record.trajectories : 0;
        await batch.start(first, runs, recorded);
        const sampled = Math.max(0, Math.min(runs, samples - first));
        const starts = sampled > 0 ? await batch.readStarts(sampled) : undefined;
        await batch.simulate({ ...options, onProgress: (done) => options.onProgress?.((first + runs * done) / point.runs) });
        // Submitted now, so that the next batch finds its buffers free; they arrive, and are handed over, while it computes.
        const arriving = Promise.all([batch.readRows(), options.onBatch && point.record.vectors ? batch.readVectors(runs) : undefined]);
        arriving.catch(() => {}); // it is heard of when the batch before has been handed over
        if (starts) {
          const [part] = await arriving;
          result.samples.push(...toSamples(point, part, first, starts, await batch.readVectors(sampled), sampled));
        }
        if (recorded > 0)
          result.trajectories = toTrajectories(
            point,
            layout.times.length,
            await batch.readTrajectories(),
            recorded,
            layout.mapping.reduction.dim,
          );
        // No more than two batches are held.
        await handing;
        handing = arriving.then(async ([part, vectors]) => {
          if (part.status.includes(0)) throw new SinkflowError("device", "the device returned rows that it never wrote");
          if (keepRows) for (const name of columnNames) rows[name].set(part[name], first);
          await options.onBatch?.({ first, count: runs, rows: part, ...(vectors && { vectors }) });
        });
        handing.catch(() => {});
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

  return {
    kind: "webgpu",
    adapter: opened.adapter,
    check: (point, options) => void layOut(point, opened.limits, options),
    kernels(point, options) {
      const { mapping } = layOut(point, opened.limits, options);
      return { programs: programNames.map((name) => composeReadable(point, name, mapping)), lanesPerRun: mapping.lanes.count };
    },
    run,
    close: async () => device.destroy(),
  };
}

type Starts = Awaited<ReturnType<Batch["readStarts"]>>;

/** From the device's [component][run] to one object a run, for the first runs of a batch; values from token-major to rows of V. */
function toSamples(point: Point, rows: Rows, first: number, starts: Starts, vectors: Float32Array, count: number): Sample[] {
  const { tokens: n, dim: d } = point;
  const take = (from: Float32Array, at: number, length: number, run: number) =>
    Float64Array.from({ length }, (_, i) => from[(at + i) * count + run] as number);
  return Array.from({ length: count }, (_, run) => {
    const values = new Float64Array(n * d);
    for (let k = 0; k < d; k++) for (let i = 0; i < n; i++) values[k * n + i] = starts.values[(i * d + k) * count + run] as number;
    return {
      run: first + run,
      logits: take(starts.logits, 0, n, run),
      values,
      target: take(starts.target, 0, targetLength(point), run),
      weights: take(vectors, vectorNames.indexOf("weights") * n, n, run),
      entropy: rows.entropy[run] as number,
      sink: rows.sink[run] as number,
      status: rows.status[run] as number,
      time: rows.time[run] as number,
    };
  });
}

/** From the entries that shaders/observables/trajectory.wgsl wrote, [time][word][run]. */
function toTrajectories(point: Point, times: number, bytes: ArrayBuffer, count: number, dim: number): Trajectory[] {
  const lengths = entryParts(point.tokens);
  const { at } = placed(lengths);
  const words = recordWords(point.tokens, dim);
  const [steps, entries] = [new Uint32Array(bytes), new Float32Array(bytes)];
  const slots = Array.from({ length: times }, (_, slot) => slot);
  return Array.from({ length: count }, (_, run) => {
    const read = (name: (typeof storedSeries)[number]) =>
      slots.map((slot) => {
        const numbers = Array.from({ length: lengths[name] }, (_, i) => entries[(slot * words + at[name] + i) * count + run] as number);
        return series[name].holds === "number" ? numbers[0] : numbers;
      });
    return {
      run,
      steps: slots.map((slot) => steps[slot * words * count + run] as number),
      ...Object.fromEntries(storedSeries.map((name) => [name, read(name)])),
    } as Trajectory;
  });
}
