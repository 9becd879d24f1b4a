import { ratio } from "./ratio.ts";

/** |a_i| / Σ |a_j|; f′ = sign(a), 0 at 0.   Twin: shaders/normalizers/l1.wgsl */
export const l1 = ratio(Math.abs, Math.sign);
