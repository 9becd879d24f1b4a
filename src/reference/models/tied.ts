import { pullOf } from "../linear.ts";
import type { ReferenceModel } from "./model.ts";

/**
 * z = U a, y = U p with one matrix U, n by n: ∂L/∂a = Uᵀq and ∂L/∂U = g pᵀ + q aᵀ, with g = ∇L(y) and q = J(z)ᵀUᵀg.
 * Twin: shaders/models/tied.wgsl
 */
export const tied: ReferenceModel = {
  logits: ({ logits: a, values: u }, z) => {
    const n = a.length;
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let j = 0; j < n; j++) sum += (u[i * n + j] as number) * (a[j] as number);
      z[i] = sum;
    }
  },
  pullback: ({ values: u }, q, out) => pullOf(u, q, out),
  terms: ({ logits: a }, q) => [{ left: q, right: a }],
  // |δz_i| ≤ Σ_j |U_ij| |δa_j| + |δU_ij| |a_j|.
  moves: ({ logits: a, values: u }, logit, value) => {
    const n = a.length;
    return a.map((_, i) =>
      a.reduce((sum, x, j) => sum + Math.abs(u[i * n + j] as number) * (logit[j] as number) + (value[j] as number) * Math.abs(x), 0),
    );
  },
};
