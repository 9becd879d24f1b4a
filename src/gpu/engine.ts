import { arrayOf, columnNames, emptyRows, type Row, type Rows, rowAt, vectorNames } from "../model/columns.ts";
import { type Ensemble, targetLength } from "../model/ensemble.ts";
import { SinkflowError } from "../model/errors.ts";
import type { Engine, EnsembleResult, RunOptions } from "../model/result.ts";
import { type Observation, type Sample, type Sampling, sampledRun, samplingOf } from "../model/samples.ts";
import { talliedNames } from "../model/tallies.ts";
import { entryParts, series, storedSeries, type Trajectory } from "../model/trajectory.ts";
import { Batch, type SampledWords } from "./batch.ts";
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
 * held. Trajectories are those of the first runs, so the first batch has them all.
 */
async function runEnsemble(opened: OpenDevice, cache: PipelineCache, ensemble: Ensemble, options: RunOptions): Promise<EnsembleResult> {
  const layout = layOut(ensemble, opened.limits, options);
  const sampling = samplingOf(ensemble.runs, Math.min(options.samples ?? 0, layout.maxSamples));
  const batch = new Batch(opened, ensemble, layout, cache, sampling);
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
      await batch.draw(first, runs);
      await batch.follow({ ...options, onProgress: (done) => options.onProgress?.((first + runs * done) / ensemble.runs) });
      // Submitted before the next batch, which overwrites their buffers.
      const rows = batch.readRows();
      const vectors = options.onBatch && ensemble.record.vectors ? batch.readVectors(runs) : undefined;
      const sampled = batch.readSamples();
      for (const arriving of [rows, vectors, sampled]) arriving?.catch(() => {}); // a failure is reported where they are handed over
      if (first === 0 && ensemble.record.trajectories > 0)
        result.trajectories = toTrajectories(ensemble, layout, await batch.readTrajectories());
      await handing;
      handing = Promise.all([rows, vectors, sampled]).then(([rows, vectors, sampled]) => {
        result.samples.push(...toSamples(ensemble, sampling, first, rows, sampled));
        return handOver(first, runs, rows, vectors);
      });
      handing.catch(() => {}); // a failure is reported where `handing` is awaited
    }
    await handing;
    const tallies = await batch.readTallies();
    if (tallies) result.tallies = tallies;
    complete(result, layout, tallies && (await batch.readLedger()));
  } finally {
    await handing.catch(() => {});
    batch.destroy();
  }
  return result;
}

/** Samples from what was gathered of the sampled runs of a batch; values from token-major to rows of V. The rows are those that are handed over. */
function toSamples(ensemble: Ensemble, sampling: Sampling, first: number, rows: Rows, gathered: SampledWords & { from: number }): Sample[] {
  const { tokens: n, dim: d } = ensemble;
  return gathered.starts.map((words, i) => {
    const run = sampledRun(sampling, gathered.from + i);
    const numbers = Float64Array.from(new Float32Array(words.buffer, words.byteOffset, words.length));
    const values = new Float64Array(n * d);
    for (let k = 0; k < d; k++) for (let token = 0; token < n; token++) values[k * n + token] = numbers[n + token * d + k] as number;
    const [start, early, end] = gathered.observed.map((moment) => toObservation(ensemble, moment[i] as Uint32Array));
    return {
      run,
      logits: numbers.slice(0, n),
      values,
      target: numbers.slice(n * (1 + d), n * (1 + d) + targetLength(ensemble)),
      start: start as Observation,
      early: early as Observation,
      end: { ...(end as Observation), row: rowAt(rows, run - first) },
    };
  });
}

function toObservation({ tokens: n }: Ensemble, words: Uint32Array): Observation {
  const numbers = new Float32Array(words.buffer, words.byteOffset, words.length);
  const row = columnNames.map((name, i) => [name, (arrayOf(name, Float32Array) === Uint32Array ? words : numbers)[i]]);
  const from = (v: number) => columnNames.length + v * n;
  const vectors = vectorNames.map((name, v) => [name, Float64Array.from(numbers.subarray(from(v), from(v + 1)))]);
  return { row: Object.fromEntries(row) as Row, vectors: Object.fromEntries(vectors) as Observation["vectors"] };
}

/** Adds to samples their trajectories, and the bins in which they were counted. */
function complete({ samples, trajectories }: EnsembleResult, { times }: Layout, ledger: Uint32Array | undefined): void {
  const words = times.length * talliedNames.length;
  for (const [i, sample] of samples.entries()) {
    const trajectory = trajectories[sample.run];
    if (trajectory) sample.trajectory = trajectory;
    if (ledger) sample.tallied = ledger.slice(i * words, (i + 1) * words);
  }
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
