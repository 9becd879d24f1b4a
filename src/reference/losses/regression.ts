import type { LossData } from "../state.ts";
import type { ReferenceLoss } from "./loss.ts";

/** X y − b, one number for each sample. */
function residual(y: Float64Array, { target, design }: LossData): Float64Array {
  if (!design) throw new Error("regression needs a design");
  const d = y.length;
  return target.map((b, sample) => {
    let sum = -b;
    for (let k = 0; k < d; k++) sum += (design[sample * d + k] as number) * (y[k] as number);
    return sum;
  });
}

/**
 * Regression L(y) = ‖X y − b‖², without ½, with gradient 2 Xᵀ(X y − b), in which samples may count more or less often. X has a row of d numbers for each
 * sample; b, the response, is the target.   Twin: shaders/losses/regression.wgsl
 */
export const regression: ReferenceLoss = {
  value: (y, data) => residual(y, data).reduce((sum, r) => sum + r * r, 0),
  gradient: (y, data, out) => {
    const d = y.length;
    out.fill(0);
    residual(y, data).forEach((r, sample) => {
      const counted = 2 * r * (data.counts?.[sample] ?? 1);
      for (let k = 0; k < d; k++) out[k] = (out[k] as number) + counted * (data.design?.[sample * d + k] as number);
    });
  },
};
