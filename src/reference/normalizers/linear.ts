import type { ReferenceNormalizer } from "./normalizer.ts";

/** No normalizer at all: p = a, Jᵀc = c.   Twin: shaders/normalizers/linear.wgsl */
export const linear: ReferenceNormalizer = {
  forward: (a, _, p) => p.set(a),
  pullback: (_a, _p, c, _, out) => out.set(c),
};
