import { exp, log1p } from "../model/mathematics.ts";

/** x·y of two vectors of the same length. */
export function dot(x: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i] as number) * (y[i] as number);
  return sum;
}

/** Writes as many numbers of `from` as `to` has. Of the few numbers of a run this is faster than `set`. */
export function copyInto(to: Float64Array, from: Float64Array): void {
  for (let i = 0; i < to.length; i++) to[i] = from[i] as number;
}

/**
 * Writes x plus h times the sum of the slopes, each weighted by its coefficient: as many numbers as `out` has, which may be x itself. Two slopes are added at
 * a time, with the bits of adding one after the other.
 */
export function addScaled(
  x: Float64Array,
  h: number,
  coefficients: readonly number[],
  slopes: readonly Float64Array[],
  out: Float64Array,
): void {
  const count = out.length;
  let from = x;
  for (let j = 0; j < coefficients.length; j++) {
    const weight = h * (coefficients[j] as number);
    if (weight === 0) continue;
    const slope = slopes[j] as Float64Array;
    const second = h * (coefficients[j + 1] ?? 0);
    if (second === 0) for (let i = 0; i < count; i++) out[i] = (from[i] as number) + weight * (slope[i] as number);
    else {
      const next = slopes[++j] as Float64Array;
      for (let i = 0; i < count; i++) out[i] = (from[i] as number) + weight * (slope[i] as number) + second * (next[i] as number);
    }
    from = out;
  }
  if (from !== out) copyInto(out, from);
}

/** log(1 + e^x) without overflow. */
export const softplus = (x: number): number => Math.max(x, 0) + log1p(exp(-Math.abs(x)));

/*
 * Products of V, row-major: a row of n numbers for each of d entries. Four rows are taken at a time, so that a JavaScript engine keeps four sums in registers.
 * Each sum has the order, and so the bits, of the plain loop.
 */

/** Writes V p, d numbers. */
export function outputOf(values: Float64Array, p: Float64Array, out: Float64Array): void {
  const n = p.length;
  const d = out.length;
  let k = 0;
  for (; k + 4 <= d; k += 4) {
    const row0 = k * n;
    const row1 = row0 + n;
    const row2 = row1 + n;
    const row3 = row2 + n;
    let y0 = 0;
    let y1 = 0;
    let y2 = 0;
    let y3 = 0;
    for (let i = 0; i < n; i++) {
      const w = p[i] as number;
      y0 += (values[row0 + i] as number) * w;
      y1 += (values[row1 + i] as number) * w;
      y2 += (values[row2 + i] as number) * w;
      y3 += (values[row3 + i] as number) * w;
    }
    out[k] = y0;
    out[k + 1] = y1;
    out[k + 2] = y2;
    out[k + 3] = y3;
  }
  for (; k < d; k++) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += (values[k * n + i] as number) * (p[i] as number);
    out[k] = sum;
  }
}

/** Writes Vᵀg, n numbers. */
export function pullOf(values: Float64Array, g: Float64Array, out: Float64Array): void {
  const n = out.length;
  const d = g.length;
  for (let i = 0; i < n; i++) out[i] = 0;
  let k = 0;
  for (; k + 4 <= d; k += 4) {
    const row0 = k * n;
    const row1 = row0 + n;
    const row2 = row1 + n;
    const row3 = row2 + n;
    const g0 = g[k] as number;
    const g1 = g[k + 1] as number;
    const g2 = g[k + 2] as number;
    const g3 = g[k + 3] as number;
    for (let i = 0; i < n; i++)
      out[i] =
        (out[i] as number) +
        (values[row0 + i] as number) * g0 +
        (values[row1 + i] as number) * g1 +
        (values[row2 + i] as number) * g2 +
        (values[row3 + i] as number) * g3;
  }
  for (; k < d; k++) for (let i = 0; i < n; i++) out[i] = (out[i] as number) + (values[k * n + i] as number) * (g[k] as number);
}

/** Writes −g pᵀ, n·d numbers. */
export function minusOuter(g: Float64Array, p: Float64Array, out: Float64Array): void {
  const n = p.length;
  for (let k = 0; k < g.length; k++) for (let i = 0; i < n; i++) out[k * n + i] = 0 - (g[k] as number) * (p[i] as number);
}

/** Adds −g pᵀ to V. */
export function addMinusOuter(g: Float64Array, p: Float64Array, values: Float64Array): void {
  const n = p.length;
  for (let k = 0; k < g.length; k++)
    for (let i = 0; i < n; i++) values[k * n + i] = (values[k * n + i] as number) - (g[k] as number) * (p[i] as number);
}

/** Writes Vᵀg as `pullOf` does, and V − h·g pᵀ, which a step of Euler's method makes of V. V is read once for both. */
export function pullAndMove(
  values: Float64Array,
  g: Float64Array,
  p: Float64Array,
  h: number,
  pull: Float64Array,
  moved: Float64Array,
): void {
  const n = p.length;
  const d = g.length;
  for (let i = 0; i < n; i++) pull[i] = 0;
  let k = 0;
  for (; k + 4 <= d; k += 4) {
    const row0 = k * n;
    const row1 = row0 + n;
    const row2 = row1 + n;
    const row3 = row2 + n;
    const g0 = g[k] as number;
    const g1 = g[k + 1] as number;
    const g2 = g[k + 2] as number;
    const g3 = g[k + 3] as number;
    for (let i = 0; i < n; i++) {
      const w = p[i] as number;
      const v0 = values[row0 + i] as number;
      const v1 = values[row1 + i] as number;
      const v2 = values[row2 + i] as number;
      const v3 = values[row3 + i] as number;
      pull[i] = (pull[i] as number) + v0 * g0 + v1 * g1 + v2 * g2 + v3 * g3;
      moved[row0 + i] = v0 - h * (g0 * w);
      moved[row1 + i] = v1 - h * (g1 * w);
      moved[row2 + i] = v2 - h * (g2 * w);
      moved[row3 + i] = v3 - h * (g3 * w);
    }
  }
  for (; k < d; k++) {
    const l = g[k] as number;
    for (let i = 0; i < n; i++) {
      const v = values[k * n + i] as number;
      pull[i] = (pull[i] as number) + v * l;
      moved[k * n + i] = v - h * (l * (p[i] as number));
    }
  }
}
