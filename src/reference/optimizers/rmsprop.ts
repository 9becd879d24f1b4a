import { squared } from "../../model/mathematics.ts";
import type { Optimizer } from "../../model/optimizers.ts";
import { quotient, type ReferenceOptimizer } from "./optimizer.ts";

/** v ← αv + (1 − α)G², D = G/(√v + ε), as torch.optim.RMSprop has it.   Twin: shaders/optimizers/rmsprop.wgsl */
export const rmsprop: ReferenceOptimizer<Extract<Optimizer, { kind: "rmsprop" }>> = {
  direction(gradient, memory, _step, { decay, epsilon }, out) {
    const [v] = memory as [Float64Array];
    for (let i = 0; i < v.length; i++) {
      const g = gradient[i] as number;
      v[i] = decay * (v[i] as number) + (1 - decay) * squared(g);
      out[i] = quotient(g, Math.sqrt(v[i] as number) + epsilon);
    }
  },
};
