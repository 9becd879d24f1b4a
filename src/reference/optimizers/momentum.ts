import type { Optimizer } from "../../model/optimizers.ts";
import type { ReferenceOptimizer } from "./optimizer.ts";

/** Heavy-ball momentum: m ← μm + G, D = m, as torch.optim.SGD has it.   Twin: shaders/optimizers/momentum.wgsl */
export const momentum: ReferenceOptimizer<Extract<Optimizer, { kind: "momentum" }>> = {
  direction(gradient, memory, _step, { momentum }, out) {
    const [m] = memory as [Float64Array];
    for (let i = 0; i < m.length; i++) out[i] = m[i] = momentum * (m[i] as number) + (gradient[i] as number);
  },
};
