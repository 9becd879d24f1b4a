import { ratio } from "./ratio.ts";

/** a_i² / Σ a_j².   Twin: shaders/normalizers/l2.wgsl */
export const l2 = ratio(
  (a) => a * a,
  (a) => 2 * a,
);
