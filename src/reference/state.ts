import { copyInto } from "./linear.ts";

/** The numbers of one run that the flow changes. */
export interface Flowing {
  /** The attention vector a, n numbers. */
  logits: Float64Array;
  /** The value matrix V, row-major: d rows of n numbers. */
  values: Float64Array;
}

/** What the output of a run is compared with, and what else does not change along the run. */
export interface LossData {
  /** β (d numbers), the distribution q (d) or the response b (one number a sample). */
  target: Float64Array;
  /** X of regression, row-major: a row of d numbers for each sample. All runs of an ensemble share it. */
  design?: Float64Array;
  /** How often each sample of regression counts in the gradient; once where it is absent. */
  counts?: Float64Array;
  /** The number of the run in its ensemble, by which noise is drawn, and what disturbs its end. */
  run?: number;
}

/** The state of one run. */
export interface State extends Flowing, LossData {}

/** A copy with arrays of its own. */
export const copyOf = ({ logits, values }: Flowing): Flowing => ({ logits: logits.slice(), values: values.slice() });

/** Overwrites the numbers of `to` with those of `from`. */
export function assign(to: Flowing, from: Flowing): void {
  copyInto(to.logits, from.logits);
  copyInto(to.values, from.values);
}
