import { squared } from "../../model/mathematics.ts";
import type { LossData } from "../state.ts";
import type { ReferenceLoss } from "./loss.ts";

/** X of the samples, row-major. */
function designOf({ design }: LossData): Float64Array {
  if (!design) throw new Error("regression needs a design");
  return design;
}

/** (X y − b) of one sample, whose row of X begins at `row`. */
function residual(y: Float64Array, design: Float64Array, row: number, b: number): number {
  let sum = -b;
  for (let k = 0; k < y.length; k++) sum += (design[row + k] as number) * (y[k] as number);
  return sum;
}

/**
 * Regression L(y) = ‖X y − b‖², without ½, with gradient 2 Xᵀ(X y − b), in which samples may count more or less often. X has a row of d numbers for each
 * sample; b, the response, is the target.   Twin: shaders/losses/regression.wgsl
 */
export const regression: ReferenceLoss = {
  value: (y, data) => {
    const design = designOf(data);
    const { target } = data;
    let sum = 0;
    for (let sample = 0; sample < target.length; sample++) sum += squared(residual(y, design, sample * y.length, target[sample] as number));
    return sum;
  },
  gradient: (y, data, out) => {
    const design = designOf(data);
    const { target, counts } = data;
    out.fill(0);
    for (let sample = 0; sample < target.length; sample++) {
      const row = sample * y.length;
      const counted = 2 * residual(y, design, row, target[sample] as number) * (counts ? (counts[sample] as number) : 1);
      for (let k = 0; k < y.length; k++) out[k] = (out[k] as number) + counted * (design[row + k] as number);
    }
  },
};
