import type { Rows } from "./columns.ts";
import type { Ensemble } from "./ensemble.ts";
import type { Reduction } from "./reductions.ts";
import type { Sample } from "./samples.ts";
import type { Tallies } from "./tallies.ts";
import type { Trajectory } from "./trajectory.ts";

/**
 * `simulateMs` runs from the first submission of steps to the end of the last. `readMs` is the time that results take
 * to arrive, in part while the next batch of runs is drawn and followed.
 */
export interface Timing {
  compileMs: number;
  initialMs: number;
  simulateMs: number;
  readMs: number;
}

/** Results of `count` runs from number `first` on. The engine may reuse the arrays after `onBatch`. */
export interface RunBatch {
  first: number;
  count: number;
  /** Each of length `count`. */
  rows: Rows;
  /** With `record.vectors`: `vectorNames`, [vector][token][run]. */
  vectors?: Float32Array | Float64Array;
}

export interface EnsembleResult {
  /** Empty without `keepRows`. */
  rows: Rows;
  timing: Timing;
  trajectories: Trajectory[];
  samples: Sample[];
  /** The reduction in which runs were followed, if any, and its number of coordinates. */
  reduction?: Pick<Reduction, "kind" | "dim">;
  /** Histograms at the recorded times; undefined where these are too many. */
  tallies?: Tallies;
}

export interface AdapterDescription {
  vendor: string;
  architecture: string;
  device: string;
  description: string;
}

/** How runs are dealt over the invocations of a device. */
export interface Lanes {
  /** Invocations that share a run: one; some of a subgroup; or a whole workgroup. A power of two. */
  readonly count: number;
  /** How many of these sum within a subgroup, as neighbors; where that is less than `count`, their sums are added through the memory of a workgroup. */
  readonly subgroupLanes: number;
  /** Whether a workgroup keeps values in the device's memory; otherwise lanes hold them in registers. */
  readonly memory?: boolean;
}

export interface RunOptions {
  /** So many runs, spread over the ensemble, are sampled for verification. */
  samples?: number;
  signal?: AbortSignal;
  /** Whether runs may be followed in fewer coordinates (reductions.ts), on engines that do; default true. */
  reduce?: boolean;
  /** Replaces the choice of a GPU engine for the ensemble; results are the same but for rounding. */
  lanes?: Lanes;
  /** Trials of a step in each dispatch, in place of a number found by measurement; results do not depend on it. */
  trials?: number;
  /** Whether the result holds the rows of all runs; default true. */
  keepRows?: boolean;
  /** Called for every batch of runs in their order, one call at a time. While a call is pending, the next batch may be computed, but not the one after it. */
  onBatch?: (batch: RunBatch) => void | Promise<void>;
  /** Called from time to time with the share of the work that is done, 0 … 1. */
  onProgress?: (done: number) => void;
}

/** Follows the flows of an ensemble: on a GPU, or by the float64 reference on the CPU. */
export interface Engine {
  readonly kind: "webgpu" | "cpu";
  readonly adapter: AdapterDescription | null;
  /** Throws SinkflowError("input") if the ensemble is too large for this engine, and says what would fit. Allocates nothing. */
  check(ensemble: Ensemble, options?: Pick<RunOptions, "reduce" | "lanes">): void;
  /** Of a GPU engine: the shaders for an ensemble, before loops are unrolled, and how many invocations share a run. */
  kernels?(ensemble: Ensemble, options?: Pick<RunOptions, "reduce" | "lanes">): { programs: string[]; lanesPerRun: number };
  run(ensemble: Ensemble, options?: RunOptions): Promise<EnsembleResult>;
  close(): Promise<void>;
}
