import type { ReferenceOptimizer } from "./optimizer.ts";

/** D = sign(G) of each number; 0 where G is 0.   Twin: shaders/optimizers/sign.wgsl */
export const sign: ReferenceOptimizer = {
  signed: (gradient, _memory, _chosen, out) => out.set(gradient),
  direction(gradient, _memory, _step, _chosen, out) {
    for (let i = 0; i < out.length; i++) out[i] = Math.sign(gradient[i] as number);
  },
};
