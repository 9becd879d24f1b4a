import { stat, statfs } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { getHeapStatistics } from "node:v8";
import { layOut } from "../gpu/layout.ts";
import { maxPrograms } from "../gpu/program.ts";
import { columnsOf } from "../model/columns.ts";
import type { Ensemble } from "../model/ensemble.ts";
import { FieldError } from "../model/errors.ts";
import { familiesOf } from "../model/families.ts";
import type { Specification } from "../model/grid.ts";
import type { OpenedEngine } from "../node.ts";
import { isCounted } from "../sweep/counting.ts";
import { type Estimate, estimateOf } from "../sweep/estimate.ts";
import { cutParts } from "../sweep/parts.ts";
import type { SweepReport } from "../sweep/sweep.ts";
import { say } from "./terminal.ts";

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;

/** The report with what the process has used so far. */
export function withUsage<R extends Pick<SweepReport, "timing">>(report: R): R {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  const usage = { peakBytes: maxRSS * 1024, processorMs: (userCPUTime + systemCPUTime) / 1000 };
  return { ...report, ...(report.timing && { timing: { ...report.timing, ...usage } }) };
}

interface SizeOptions {
  /** Where rows are stored; undefined where they are not. */
  out?: string | undefined;
  /** As a sweep has them. */
  samples?: number | undefined;
  reduce?: boolean;
  quiet?: boolean;
}

/** A program of this project with its modules, and each of its threads, when they do nothing. */
const atRest = { program: 0.1e9, thread: 0.02e9 };
/**
 * Dawn and a driver. One that computes on the CPU compiles there: kernels for many numbers, which loops do not go over, took it from 0.7 to 1.9 GB. Of so
 * many families it keeps what it has compiled.
 */
const ofDriver = { gpu: 0.2e9, software: 0.35e9, softwareUnrolled: 1.1e9, manyNumbers: 128, family: 0.05e9, families: maxPrograms };
/** Memory that is worth a line: so much, or this share of all. */
const worthALine = { bytes: 2e9, share: 0.25 };

/**
 * Refuses a sweep that memory can't hold, and says what would fit; tells how much memory a large one takes, and warns where the disk may not
 * hold its files. Before it begins. Throws SinkflowError("input").
 */
export async function checkSize(specification: Specification, opened: OpenedEngine, options: SizeOptions = {}): Promise<void> {
  const ensembles = specification.points.map(({ ensemble }) => ensemble);
  cutParts(ensembles); // refuses too many
  const { memory } = opened;
  const { out, quiet = false } = options;
  const estimate = estimateFor(ensembles, opened, options);
  const largestHeap = getHeapStatistics().heap_size_limit;
  if (estimate.heap > largestHeap)
    throw new FieldError(
      ["record"],
      `expected summaries and trajectories that fit JavaScript's ${gigabytes(largestHeap)} of memory, got about ${gigabytes(estimate.heap)}; ` +
        `fewer record.trajectories, recorded times or points take less, NODE_OPTIONS=--max-old-space-size=${Math.ceil((1.2 * estimate.heap) / 2 ** 20)} gives more`,
    );
  const peak = peakOf(estimate);
  if (peak > memory) throw tooLarge(ensembles, opened, options, peak);
  if (!quiet && peak > Math.min(worthALine.bytes, worthALine.share * memory))
    say(`this takes up to about ${gigabytes(peak)} of this machine's ${gigabytes(memory)} of memory`);
  if (out === undefined) return;
  const free = await freeBytes(resolve(out));
  if (free !== undefined && estimate.disk > free)
    say(`the results may take ${gigabytes(estimate.disk)}, and ${gigabytes(free)} are free in ${out}; --rows none stores statistics alone`);
}

/** About how many bytes of memory a sweep takes at its peak. */
export const estimatedPeak = ({ points }: Specification, opened: OpenedEngine, options: SizeOptions = {}): number =>
  peakOf(
    estimateFor(
      points.map(({ ensemble }) => ensemble),
      opened,
      options,
    ),
  );

type Whole = Estimate & { program: number; device: number };

