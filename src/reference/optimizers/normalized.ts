import { dot } from "../linear.ts";
import { quotient, type ReferenceOptimizer } from "./optimizer.ts";

/** D = G/‖G‖, the norm over all that is trained: each step has the length η.   Twin: shaders/optimizers/normalized.wgsl */
export const normalized: ReferenceOptimizer = {
  direction(gradient, _memory, _step, _chosen, out) {
    const norm = Math.sqrt(dot(gradient, gradient));
    for (let i = 0; i < out.length; i++) out[i] = quotient(gradient[i] as number, norm);
  },
};
