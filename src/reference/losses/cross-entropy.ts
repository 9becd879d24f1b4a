import { exp, log } from "../../model/mathematics.ts";
import type { ReferenceLoss } from "./loss.ts";

/** The largest y_k. */
function largestOf(y: Float64Array): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < y.length; k++) largest = Math.max(largest, y[k] as number);
  return largest;
}

/** log Σ e^(y_k) less the largest y_k. */
function logSumExp(y: Float64Array, largest: number): number {
  let sum = 0;
  for (let k = 0; k < y.length; k++) sum += exp((y[k] as number) - largest);
  return log(sum);
}

/**
 * Cross-entropy L(y) = −Σ q_k log softmax(y)_k in nats, with gradient softmax(y) − q. The target q is a distribution: at
 * the minimum the loss is its entropy.   Twin: shaders/losses/cross-entropy.wgsl
 */
export const crossEntropy: ReferenceLoss = {
  value: (y, { target }) => {
    const largest = largestOf(y);
    let below = 0;
    for (let k = 0; k < y.length; k++) below += (target[k] as number) * (largest - (y[k] as number));
    return logSumExp(y, largest) + below;
  },
  gradient: (y, { target }, out) => {
    const largest = largestOf(y);
    const logSum = logSumExp(y, largest);
    for (let k = 0; k < y.length; k++) out[k] = exp((y[k] as number) - largest - logSum) - (target[k] as number);
  },
};
