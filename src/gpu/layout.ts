import { SinkflowError } from "../model/errors.ts";
import { type Point, recordedSteps, targetLength } from "../model/point.ts";
import { columnNames, vectorNames } from "../model/rows.ts";

/** Most numbers in a value matrix, tokens × dim, that one invocation holds unrolled in registers. */
export const mostValues = 1024;
/** Most runs in a batch: enough to fill a large GPU, and tens of megabytes of state. */
const mostBatch = 2 ** 17;
/** Words of a `Watch`, shaders/observables/watch.wgsl. */
export const watchWords = 5;

export interface Limits {
  maxStorageBufferBindingSize: number;
  maxBufferSize: number;
}

/** How an ensemble lies in a device's buffers: sizes in 32-bit words, everything [component][run]. */
export interface Layout {
  /** Runs in a batch, which are simulated together; the last batch may hold fewer. */
  batch: number;
  /** logits, values, target */
  stateWords: number;
  /** Of every run, a number a token each: `vectorNames`. */
  vectorWords: number;
  /** One entry of a trajectory: logits, weights, alignments and value norms, loss, two gradient norms. */
  recordWords: number;
  recordedSteps: number[];
}

/** Throws SinkflowError("input") with the number that would fit if the device can't hold the ensemble. */
export function layOut(point: Point, limits: Limits): Layout {
  const { tokens: n, dim: d } = point;
  if (n * d > mostValues)
    throw new SinkflowError(
      "input",
      `tokens, dim: expected at most ${mostValues} values (tokens × dim) on the WebGPU engine, got ${n} × ${d}; dim ${Math.floor(mostValues / n)} would fit, and --engine cpu takes it as it is`,
    );
  const words = Math.floor(Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize) / 4);
  const stateWords = n + n * d + targetLength(point);
  const vectorWords = vectorNames.length * n;
  const recordWords = 4 * n + 3;
  const steps = recordedSteps(point);
  const batch = Math.min(point.runs, mostBatch, Math.floor(words / Math.max(stateWords, vectorWords, columnNames.length)));
  const { trajectories } = point.record;
  if (trajectories > 0) {
    const fit = Math.min(batch, Math.floor(words / (recordWords * steps.length)));
    if (trajectories > fit)
      throw new SinkflowError(
        "input",
        `record.trajectories: expected at most ${fit} on this device at ${steps.length} recorded steps, got ${trajectories}`,
      );
  }
  return { batch, stateWords, vectorWords, recordWords, recordedSteps: steps };
}
