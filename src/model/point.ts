import { type Integrator, isAdaptive } from "./integrators.ts";
import { type Loss, losses } from "./losses.ts";
import type { Model } from "./models.ts";
import type { Normalizer } from "./normalizers.ts";
import type { LogitStart, Target, ValueStart } from "./starts.ts";

/** Most runs of one ensemble: what of them is held in memory is bounded (statistics/summary.ts), time is not. */
export const mostRuns = 2 ** 24;
/** Most steps of a run: step numbers are 32-bit, and the last is kept for "never". */
export const mostSteps = 2 ** 32 - 2;
/** Most numbers of all trajectories of one ensemble: some 300 MB as JSON. */
export const mostRecorded = 2 ** 24;
/** Most times at which distributions are kept: a hundred megabytes of histograms. */
export const mostTimes = 1024;
/** Tokens of a run, and dimensions of a value, at most. */
export const maxTokens = 4096;
export const maxDim = 4096;
/** Most points of a grid. */
export const mostPoints = 10_000;

/** The specification of one ensemble: canonical, that is, every default filled in and every kind in its long form. */
export interface Point {
  name?: string;
  model: Model;
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
  /** `maxSteps` and `converge` with adaptive steps. */
  until: { steps: number } | (({ time: number } | { clock: number }) & { maxSteps?: number; converge?: boolean });
  polarizedAt: number;
  runs: number;
  seed: number;
  record: { trajectories: number; vectors: boolean } & ({ times: { from: number; to: number; count: number } } | { steps: number[] });
}

/**
 * Whether the flow is followed in the margin's own clock, τ = ∫ −ℓ′(m) dt with m = β·y: then V' = β pᵀ and a' = JᵀVᵀβ, which no
 * longer hold the loss. Wherever times are spoken of, they are τ then, and flow time is kept as `logTime`.
 */
export const hasClock = ({ until }: Point): boolean => "clock" in until;

/** The end of a run, in flow time, or by its clock. */
export const endOf = ({ until, integrator }: Point): number => {
  if ("steps" in until) return until.steps * (integrator as { step: number }).step;
  return "clock" in until ? until.clock : until.time;
};

/** What ends an adaptive run at a moment and for no other reason, in the point's own time. */
export const untilMoment = (point: Point, moment: number, maxSteps = 2 ** 31): Point["until"] => ({
  ...(hasClock(point) ? { clock: moment } : { time: moment }),
  maxSteps,
  converge: false,
});

/** Whether it is looked for convergence: not where a loss never comes to rest. */
export const canConverge = ({ until, loss, train }: Point): boolean =>
  "converge" in until && until.converge === true && (!losses[loss.kind].margin || train === "logits");

/** How many steps a run takes to its end where the step is fixed; undefined where it adapts. */
export function stepsOf(point: Point): number | undefined {
  const { until, integrator } = point;
  if (isAdaptive(integrator)) return undefined;
  return "steps" in until ? until.steps : Math.round(endOf(point) / integrator.step);
}

/** The flow times at which trajectories and distributions are recorded, ascending: a logarithmic grid, or the steps given. */
export function recordedTimes({ record, integrator }: Point): number[] {
  if ("steps" in record) return record.steps.map((step) => step * (integrator as { step: number }).step);
  const { from, to, count } = record.times;
  return Array.from({ length: count }, (_, i) => (i === count - 1 && i > 0 ? to : from * (to / from) ** (i / Math.max(1, count - 1))));
}

/** Whether distributions over time are kept: their histograms have room for so many times. */
export const isOverTime = (point: Point): boolean => recordedTimes(point).length <= mostTimes;

/** How many numbers a run's target has: `samples` for regression, else `dim`. */
export function targetLength({ loss, dim }: Point): number {
  return losses[loss.kind].target === "response" ? ((loss as { samples?: number }).samples as number) : dim;
}
