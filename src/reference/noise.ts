import { type Ensemble, noiseKind } from "../model/ensemble.ts";
import { lossRow } from "../model/losses.ts";
import { normal, threefry } from "../model/random.ts";
import { purposes } from "../model/starts.ts";
import { type Evaluation, Field } from "./field.ts";
import type { Flowing, State } from "./state.ts";

type Purpose = "targetNoise" | "valueNoise" | "logitNoise";

/** The normals of a run for a purpose in a step, counted from 0, by token and component. */
function normalsOf(seed: number, purpose: Purpose, run: number, step: number): (token: number, component: number) => number {
  const key = threefry([seed, purposes[purpose]], [run, step]);
  return (token, component) => normal(threefry(key, [token * 0x10000 + component, 0])[0]);
}

/**
 * The noise of one run, drawn anew at every step. Label noise: a step sees the target plus normals, the same in all of its stages; to a distribution they are
 * added less their mean, so that it still sums to 1. Gradient noise: normals are added to the gradient, in a step of several stages to
 * their weighted mean.   Twins: shaders/noise/KIND.wgsl
 */
export class Noise {
  /** The field in which steps are taken. */
  readonly field: Field;
  /** What is added to the gradient in this step; undefined with label noise. */
  readonly gradient: Flowing | undefined;
  private seen: Evaluation | undefined;

  /** @param change made to every number of the noise: how the verification disturbs it */
  constructor(
    private readonly ensemble: Ensemble,
    private readonly start: State,
    private readonly change: (x: number) => number = (x) => x,
    parts: ConstructorParameters<typeof Field>[2] = {},
  ) {
    if (start.run === undefined) throw new Error("noise needs the number of the run");
    const { tokens: n, dim: d } = ensemble;
    this.field = new Field(ensemble, { ...start, target: start.target.slice() }, parts);
    this.gradient = noiseKind(ensemble) === "gradient" ? { logits: new Float64Array(n), values: new Float64Array(n * d) } : undefined;
  }

  /** Draws that of a step, counted from 0. */
  begin(step: number): void {
    const { seed, noise, train, tokens: n, dim: d, loss } = this.ensemble;
    const scale = noise?.scale as number;
    const drawer = (purpose: Purpose) => {
      const normals = normalsOf(seed, purpose, this.start.run as number, step);
      return (token: number, component: number) => this.change(scale * normals(token, component));
    };
    if (this.gradient) {
      const { logits, values } = this.gradient;
      const [ofLogit, ofValue] = [drawer("logitNoise"), drawer("valueNoise")];
      if (train !== "values") for (let i = 0; i < n; i++) logits[i] = ofLogit(i, 0);
      if (train !== "logits") for (let i = 0; i < n; i++) for (let k = 0; k < d; k++) values[k * n + i] = ofValue(i, k);
      return;
    }
    const ofTarget = drawer("targetNoise");
    const drawn = this.start.target.map((_, k) => ofTarget(0, k));
    const mean = lossRow(loss).target === "distribution" ? drawn.reduce((sum, x) => sum + x, 0) / d : 0;
    this.field.data.target.set(this.start.target.map((x, k) => x + (drawn[k] as number) - mean));
  }

  /** An evaluated state as this step sees it. */
  at(here: Evaluation): Evaluation {
    if (this.gradient) return here;
    this.seen = this.field.at(here.state, this.seen);
    return this.seen;
  }
}

/** The noise of a run; undefined where there is none. */
export const noiseOf = (...[ensemble, ...rest]: ConstructorParameters<typeof Noise>): Noise | undefined =>
  noiseKind(ensemble) && new Noise(ensemble, ...rest);
