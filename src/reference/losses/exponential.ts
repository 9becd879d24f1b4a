import { exp } from "../../model/mathematics.ts";
import { dot } from "../linear.ts";
import type { MarginLoss } from "./loss.ts";

/** Exponential loss L(y) = e^(−m) of the margin m = β·y, with gradient −e^(−m) β.   Twin: shaders/losses/exponential.wgsl */
export const exponential: MarginLoss = {
  value: (y, { target }) => exp(-dot(target, y)),
  gradient: (y, { target }, out) => {
    const slope = -exp(-dot(target, y));
    for (let k = 0; k < y.length; k++) out[k] = slope * (target[k] as number);
  },
  // −ℓ′(m) = e^(−m)
  logRate: (m) => -m,
};