const peakOf = ({ arrays, heap, states, program, device }: Whole): number => arrays + heap + states + program + device;

function estimateFor(ensembles: readonly Ensemble[], opened: OpenedEngine, { out, samples, reduce = true }: SizeOptions): Whole {
  const { engine, pool, memory, limits } = opened;
  const families = familiesOf(ensembles, (ensemble) => ensemble);
  const kept = limits && !limits.isGpu ? ofDriver.family * (Math.min(families.length, ofDriver.families) - 1) : 0;
  return {
    ...estimateOf(ensembles, {
      ...{ engine: engine.kind, threads: pool.size, memory, samples },
      counts: (ensemble) => out === undefined && isCounted(engine, ensemble),
    }),
    program: atRest.program + atRest.thread * pool.size,
    device: limits ? kept + Math.max(...families.map((family) => ofDevice(longestOf(family), limits, reduce))) : 0,
  };
}

/** Of a family, whose points differ in numbers alone, the point with the most runs. */
const longestOf = (family: readonly Ensemble[]) => family.reduce((a, b) => (b.runs > a.runs ? b : a));

/** Bytes in the memory of the program that a driver takes; where it computes on the CPU, buffers are there too, and what they are read into in any case. */
function ofDevice(ensemble: Ensemble, limits: NonNullable<OpenedEngine["limits"]>, reduce: boolean): number {
  const { batch, state, vectorWords, mapping } = layOut(ensemble, limits, { reduce });
  const runs = Math.min(batch, ensemble.runs);
  const rows = 4 * runs * (vectorWords + columnsOf(ensemble).length);
  if (limits.isGpu) return ofDriver.gpu + 2 * rows;
  const isUnrolled = ensemble.tokens * mapping.reduction.dim >= ofDriver.manyNumbers && !mapping.lanes.memory;
  return (isUnrolled ? ofDriver.softwareUnrolled : ofDriver.software) + 4 * runs * state.words + 3 * rows;
}

/** The error about a sweep that memory can't hold: with how many runs, or else of which dimension, or of how many points, it would. */
function tooLarge(ensembles: readonly Ensemble[], opened: OpenedEngine, options: SizeOptions, peak: number): FieldError {
  const peakWith = (ensemble: Ensemble) => peakOf(estimateFor([ensemble], opened, options));
  const peaks = ensembles.map(peakWith);
  const largest = ensembles[peaks.indexOf(Math.max(...peaks))] as Ensemble;
  const others = Math.max(0, peak - peakWith(largest));
  const most = (key: "runs" | "dim") => {
    const has = largest[key];
    let [low, high] = [0, has]; // what fits, and what does not
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (others + peakWith({ ...largest, [key]: middle }) <= opened.memory) low = middle;
      else high = middle;
    }
    return { fit: low, has };
  };
  const where = `that fit this machine's ${gigabytes(opened.memory)} of memory (got about ${gigabytes(peak)})`;
  for (const key of ["runs", "dim"] as const) {
    const { fit, has } = most(key);
    if (fit > 0) return new FieldError([key], `expected at most ${fit}, ${where}, got ${has}`);
  }
  const each = peakWith({ ...largest, runs: 1, dim: 1 });
  const atRest = peakWith({ ...largest, runs: 1, dim: 1, record: { ...largest.record, trajectories: 0 } });
  const fit = Math.floor((ensembles.length * (opened.memory - each)) / (peak - each));
  if (fit > 0) return new FieldError(["grid"], `expected at most ${fit} points, ${where}, got ${ensembles.length}`);
  return new FieldError(["tokens"], `expected results ${where}; one run takes ${gigabytes(atRest)}`);
}

/** Free bytes where a folder is or will be; undefined where that can't be told. */
async function freeBytes(folder: string): Promise<number | undefined> {
  const isThere = await stat(folder).then(
    () => true,
    () => false,
  );
  if (!isThere && dirname(folder) !== folder) return freeBytes(dirname(folder));
  return statfs(folder).then(
    ({ bavail, bsize, blocks }) => (blocks > 0 ? bavail * bsize : undefined),
    () => undefined,
  );
}
