import { type Integrator, isAdaptive } from "./integrators.ts";
import { type Loss, lossRow } from "./losses.ts";
import { pow } from "./mathematics.ts";
import type { Model } from "./models.ts";
import type { Noise } from "./noise.ts";
import type { Normalizer } from "./normalizers.ts";
import { type Optimizer, optimizerRow } from "./optimizers.ts";
import { rateAt, timeAt } from "./schedules.ts";
import type { LogitStart, Target, ValueStart } from "./starts.ts";

/**
 * Runs of one ensemble. Run numbers are int32 in tables, and sums of statistics/exactSum.ts are exact up to so many. The memory that
 * runs take is bounded by statistics/summary.ts, their time is not.
 */
export const maxRuns = 2 ** 31 - 1;
/** Steps of a run. Step numbers have 32 bits, and the largest one means "never". */
export const maxStepCount = 2 ** 32 - 2;
/** Numbers in all trajectories of one ensemble: some 300 MB as JSON. */
export const maxRecorded = 2 ** 24;
/** Times at which distributions are kept: their histograms take a hundred megabytes. */
export const maxTimes = 1024;
export const maxTokens = 4096;
export const maxDim = 4096;
/** Columns of one's own. */
export const maxOwnColumns = 32;
/** Points of a grid. */
export const maxPoints = 10_000;

/** Columns of results that are there only where they are asked for. */
export interface AskedFor {
  fragility: boolean;
  tippingTime: boolean;
  /** The loss of `timeToLoss`. */
  lossAt?: number;
  /** Names of columns of one's own. */
  columns?: string[];
}

/** The canonical specification of one ensemble: every default is filled in, every kind has its long form. */
export interface Ensemble {
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
  /** How the flow is integrated. Absent where an optimizer trains step by step. */
  integrator?: Integrator;
  optimizer?: Optimizer;
  /** λ of values and of logits: ½λ‖·‖² of each is added to what is minimized. */
  decay: { values: number; logits: number };
  /** Only where steps are fixed. */
  noise?: Noise;
  /** Only with adaptive steps there are `maxSteps` and `converge`. */
  until: { steps: number } | (({ time: number } | { clock: number }) & { maxSteps?: number; converge?: boolean });
  polarizedAt: number;
  runs: number;
  seed: number;
  record: { trajectories: number; vectors: boolean } & AskedFor &
    ({ times: { from: number; to: number; count: number } } | { steps: number[] });
}

/** Whether softmax has another temperature than 1, by which kernels then multiply. */
export const isTempered = ({ normalizer }: Ensemble): boolean => normalizer.kind === "softmax" && normalizer.temperature !== 1;

/**
 * Whether the flow is followed in the margin's own clock, τ = ∫ −ℓ′(m) dt with m = β·y: V' = β pᵀ and a' = JᵀVᵀβ, without the
 * loss. Then every time of the ensemble is τ, and `logTime` holds the logarithm of flow time.
 */
export const hasClock = ({ until }: Ensemble): boolean => "clock" in until;

/**
 * Whether Vᵀg enters the slopes less its entry at the largest weight, where weights are shares and Jᵀ takes a constant to 0. Where that weight is near 1
 * the slopes of the logits are a small difference. It counts in the margin's own clock, where an optimizer takes as long a step from a small slope as
 * from a large one, and where logits alone are trained, so that the loss stays and 1 − p falls on and on.
 */
export const isCentered = (ensemble: Ensemble): boolean =>
  hasClock(ensemble) || ensemble.train === "logits" || (ensemble.optimizer !== undefined && optimizerRow(ensemble.optimizer).scaleFree);

/** Whether the mode that grows near equal weights is known: with softmax and a loss that falls with the margin. */
export const hasMode = ({ model, normalizer, loss }: Ensemble): boolean =>
  model === "value-softmax" && normalizer.kind === "softmax" && lossRow(loss).falls === true;

/** The share beyond which a run has tipped: twice uniform. Of two tokens none gets there: 1 is not exceeded, and rounding must not exceed it. */
export const tippingShare = ({ tokens }: Ensemble): number => (tokens > 2 ? 2 / tokens : 2);

/** What takes the steps of an ensemble. */
type Stepping = { [K in "integrator" | "optimizer"]?: Ensemble[K] | undefined };

/** The length of step number k, counted from 0, where steps are fixed: the step of the integrator, or the learning rate. */
export const stepLength = ({ integrator, optimizer }: Stepping, k: number): number =>
  optimizer ? rateAt(optimizer.learningRate, k) : (integrator as { step: number }).step;

/** Flow time after k steps, where steps are fixed; with an optimizer the sum of its learning rates. */
export const timeAfter = ({ integrator, optimizer }: Stepping, k: number): number =>
  optimizer ? timeAt(optimizer.learningRate, k) : k * (integrator as { step: number }).step;

export const hasDecay = ({ decay }: Ensemble): boolean => decay.values > 0 || decay.logits > 0;

/** Whether weight decay moves values. */
export const decaysValues = ({ decay, train }: Ensemble): boolean => decay.values > 0 && train !== "logits";
/** The kind of noise that there is; undefined where there is none. */
export const noiseKind = ({ noise }: Ensemble): Noise["kind"] | undefined =>
  noise && (noise.kind === "batch" || noise.scale > 0) ? noise.kind : undefined;

/** The end of a run: a flow time, or τ with `until.clock`. */
export const endOf = ({ until, ...stepping }: Pick<Ensemble, "until"> & Stepping): number => {
  if ("steps" in until) return timeAfter(stepping, until.steps);
  return "clock" in until ? until.clock : until.time;
};

/** An `until` that ends an adaptive run at a time and for no other reason. `moment` is a flow time, or τ with `until.clock`. */
export const untilMoment = (ensemble: Ensemble, moment: number, maxSteps = 2 ** 31): Ensemble["until"] => ({
  ...(hasClock(ensemble) ? { clock: moment } : { time: moment }),
  maxSteps,
  converge: false,
});

/** Whether runs are tested for convergence. A loss that falls with the margin never comes to rest while values are trained without decay. */
export const canConverge = ({ until, loss, train, decay }: Ensemble): boolean =>
  "converge" in until && until.converge === true && (!lossRow(loss).falls || train === "logits" || decay.values > 0);

/** The number of steps to the end of a run with a fixed step; undefined with adaptive steps. */
export function stepsOf(ensemble: Ensemble): number | undefined {
  const { until, integrator } = ensemble;
  if (isAdaptive(integrator)) return undefined;
  return "steps" in until ? until.steps : Math.round(endOf(ensemble) / stepLength(ensemble, 0));
}

/** The times at which trajectories and distributions are recorded, ascending: a logarithmic grid, or the times of the given steps. */
export function recordedTimes({ record, ...stepping }: Ensemble): number[] {
  if ("steps" in record) return record.steps.map((step) => timeAfter(stepping, step));
  const { from, to, count } = record.times;
  return Array.from({ length: count }, (_, i) => (i === count - 1 && i > 0 ? to : from * pow(to / from, i / Math.max(1, count - 1))));
}

/** How many times `recordedTimes` has. */
export const recordedCount = ({ record }: Ensemble): number => ("steps" in record ? record.steps.length : record.times.count);

/** Whether distributions over time are kept. */
export const isOverTime = (ensemble: Ensemble): boolean => recordedCount(ensemble) <= maxTimes;

/** The length of a run's target: `samples` for a response, otherwise `dim`. */
export function targetLength({ loss, dim }: Ensemble): number {
  return lossRow(loss).target === "response" ? ((loss as { samples?: number }).samples as number) : dim;
}
