import type { CountedPairs } from "./counted.ts";
import type { AnyDefinition } from "./definitions.ts";
import type { Ensemble } from "./ensemble.ts";
import type { Reduction } from "./reductions.ts";
import type { Rows } from "./rows.ts";
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

/** Runs `first` … `first + count − 1` of an ensemble. */
export interface Segment {
  ensemble: Ensemble;
  first: number;
  count: number;
  /** So many runs, spread over the whole ensemble, are sampled for verification (`samplingOf`). */
  samples: number;
}

/** The segment of all runs of an ensemble. */
export const wholeOf = (ensemble: Ensemble, samples = 0): Segment => ({ ensemble, first: 0, count: ensemble.runs, samples });

/** Results of `count` runs of a segment, from number `first` of their ensemble on. The engine may reuse the arrays after `onBatch`. */
export interface RunBatch {
  /** Index of the segment. */
  segment: number;
  first: number;
  count: number;
  /** Each of length `count`. */
  rows: Rows;
  /** With `record.vectors`: `vectorNames`, [vector][token][run]. */
  vectors?: Float32Array | Float64Array;
}

/** What a segment has beside its rows. */
export interface SegmentResult {
  /** Of those of its runs that are recorded. */
  trajectories: Trajectory[];
  /** Of those of its runs that are sampled. */
  samples: Sample[];
  /** Histograms over its runs at the recorded times; undefined where these are too many. */
  tallies?: Tallies;
  /** What was counted of its runs, where `count` asks for it. */
  counted?: CountedPairs;
}

/** How segments were followed. */
export interface Followed {
  timing: Timing;
  /** The reduction in which runs were followed, if any, and its number of coordinates. */
  reduction?: Pick<Reduction, "kind" | "dim">;
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
  signal?: AbortSignal;
  /** Whether runs may be followed in fewer coordinates (reductions.ts), on engines that do; default true. */
  reduce?: boolean;
  /** Replaces the choice of a GPU engine for the ensemble; results are the same but for rounding. */
  lanes?: Lanes;
  /** Trials of a step in each dispatch, in place of a number found by measurement; results do not depend on it. */
  trials?: number;
  /**
   * Has the device count the columns of runs (counted.ts): in place of their rows, so that `onBatch` is not called, or beside them. Only
   * where there is room for it: see `countsRuns`.
   */
  count?: "instead" | "beside";
  /**
   * Called for every batch of runs of one segment, in the order of segments and runs, one call at a time. While calls of a batch of the device
   * are pending, the next one may be computed, but not the one after it.
   */
  onBatch?: (batch: RunBatch) => void | Promise<void>;
  /** Called for every segment when all its batches were handed over, in their order, one call at a time. */
  onSegment?: (segment: number, result: SegmentResult) => void | Promise<void>;
  /** Called, if at all, when nothing is left to be submitted to a device: while results are handed over, `follow` may be called for other segments. */
  onSubmitted?: () => void;
  /** Called from time to time with the share of the work that is done, 0 … 1. */
  onProgress?: (done: number) => void;
}

/** What the WGSL of a definition gave on random states (states.ts). */
export interface Evaluated {
  /** Lanes that a state was dealt over. */
  lanes: number;
  /** Of each state: the loss and its gradient, or the weights and the pullback. */
  numbers: Float32Array;
}

/** Follows flows: on a GPU, or by the float64 reference on the CPU. */
export interface Engine {
  readonly kind: "webgpu" | "cpu";
  readonly adapter: AdapterDescription | null;
  /** Throws SinkflowError("input") if one of the ensembles is too large for this engine, and says what would fit. Allocates nothing. */
  check(ensembles: readonly Ensemble[], options?: Pick<RunOptions, "reduce" | "lanes">): void;
  /** Of a GPU engine: the shaders for an ensemble, before loops are unrolled, and how many invocations share a run. */
  kernels?(ensemble: Ensemble, options?: Pick<RunOptions, "reduce" | "lanes">): { programs: string[]; lanesPerRun: number };
  /** Of a GPU engine: evaluates a definition. Throws SinkflowError("input") where its WGSL does not compile. */
  evaluate?(definition: AnyDefinition): Promise<Evaluated[]>;
  /**
   * Compiles what the family of an ensemble needs, which `follow` then finds done, or awaits. The promise of an engine in this process is fulfilled when
   * that is done, and rejected where `follow` would be.
   */
  prepare?(ensemble: Ensemble, options?: Pick<RunOptions, "reduce" | "lanes">): Promise<void>;
  /** Of a GPU engine: whether it can count the columns of runs, and that saves time. */
  countsRuns?(ensemble: Ensemble): boolean;
  /** Follows the runs of segments whose ensembles are of one family (`familyOf`). */
  follow(segments: readonly Segment[], options?: RunOptions): Promise<Followed>;
  close(): Promise<void>;
}
