import type { Rows } from "../model/columns.ts";
import type { Ensemble } from "../model/ensemble.ts";
import type { Sample } from "../model/result.ts";
import type { Trajectory } from "../model/trajectory.ts";
import type { Numbers } from "../statistics/distribution.ts";
import type { Broken } from "./breakRun.ts";
import type { Comparison } from "./verify.ts";

/** Work for a thread, which keeps nothing between tasks. Arguments and results can be cloned. */
export type Task =
  | { kind: "simulate"; ensemble: Ensemble; first: number; count: number }
  | { kind: "compare"; ensemble: Ensemble; samples: Sample[] }
  | { kind: "break"; ensemble: Ensemble; first: number; count: number; parts: readonly number[] }
  | { kind: "rank"; numbers: Numbers; ranks: readonly number[] };

export interface TaskResults {
  /** `vectors` with `record.vectors`: [vector][token][run]. `observed`, what is tallied: [quantity][time][run], NaN where there is nothing to tally. */
  simulate: { rows: Rows; trajectories: Trajectory[]; vectors?: Float64Array; observed?: Float32Array };
  compare: Comparison[];
  break: (Broken | undefined)[];
  rank: number[];
}

/** Where tasks are performed: on threads, or on the caller's own. */
export interface Pool {
  /** How many tasks it performs at a time. */
  readonly size: number;
  /** @param moved buffers of the task that are transferred to the thread instead of copied; here they are empty afterwards */
  perform<T extends Task>(task: T, moved?: ArrayBuffer[]): Promise<TaskResults[T["kind"]]>;
  close(): Promise<void>;
}
