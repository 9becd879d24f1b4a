import { exp, log } from "../../model/mathematics.ts";
import { dot } from "../linear.ts";
import type { ReferenceLoss } from "./loss.ts";

/** log Σ e^(y_k) as `largest` + `logSum`, with `largest` the largest y_k. */
function logSumExp(y: Float64Array): { largest: number; logSum: number } {
  const largest = y.reduce((max, x) => Math.max(max, x), Number.NEGATIVE_INFINITY);
  return { largest, logSum: log(y.reduce((sum, x) => sum + exp(x - largest), 0)) };
}

/**
 * Cross-entropy L(y) = −Σ q_k log softmax(y)_k in nats, with gradient softmax(y) − q. The target q is a distribution: at
 * the minimum the loss is its entropy.   Twin: shaders/losses/cross-entropy.wgsl
 */
export const crossEntropy: ReferenceLoss = {
  value: (y, { target }) => {
    const { largest, logSum } = logSumExp(y);
    const below = y.map((x) => largest - x);
    return logSum + dot(target, below);
  },
  gradient: (y, { target }, out) => {
    const { largest, logSum } = logSumExp(y);
    for (let k = 0; k < y.length; k++) out[k] = exp((y[k] as number) - largest - logSum) - (target[k] as number);
  },
};
