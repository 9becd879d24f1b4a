import type { Optimizer } from "../../model/optimizers.ts";
import type { ReferenceOptimizer } from "./optimizer.ts";

/** Nesterov's momentum: m ← μm + G, D = G + μm, as torch.optim.SGD has it.   Twin: shaders/optimizers/nesterov.wgsl */
export const nesterov: ReferenceOptimizer<Extract<Optimizer, { kind: "nesterov" }>> = {
  direction(gradient, memory, _step, { momentum }, out) {
    const [m] = memory as [Float64Array];
    for (let i = 0; i < m.length; i++) {
      const g = gradient[i] as number;
      m[i] = momentum * (m[i] as number) + g;
      out[i] = g + momentum * (m[i] as number);
    }
  },
};
