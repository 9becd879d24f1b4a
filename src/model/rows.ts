/**
 * How a run ended. The codes are what the kernel writes; 0 means that the run goes on, and in a row that nothing was
 * written, which is a fault.
 *
 * `completed`: reached the end. `diverged`: finite, but the output or a logit grew beyond `divergedAt`. `non-finite`: NaN
 * or infinity. `stalled`: at a fixed step, one more would change nothing, bit for bit (float32 on a GPU, float64 on the
 * CPU); with adaptive steps, the error estimate asks for a step too short to move the clock. With adaptive steps also
 * `converged`: the state no longer moves, by the rule of `control.converged`; and `max-steps`: so many were taken.
 */
export const statuses = {
  completed: 1,
  converged: 2,
  "max-steps": 3,
  diverged: 4,
  "non-finite": 5,
  stalled: 6,
} as const;

export type Status = keyof typeof statuses;

/** Runs that diverged or went non-finite are counted as such and left out of everything else. */
export const isSound = (status: number): boolean => status !== statuses.diverged && status !== statuses["non-finite"];

/**
 * ‖y‖² + ‖a‖² beyond which a run counts as diverged. An Euler step under square loss at most cubes the norm: from 1e12 the
 * next state is below float32's 3.4e38, and is seen in between. Higher orders can leap from sound to non-finite in one
 * step, and do so earlier in float32 than in float64: the two engines count such runs differently.
 */
export const divergedAt = 1e24;

/**
 * The same in the margin's own clock, by which an output grows to τ‖β‖ without end: beyond what the longest clock, 10¹⁵, leaves a
 * unit target, and below float32's 3.4e38.
 */
export const divergedAtByClock = 1e34;

/** In an unsigned column: no such token, no such step. */
export const none = 0xffffffff;

/**
 * One row of results a run, kept as columns: what the kernel stores, in this order, and what statistics read.
 * `f32` columns hold NaN, and `u32` columns hold `none`, where there is nothing to tell.
 */
export const columns = {
  status: "u32",
  /** Accepted steps, and trials that the error estimate rejected. */
  steps: "u32",
  rejected: "u32",
  /** Flow time at the end of the run; by the margin's clock τ, as all times are with `until: {clock}`. */
  time: "f32",
  /** With `until: {clock}` the natural logarithm of the flow time at the end, which as itself would soon be beyond any number. */
  logTime: "f32",
  /** Token of the largest share at the end, the lowest on ties. */
  sink: "u32",
  /** 1 if the sink's weight is negative. */
  negative: "u32",
  sinkShare: "f32",
  /** 1 − sinkShare, summed from the other tokens. */
  shortfall: "f32",
  /** Entropy of the shares at the end, in nats. */
  entropy: "f32",
  loss: "f32",
  /** ‖∂L/∂V‖ and ‖∂L/∂a‖ at the end. */
  valuesGradientNorm: "f32",
  logitsGradientNorm: "f32",
  /** Norm of the sink's value, and its ratio to the median norm of a value. */
  sinkNorm: "f32",
  normRatio: "f32",
  /** Largest |V_ki|, largest |a_i|, and the largest logit less the second. */
  largestValue: "f32",
  largestLogit: "f32",
  logitGap: "f32",
  /** First flow time at which the largest share is at least `polarizedAt`; 0 if the start is. */
  polarizationTime: "f32",
  /** Flow time at which the leading token last changed; 0 if it never did. */
  lockInTime: "f32",
  initialEntropy: "f32",
  /** Leading token at the start by logit, by alignment −v_i·∇L, by its absolute value, by ‖v_i‖. */
  byLogit: "u32",
  byAlignment: "u32",
  byAbsAlignment: "u32",
  byValueNorm: "u32",
  /** Rank of the sink at the start by logit and by alignment, from 1. */
  rankByLogit: "u32",
  rankByAlignment: "u32",
} as const;

export type Column = keyof typeof columns;
export const columnNames = Object.keys(columns) as Column[];

/** What is kept of every run a number a token, in this order: at the start, and at the end. */
export const vectorNames = ["initialLogits", "initialAlignments", "weights", "logits", "alignments"] as const;
export type VectorName = (typeof vectorNames)[number];

/** The columns of an ensemble, each of length `runs`. */
export type Rows = Record<Column, Uint32Array | Float32Array | Float64Array>;
