import { exp, log1p } from "../model/mathematics.ts";

/** x·y of two vectors of the same length. */
export function dot(x: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i] as number) * (y[i] as number);
  return sum;
}

/** log(1 + e^x) without overflow. */
export const softplus = (x: number): number => Math.max(x, 0) + log1p(exp(-Math.abs(x)));

/** Writes Vᵀg, n numbers. V is row-major: a row of n numbers for each entry of g. */
export function pullOf(values: Float64Array, g: Float64Array, out: Float64Array): void {
  const n = out.length;
  out.fill(0);
  for (let k = 0; k < g.length; k++)
    for (let i = 0; i < n; i++) out[i] = (out[i] as number) + (values[k * n + i] as number) * (g[k] as number);
}
