import { pow, squared } from "../../model/mathematics.ts";
import type { Optimizer } from "../../model/optimizers.ts";
import { quotient, type ReferenceOptimizer } from "./optimizer.ts";

/**
 * Adam with bias correction (Kingma, Ba: arXiv 1412.6980, algorithm 1): m ← β₁m + (1 − β₁)G, v ← β₂v + (1 − β₂)G², and in step k
 * D = m/(1 − β₁ᵏ) over √(v/(1 − β₂ᵏ)) + ε.   Twin: shaders/optimizers/adam.wgsl
 */
export const adam: ReferenceOptimizer<Extract<Optimizer, { kind: "adam" }>> = {
  direction(gradient, memory, step, { beta1, beta2, epsilon }, out) {
    const [m, v] = memory as [Float64Array, Float64Array];
    const [first, second] = [1 - pow(beta1, step), 1 - pow(beta2, step)];
    for (let i = 0; i < m.length; i++) {
      const g = gradient[i] as number;
      m[i] = beta1 * (m[i] as number) + (1 - beta1) * g;
      v[i] = beta2 * (v[i] as number) + (1 - beta2) * squared(g);
      out[i] = quotient((m[i] as number) / first, Math.sqrt((v[i] as number) / second) + epsilon);
    }
  },
};
