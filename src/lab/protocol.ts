import type { Fragility } from "../ensemble/fragility.ts";
import type { EnsembleReport } from "../ensemble/run.ts";
import type { Failure } from "../model/errors.ts";
import type { Point } from "../model/point.ts";
import type { AdapterDescription } from "../model/result.ts";
import type { Settling } from "../statistics/settling.ts";

/** What computes, as it was opened. */
export interface Opened {
  kind: "webgpu" | "cpu";
  adapter: AdapterDescription | null;
  /** Threads of the float64 reference. */
  threads: number;
}

/** The first runs at every recorded time: [run][time][token]. */
export interface Sampled {
  runs: number;
  tokens: number;
  times: number[];
  /** |p_i|/Σ|p|; 0 where there are none. */
  shares: Float32Array;
  /** −v_i·∇L */
  alignments: Float32Array;
}

/** What became of an ensemble. */
export interface Outcome {
  engine: Opened["kind"];
  point: Point;
  report: Omit<EnsembleReport, "trajectories">;
  settling: Settling;
  sampled: Sampled;
  elapsedMs: number;
}

/** Work for the thread that computes. `engine: "cpu"` asks for the float64 engine, else it is the best there is. */
export type Request =
  | { kind: "open" }
  | { kind: "run"; point: Point; engine?: "cpu" }
  | { kind: "verify"; point: Point; runs: number }
  | { kind: "break"; point: Point; runs: number; parts: readonly number[] }
  | { kind: "table"; points: Point[]; specification: Record<string, unknown>; engine?: "cpu" };

export interface Results {
  open: Opened;
  run: Outcome;
  verify: EnsembleReport["verification"];
  break: Fragility;
  /** runs.parquet */
  table: Uint8Array<ArrayBuffer>;
}

export type Message = { id: number; request: Request } | { id: number; cancel: true };

export type Answer =
  | { id: number; result: Results[Request["kind"]] }
  | { id: number; progress: number }
  /** The device was lost; all is done again on a new one. */
  | { id: number; lost: true }
  | { id: number; failure: Failure | "internal"; message: string };
