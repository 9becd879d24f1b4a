import type { ReferenceNormalizer } from "./normalizer.ts";

/** 1/n for every token at any logits; Jᵀc = 0.   Twin: shaders/normalizers/uniform.wgsl */
export const uniform: ReferenceNormalizer = {
  forward: (a, _, p) => p.fill(1 / a.length),
  pullback: (_a, _p, _c, _, out) => out.fill(0),
};
