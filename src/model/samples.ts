import type { VectorName } from "./columns.ts";
import type { Row } from "./rows.ts";
import type { Trajectory } from "./trajectory.ts";

/** What an engine says of a run at some moment: a row of results, and its vectors, n numbers each. */
export interface Observation {
  row: Row;
  vectors: Record<VectorName, Float64Array>;
}

/** What verification needs of a run: its start as an engine drew it, and what the engine said of it on the way. */
export interface Sample {
  run: number;
  /** n */
  logits: Float64Array;
  /** d rows of n, row-major */
  values: Float64Array;
  /** dim, or samples for a response */
  target: Float64Array;
  /** Before the first step. */
  start: Observation;
  /** After the first steps. */
  early: Observation;
  /** With adaptive steps: the times at which the first steps ended, up to `early`. */
  ends?: number[];
  end: Observation;
  /** Where it is recorded. */
  trajectory?: Trajectory;
  /** Where distributions over time are kept, the word of the histograms in which the run was counted, plus 1, [time][quantity]; 0 where it was not. */
  tallied?: Uint32Array;
}

/** Which runs of an ensemble are sampled: every `every`-th, beginning with the first, and the last. */
export interface Sampling {
  /** How many. */
  count: number;
  every: number;
  /** Number of the last sampled run. */
  last: number;
}

/** Spreads samples evenly over an ensemble, the last run included; of one sample it is the first run. */
export function samplingOf(runs: number, wanted: number): Sampling {
  const count = Math.min(wanted, runs);
  if (count < 2) return { count, every: 1, last: 0 };
  return { count, every: Math.floor((runs - 1) / (count - 1)), last: runs - 1 };
}

/** The number of a sampled run. */
export const sampledRun = ({ count, every, last }: Sampling, sample: number): number => (sample === count - 1 ? last : sample * every);

/** The samples among the runs from `first` up to `end`, which is not included: from number `from` up to `to`, which is not included. */
export function samplesBetween(sampling: Sampling, first: number, end: number): { from: number; to: number } {
  const below = (run: number) => {
    const { count, every, last } = sampling;
    return run > last ? count : Math.min(Math.ceil(run / every), count - 1);
  };
  return { from: Math.max(0, below(first)), to: Math.max(0, below(end)) };
}
