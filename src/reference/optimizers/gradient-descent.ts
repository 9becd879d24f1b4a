import type { ReferenceOptimizer } from "./optimizer.ts";

/** D = G.   Twin: shaders/optimizers/gradient-descent.wgsl */
export const gradientDescent: ReferenceOptimizer = {
  direction: (gradient, _memory, _step, _chosen, out) => out.set(gradient),
};
