import type { Integrator } from "./integrators.ts";
import { type Loss, losses } from "./losses.ts";
import type { Normalizer } from "./normalizers.ts";
import type { LogitStart, Target, ValueStart } from "./starts.ts";

/** Most runs of one ensemble: its rows of results are held in memory, 60 bytes a run from a device and 120 from the CPU engine. */
export const mostRuns = 2 ** 24;
/** Most steps of a run: step numbers are 32-bit, and the last is kept for "never". */
export const mostSteps = 2 ** 32 - 2;
/** Most numbers of all trajectories of one ensemble: some 300 MB as JSON. */
export const mostRecorded = 2 ** 24;
/** Most points of a grid. */
export const mostPoints = 10_000;

/** The specification of one ensemble: canonical, that is, every default filled in and every kind in its long form. */
export interface Point {
  name?: string;
  model: "value-softmax";
  /** n */
  tokens: number;
  /** d */
  dim: number;
  normalizer: Normalizer;
  loss: Loss;
  target: Target;
  values: ValueStart;
  logits: LogitStart;
  headStart?: { token: number; by: number };
  train: "both" | "values" | "logits";
  integrator: Integrator;
  until: { steps: number } | { time: number };
  polarizedAt: number;
  runs: number;
  seed: number;
  record: { trajectories: number; vectors: boolean; steps?: number[]; times?: { from?: number; to?: number; count?: number } };
}

/** How many steps a run takes to its end. */
export function stepsOf(point: Point): number {
  return "steps" in point.until ? point.until.steps : Math.round(point.until.time / point.integrator.step);
}

/** Flow time after so many steps. */
export const timeOf = (point: Point, steps: number): number => steps * point.integrator.step;

/** The steps after which trajectories are recorded: as given, nearest to the grid of times, or the start and up to 64 steps spread evenly in log. */
export function recordedSteps(point: Point): number[] {
  if (point.record.trajectories === 0) return [];
  const { steps: given, times } = point.record;
  if (given) return given;
  const last = stepsOf(point);
  if (times) {
    const { from, to, count } = { from: timeOf(point, 1), to: timeOf(point, last), count: 64, ...times };
    const grid = Array.from({ length: count }, (_, i) => from * (to / from) ** (count === 1 ? 0 : i / (count - 1)));
    return [...new Set(grid.map((time) => Math.min(last, Math.round(time / point.integrator.step))))];
  }
  const steps = Array.from({ length: 64 }, (_, i) => Math.round(last ** (i / 63)));
  return [...new Set([0, ...steps])];
}

/** How many numbers a run's target has: `samples` for regression, else `dim`. */
export function targetLength({ loss, dim }: Point): number {
  return losses[loss.kind].target === "response" ? ((loss as { samples?: number }).samples as number) : dim;
}
