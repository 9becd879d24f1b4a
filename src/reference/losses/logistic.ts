import { exp } from "../../model/mathematics.ts";
import { dot, softplus } from "../linear.ts";
import type { MarginLoss } from "./loss.ts";

/**
 * Logistic loss L(y) = log(1 + e^(−m)) of the margin m = β·y, in nats.
 *
 * Its gradient −β/(1 + e^m) never vanishes, so ‖V‖ grows without bound: such runs end at `until`, not at a
 * minimum.   y, β: length d.   Twin: shaders/losses/logistic.wgsl
 */
export const logistic: MarginLoss = {
  value: (y, { target: beta }) => softplus(-dot(beta, y)),
  gradient: (y, { target: beta }, out) => {
    const slope = -1 / (1 + exp(dot(beta, y)));
    for (let k = 0; k < y.length; k++) out[k] = slope * (beta[k] as number);
  },
  // −ℓ′(m) = 1/(1 + e^m)
  logRate: (m) => -softplus(m),
};
