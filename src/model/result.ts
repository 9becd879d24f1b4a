import type { Row, Rows } from "./columns.ts";
import type { Ensemble } from "./ensemble.ts";
import type { Reduction } from "./reductions.ts";
import type { Tallies } from "./tallies.ts";
import type { Trajectory } from "./trajectory.ts";

/**
 * Milliseconds. `simulateMs` runs from the first submission of step work to the end of the last. `readMs` is what results take
 * to arrive, in part while the next batch of runs is drawn and followed.
 */
export interface Timing {
  compileMs: number;
  initialMs: number;
  simulateMs: number;
  readMs: number;
}

/** A run's start as an engine drew it, and how it ended there: what verification needs. */
export interface Sample {
  run: number;
  /** n */
  logits: Float64Array;
  /** d rows of n, row-major */
  values: Float64Array;
  /** as long as the loss has it: dim, or samples */
  target: Float64Array;
  /** n, at the end */
  weights: Float64Array;
  /** Its row of results. */
  row: Row;
}

/** Results of `count` runs from number `first` on, as soon as they are there; they are the engine's again afterwards. */
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
  /** In which reduction runs were followed, if in one, and in how many coordinates. */
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

/** How the invocations of a device share out the runs. */
export interface Lanes {
  /** Invocations a run: one; some of a subgroup; or a whole workgroup. A power of two. */
  readonly count: number;
  /** How many of these sum among themselves as neighbors in a subgroup; where it is less than all, the rest goes through a workgroup's memory. */
  readonly subgroupLanes: number;
  /** Whether values stay in the device's memory, on a workgroup; otherwise lanes hold them in registers. */
  readonly memory?: boolean;
}

export interface RunOptions {
  /** The first so many runs are sampled for verification. */
  samples?: number;
  signal?: AbortSignal;
  /** Whether runs may be followed in fewer coordinates (reductions.ts), on engines that do; default true. */
  reduce?: boolean;
  /** How invocations share out the runs, instead of what suits the ensemble, on engines that have any; results are the same but for rounding. */
  lanes?: Lanes;
  /** Trials of a step in each dispatch, instead of what measurement settles; results do not depend on it. */
  trials?: number;
  /** Whether the result holds the rows of all runs; default true. */
  keepRows?: boolean;
  /** Called for every batch of runs in their order, one at a time; the next batch but one waits for it. */
  onBatch?: (batch: RunBatch) => void | Promise<void>;
  /** Called now and then with the share of the ensemble's work that is done, 0 … 1. */
  onProgress?: (done: number) => void;
}

/** What follows the flows of an ensemble: a GPU, or the float64 reference on the CPU. */
export interface Engine {
  readonly kind: "webgpu" | "cpu";
  readonly adapter: AdapterDescription | null;
  /** Throws SinkflowError("input") if the ensemble is beyond this engine, with what would fit. Allocates nothing. */
  check(ensemble: Ensemble, options?: Pick<RunOptions, "reduce" | "lanes">): void;
  /** What it compiles for an ensemble, as a person wrote it, and on how many invocations a run goes; where it compiles anything. */
  kernels?(ensemble: Ensemble, options?: Pick<RunOptions, "reduce" | "lanes">): { programs: string[]; lanesPerRun: number };
  run(ensemble: Ensemble, options?: RunOptions): Promise<EnsembleResult>;
  close(): Promise<void>;
}
