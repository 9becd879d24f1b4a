import type { Optimizer } from "../../model/optimizers.ts";
import type { ReferenceOptimizer } from "./optimizer.ts";

/** Lion (Chen et al.: arXiv 2302.06675, algorithm 2): D = sign(β₁m + (1 − β₁)G), then m ← β₂m + (1 − β₂)G.   Twin: shaders/optimizers/lion.wgsl */
export const lion: ReferenceOptimizer<Extract<Optimizer, { kind: "lion" }>> = {
  signed(gradient, memory, { beta1 }, out) {
    const [m] = memory as [Float64Array];
    for (let i = 0; i < m.length; i++) out[i] = beta1 * (m[i] as number) + (1 - beta1) * (gradient[i] as number);
  },
  direction(gradient, memory, _step, { beta1, beta2 }, out) {
    const [m] = memory as [Float64Array];
    for (let i = 0; i < m.length; i++) {
      const g = gradient[i] as number;
      out[i] = Math.sign(beta1 * (m[i] as number) + (1 - beta1) * g);
      m[i] = beta2 * (m[i] as number) + (1 - beta2) * g;
    }
  },
};
