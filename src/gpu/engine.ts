import { arrayOf, columnNames, type Row, type Rows, rowAt, vectorNames } from "../model/columns.ts";
import { type Ensemble, targetLength } from "../model/ensemble.ts";
import { SinkflowError } from "../model/errors.ts";
import type { Engine, Followed, RunOptions, Segment, SegmentResult, Timing } from "../model/result.ts";
import { type Observation, type Sample, type Sampling, sampledRun, samplesBetween, samplingOf } from "../model/samples.ts";
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
    follow: (segments, options = {}) => follow(opened, cache, segments, options),
    close: async () => opened.device.destroy(),
  };
}

/** Follows segments one after another. */
async function follow(opened: OpenDevice, cache: PipelineCache, segments: readonly Segment[], options: RunOptions): Promise<Followed> {
  const all = segments.reduce((sum, { count }) => sum + count, 0);
  const followed: Followed = { timing: { compileMs: 0, initialMs: 0, simulateMs: 0, readMs: 0 } };
  let before = 0;
  for (const [index, segment] of segments.entries()) {
    const { timing, ...rest } = await followSegment(opened, cache, index, segment, {
      ...options,
      onProgress: (done) => options.onProgress?.((before + segment.count * done) / all),
    });
    before += segment.count;
    for (const [what, ms] of Object.entries(timing)) followed.timing[what as keyof Timing] += ms;
    Object.assign(followed, rest);
  }
  return followed;
}

/**
 * Follows a segment, batch by batch. The results of a batch are handed over while the next one is computed, and no more than two are
 * held. Trajectories are those of the first runs, so the first batch has them all.
 */
async function followSegment(
  opened: OpenDevice,
  cache: PipelineCache,
  index: number,
  { ensemble, first: begin, count, samples }: Segment,
  options: RunOptions,
): Promise<Followed> {
  const layout = layOut({ ...ensemble, runs: count }, opened.limits, options);
  const sampling = samplingOf(ensemble.runs, Math.min(samples, layout.maxSamples));
  const batch = new Batch(opened, ensemble, layout, cache, sampling);
  const result: SegmentResult = { trajectories: [], samples: [] };
  const handOver = async (first: number, count: number, rows: Rows, vectors?: Float32Array) => {
    if (rows.status.includes(0)) throw new SinkflowError("device", "the device returned rows that it never wrote");
    await options.onBatch?.({ segment: index, first, count, rows, ...(vectors && { vectors }) });
  };

  let handing: Promise<void> = Promise.resolve();
  try {
    await batch.compile();
    const end = begin + count;
    for (let first = begin; first < end; first += layout.batch) {
      const runs = Math.min(layout.batch, end - first);
      await batch.draw(first, runs, first === begin);
      await batch.follow({ ...options, onProgress: (done) => options.onProgress?.((first - begin + runs * done) / count) });
      // Submitted before the next batch, which overwrites their buffers.
      const rows = batch.readRows();
      const vectors = options.onBatch && ensemble.record.vectors ? batch.readVectors(runs) : undefined;
      const sampled = batch.readSamples();
      for (const arriving of [rows, vectors, sampled]) arriving?.catch(() => {}); // a failure is reported where they are handed over
      if (batch.recorded > 0) result.trajectories = toTrajectories(ensemble, layout, first, batch.recorded, await batch.readTrajectories());
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
    const { from } = samplesBetween(sampling, begin, end);
    complete(result, layout, from, tallies && (await batch.readLedger()));
  } finally {
    await handing.catch(() => {});
    batch.destroy();
  }
  await options.onSegment?.(index, result);
  const { kind, dim } = layout.mapping.reduction;
  return { timing: batch.timing, ...(kind !== "none" && { reduction: { kind, dim } }) };
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

/** Adds to samples, of which the first has number `from`, their trajectories, and the bins in which they were counted. */
function complete({ samples, trajectories }: SegmentResult, { times }: Layout, from: number, ledger: Uint32Array | undefined): void {
  const words = times.length * talliedNames.length;
  const recorded = new Map(trajectories.map((trajectory) => [trajectory.run, trajectory]));
  for (const [i, sample] of samples.entries()) {
    const trajectory = recorded.get(sample.run);
    if (trajectory) sample.trajectory = trajectory;
    if (ledger) sample.tallied = ledger.slice((from + i) * words, (from + i + 1) * words);
  }
}

/** Trajectories from the entries that shaders/observables/trajectory.wgsl wrote, [time][word][run]. */
function toTrajectories({ tokens }: Ensemble, layout: Layout, first: number, count: number, bytes: ArrayBuffer): Trajectory[] {
  const lengths = entryParts(tokens);
  const { at } = entryLayout(tokens);
  const words = recordWords(tokens, layout.mapping.reduction.dim);
  const [steps, entries] = [new Uint32Array(bytes), new Float32Array(bytes)];
  return Array.from({ length: count }, (_, place) => {
    const read = (name: (typeof storedSeries)[number]) =>
      layout.times.map((_, slot) => {
        const numbers = Array.from({ length: lengths[name] }, (_, i) => entries[(slot * words + at[name] + i) * count + place] as number);
        return series[name].holds === "number" ? numbers[0] : numbers;
      });
    return {
      run: first + place,
      steps: layout.times.map((_, slot) => steps[slot * words * count + place] as number),
      ...Object.fromEntries(storedSeries.map((name) => [name, read(name)])),
    } as Trajectory;
  });
}
