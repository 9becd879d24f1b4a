import { squared } from "../../model/mathematics.ts";
import type { ReferenceLoss } from "./loss.ts";

/** Square loss L(y) = ½‖y − β‖², with gradient y − β.   y, β: length d.   Twin: shaders/losses/square.wgsl */
export const square: ReferenceLoss = {
  value: (y, { target: beta }) => {
    let sum = 0;
    for (let k = 0; k < y.length; k++) sum += squared((y[k] as number) - (beta[k] as number));
    return sum / 2;
  },
  gradient: (y, { target: beta }, out) => {
    for (let k = 0; k < y.length; k++) out[k] = (y[k] as number) - (beta[k] as number);
  },
};
