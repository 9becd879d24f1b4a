import { SinkflowError } from "../model/errors.ts";
import { isAdaptive, tableauOf } from "../model/integrators.ts";
import { isOverTime, type Point, recordedTimes, targetLength } from "../model/point.ts";
import { columnNames, vectorNames } from "../model/rows.ts";
import { talliedNames, tallyWords } from "../model/tallies.ts";

/**
 * Most numbers in a value matrix, tokens × dim, that one invocation holds unrolled in registers, and most of stages × tokens ×
 * dim: the size of its program, which grows with both, and its compilation faster still. (A program of 755 kB, tsit5
 * at 16 × 16, took a software driver 15 s.)
 */
const mostValues = 400;
const mostUnrolled = 2048;
/** Most runs in a batch: enough to fill a large GPU, and tens of megabytes of state. */
const mostBatch = 2 ** 17;
/** Words of a `Course`, shaders/course.wgsl. */
export const courseWords = 12;
/** Words of a trajectory's entry, shaders/observables/record.wgsl: steps, then the state, and then what is made of it. */
export const recordWords = ({ tokens: n, dim: d }: Point): number => 1 + Math.max(n + n * d, 4 * n + 3);

export interface Limits {
  maxStorageBufferBindingSize: number;
  maxBufferSize: number;
}

/** Least rtol on a device: below it float32 gains nothing, and error estimates are its rounding (docs/accuracy.md). */
const leastRtol = 1e-6;

/** How an ensemble lies in a device's buffers: sizes in 32-bit words, everything [component][run]. */
export interface Layout {
  /** Runs in a batch, which are simulated together; the last batch may hold fewer. */
  batch: number;
  /** logits, values, target; these are what a sample needs */
  stateWords: number;
  /** Besides, the slope, and the state kept for convergence. */
  parkedWords: number;
  /** Of every run, a number a token each: `vectorNames`. */
  vectorWords: number;
  times: number[];
  /** Words of the histograms at these times; 0 where there are none. */
  tallyWords: number;
}

/** Throws SinkflowError("input") with the number that would fit if the device can't hold the ensemble. */
export function layOut(point: Point, limits: Limits): Layout {
  const { tokens: n, dim: d } = point;
  const most = Math.min(mostValues, Math.floor(mostUnrolled / tableauOf(point.integrator).stages.length));
  if (n * d > most)
    throw new SinkflowError(
      "input",
      `tokens, dim: expected at most ${most} values (tokens × dim) with ${point.integrator.kind} on the WebGPU engine, got ${n} × ${d}; ${Math.floor(most / n) > 0 ? `dim ${Math.floor(most / n)} would fit, and ` : ""}--engine cpu takes it as it is`,
    );
  if (isAdaptive(point.integrator) && point.integrator.rtol < leastRtol)
    throw new SinkflowError(
      "input",
      `integrator.rtol: expected at least ${leastRtol.toExponential()} on the WebGPU engine, in float32, got ${point.integrator.rtol}; --engine cpu takes it as it is`,
    );
  const words = Math.floor(Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize) / 4);
  const stateWords = n + n * d + targetLength(point);
  const vectorWords = vectorNames.length * n;
  const parkedWords = stateWords + 2 * (n + d) + n + n * d;
  const times = recordedTimes(point);
  const histograms = isOverTime(point) ? talliedNames.length * times.length * tallyWords : 0;
  if (histograms > words / 2)
    throw new SinkflowError(
      "input",
      `record.times: expected at most ${Math.floor(words / 2 / talliedNames.length / tallyWords)} times on this device, got ${times.length}`,
    );
  const batch = Math.min(point.runs, mostBatch, Math.floor(words / Math.max(parkedWords, vectorWords, columnNames.length)), words / 4 - 2);
  const { trajectories } = point.record;
  if (trajectories > 0) {
    const fit = Math.min(batch, Math.floor(words / (recordWords(point) * times.length)));
    if (trajectories > fit)
      throw new SinkflowError(
        "input",
        `record.trajectories: expected at most ${fit} on this device at ${times.length} recorded times, got ${trajectories}`,
      );
  }
  return { batch, stateWords, parkedWords, vectorWords, times, tallyWords: histograms };
}
