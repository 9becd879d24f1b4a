import { ratio } from "./ratio.ts";

/** a_i / Σ a_j; weights may be negative.   Twin: shaders/normalizers/sum.wgsl */
export const sum = ratio(
  (a) => a,
  () => 1,
);
