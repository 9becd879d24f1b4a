import { designOf } from "../model/design.ts";
import { type Ensemble, targetLength } from "../model/ensemble.ts";
import { exp } from "../model/mathematics.ts";
import { normal, threefry, uniform } from "../model/random.ts";
import { purposes, type Target } from "../model/starts.ts";
import { dot } from "./linear.ts";
import type { State } from "./state.ts";

/** The 32 random bits of a run for a purpose, token and component. */
export function randomBits(seed: number, purpose: keyof typeof purposes, run: number, token: number, component: number): number {
  return threefry([seed, purposes[purpose]], [run, token * 0x10000 + component])[0];
}
export const randomNormal = (...of: Parameters<typeof randomBits>) => normal(randomBits(...of));

/** How the target of a run is drawn, by kind.   Twins: shaders/targets/KIND.wgsl */
const drawTarget: { [K in Target["kind"]]: (ensemble: Ensemble, run: number, target: Float64Array) => void } = {
  gaussian: ({ seed }, run, target) => {
    for (let k = 0; k < target.length; k++) target[k] = randomNormal(seed, "target", run, 0, k);
  },
  generated: (ensemble, run, target) => drawTarget.gaussian(ensemble, run, target),
  unit: (ensemble, run, target) => {
    drawTarget.gaussian(ensemble, run, target);
    const norm = Math.sqrt(dot(target, target));
    for (let k = 0; k < target.length; k++) target[k] = (target[k] as number) / norm;
  },
  distribution: ({ seed }, run, target) => {
    for (let k = 0; k < target.length; k++) target[k] = exp(10 * uniform(randomBits(seed, "target", run, 0, k)));
    const sum = target.reduce((total, x) => total + x, 0);
    for (let k = 0; k < target.length; k++) target[k] = (target[k] as number) / sum;
  },
  given: ({ target: given }, _, target) => {
    if (given.kind === "given") target.set("design" in given ? given.response : given.vector);
  },
};

/** Draws the start of one run in float64.   Twin: shaders/initial.wgsl */
export function drawStart(ensemble: Ensemble, run: number): State {
  const { tokens: n, dim: d, seed } = ensemble;
  const logits = new Float64Array(n);
  const values = new Float64Array(n * d);
  const target = new Float64Array(targetLength(ensemble));

  for (let i = 0; i < n; i++) {
    const a = ensemble.logits;
    if (a.kind === "given") logits[i] = a.vector[i] as number;
    if (a.kind === "offset") logits[i] = a.mean + a.scale * randomNormal(seed, "logits", run, i, 0);
    if (a.kind === "gaussian") logits[i] = a.scale * randomNormal(seed, "logits", run, i, 0);
    if (i === ensemble.headStart?.token) logits[i] = (logits[i] as number) + ensemble.headStart.by;

    for (let k = 0; k < d; k++) {
      const v = ensemble.values;
      if (v.kind === "given") values[k * n + i] = (v.matrix[k] as number[])[i] as number;
      if (v.kind === "identity") values[k * n + i] = i === k ? v.scale : 0;
      if (v.kind === "gaussian") values[k * n + i] = v.scale * randomNormal(seed, "values", run, i, k);
    }
  }

  drawTarget[ensemble.target.kind](ensemble, run, target);
  const design = designOf(ensemble);
  return { run, logits, values, target, ...(design && { design }) };
}
