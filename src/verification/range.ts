import { normalizerRow } from "../model/normalizers.ts";
import type { Evaluation } from "../reference/field.ts";
import { largestOf } from "../reference/observables.ts";

/** The range of float32: its largest number, and its least normal one; a device may take what is below for 0. */
export const largestFloat = 3.4028234663852886e38;
export const leastFloat = 2 ** -126;

/** Near its largest number float32 overflows in sums that are smaller in the end. */
const isAbove = (x: number) => Math.abs(x) > largestFloat / 64;
const isBelow = (x: number) => x !== 0 && Math.abs(x) < leastFloat;

/**
 * Whether float32 can't hold what the flow hangs on: a logit, an entry of the output, the gradient or its pullback, or the loss is above
 * its largest number, or every weight, or what the normalizer divides by, is below its least normal one (or that above).
 */
export function leavesRange({ field, logits, weights, output, gradient, pull }: Evaluation): boolean {
  const divisor = normalizerRow(field.ensemble.normalizer).denominator?.(logits) ?? 1;
  return (
    isAbove(largestOf(logits)) ||
    isAbove(largestOf(output)) ||
    isAbove(largestOf(gradient)) ||
    isAbove(largestOf(pull)) ||
    isBelow(largestOf(weights)) ||
    isBelow(divisor) ||
    isAbove(divisor) ||
    isAbove(field.lossOf(output))
  );
}

/** Whether a number that is reported is beyond the range of float32: for a norm, whose squares are summed, that of its square. */
export function isBeyondRange(x: number, isNorm: boolean): boolean {
  const y = isNorm ? x * x : x;
  return isAbove(y) || isBelow(y);
}
