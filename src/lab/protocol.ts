import type { Fragility } from "../ensemble/fragility.ts";
import type { Ensemble } from "../model/ensemble.ts";
import type { Failure } from "../model/errors.ts";
import type { AdapterDescription } from "../model/result.ts";
import type { Lead } from "../report/claims.ts";
import type { Settling } from "../statistics/settling.ts";
import type { EnsembleReport } from "../sweep/fold.ts";
import type { Sampled } from "./sampled.ts";

/** The engine that the tab has. */
export interface Opened {
  kind: "webgpu" | "cpu";
  adapter: AdapterDescription | null;
  /** Threads of the float64 reference. */
  threads: number;
}

/** What the page shows of one ensemble. */
export interface LabResult {
  engine: Opened["kind"];
  ensemble: Ensemble;
  report: Omit<EnsembleReport, "trajectories">;
  settling: Settling;
  /** What the lead of token 0 at the start is worth. */
  lead: Lead;
  sampled: Sampled;
}

/** Work for the thread that computes, on the tab's engine. `engine: "cpu"` asks for the float64 engine instead. */
export type Request =
  | { kind: "open" }
  | { kind: "run"; ensemble: Ensemble; engine?: "cpu" }
  | { kind: "verify"; ensemble: Ensemble; runs: number }
  | { kind: "break"; ensemble: Ensemble; runs: number; parts: readonly number[] }
  | { kind: "table"; ensembles: Ensemble[]; specification: Record<string, unknown> };

/** The result of each kind of request. */
export interface Results {
  open: Opened;
  run: LabResult;
  verify: EnsembleReport["verification"];
  break: Fragility;
  /** runs.parquet */
  table: Uint8Array<ArrayBuffer>;
}

/** What comes with a request: a signal that aborts the work, and functions that are called while it is done. */
export interface Listeners {
  signal: AbortSignal;
  /** The part of the work that is done, 0 to 1. */
  progress: (done: number) => void;
  /** The device was lost; the work begins again on a new device. */
  lost: () => void;
}

export type Message = { id: number; request: Request } | { id: number; cancel: true };

export type Answer =
  | { id: number; result: Results[Request["kind"]] }
  | { id: number; progress: number }
  | { id: number; lost: true }
  | { id: number; failure: Failure | "internal"; message: string };
