import { ratio } from "./ratio.ts";

/** max(a_i, 0) / Σ max(a_j, 0).   Twin: shaders/normalizers/relu.wgsl */
export const relu = ratio(
  (a) => Math.max(a, 0),
  (a) => (a > 0 ? 1 : 0),
);
