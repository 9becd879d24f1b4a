import type { Point } from "../model/specification.ts";
import { purposes } from "../model/starts.ts";
import { dot } from "./linear.ts";
import { normal, threefry } from "./random.ts";

/** The state of one run: logits a (n), the value matrix V (row-major, d rows of n), the target β (d). */
export interface State {
  logits: Float64Array;
  values: Float64Array;
  target: Float64Array;
}

/** The standard normal that run `run` draws for a purpose, token and component. */
function draw(seed: number, purpose: keyof typeof purposes, run: number, token: number, component: number): number {
  return normal(threefry([seed, purposes[purpose]], [run, token * 0x10000 + component])[0]);
}

/** Draws the start of one run in float64.   Twin: shaders/initial.wgsl */
export function drawStart(point: Point, run: number): State {
  const { tokens: n, dim: d, seed } = point;
  const logits = new Float64Array(n);
  const values = new Float64Array(n * d);
  const target = new Float64Array(d);

  for (let i = 0; i < n; i++) {
    const a = point.logits;
    if (a.kind === "given") logits[i] = a.vector[i] as number;
    if (a.kind === "offset") logits[i] = a.mean + a.scale * draw(seed, "logits", run, i, 0);
    if (a.kind === "gaussian") logits[i] = a.scale * draw(seed, "logits", run, i, 0);
    if (i === point.headStart?.token) logits[i] = (logits[i] as number) + point.headStart.by;

    for (let k = 0; k < d; k++) {
      const v = point.values;
      if (v.kind === "given") values[k * n + i] = (v.matrix[k] as number[])[i] as number;
      if (v.kind === "identity") values[k * n + i] = i === k ? v.scale : 0;
      if (v.kind === "gaussian") values[k * n + i] = v.scale * draw(seed, "values", run, i, k);
    }
  }

  for (let k = 0; k < d; k++)
    target[k] = point.target.kind === "given" ? (point.target.vector[k] as number) : draw(seed, "target", run, 0, k);
  if (point.target.kind === "unit") {
    const norm = Math.sqrt(dot(target, target));
    for (let k = 0; k < d; k++) target[k] = (target[k] as number) / norm;
  }
  return { logits, values, target };
}
