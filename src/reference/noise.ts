import { type Ensemble, noiseKind } from "../model/ensemble.ts";
import { lossRow } from "../model/losses.ts";
import { normal, threefry } from "../model/random.ts";
import { purposes } from "../model/starts.ts";
import { type Evaluation, Field } from "./field.ts";
import type { Flowing, State } from "./state.ts";

type Purpose = "targetNoise" | "valueNoise" | "logitNoise" | "batchNoise";

/** The key of a run's noise for a purpose in a step, counted from 0. */
const keyOf = (seed: number, purpose: Purpose, run: number, step: number): [number, number] =>
  threefry([seed, purposes[purpose]], [run, step]);

/** The normals of a run for a purpose in a step, counted from 0, by token and component. */
function normalsOf(seed: number, purpose: Purpose, run: number, step: number): (token: number, component: number) => number {
  const key = keyOf(seed, purpose, run, step);
  return (token, component) => normal(threefry(key, [token * 0x10000 + component, 0])[0]);
}

/**
 * The noise of one run, drawn anew at every step. Label noise: a step sees the target plus normals, the same in all of its stages; to a distribution they are
 * added less their mean, so that it still sums to 1. Gradient noise: normals are added to the gradient, in a step of several stages to
 * their weighted mean. Batch noise: a step sees samples of regression drawn with replacement, the same in all of its stages.   Twins: shaders/noise/KIND.wgsl
 */
export class Noise {
  /** The field in which steps are taken. */
  readonly field: Field;
  /** What is added to the gradient in this step; undefined with label or batch noise. */
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
    const { target } = start;
    const counts = noiseKind(ensemble) === "batch" ? { counts: new Float64Array(target.length) } : {};
    this.field = new Field(ensemble, { ...start, target: target.slice(), ...counts }, parts);
    this.gradient = noiseKind(ensemble) === "gradient" ? { logits: new Float64Array(n), values: new Float64Array(n * d) } : undefined;
  }

  /** Draws that of a step, counted from 0. */
  begin(step: number): void {
    const { seed, noise, train, tokens: n, dim: d, loss } = this.ensemble;
    if (noise?.kind === "batch") {
      this.drawBatch(noise.size, keyOf(seed, "batchNoise", this.start.run as number, step));
      return;
    }
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

  /** Draws so many samples: each counts samples/size times as often as it is drawn. */
  private drawBatch(size: number, key: [number, number]): void {
    const counts = this.field.data.counts as Float64Array;
    counts.fill(0);
    for (let place = 0; place < size; place++) {
      const drawn = threefry(key, [place, 0])[0] % counts.length;
      counts[drawn] = (counts[drawn] as number) + 1;
    }
    for (const [sample, count] of counts.entries()) counts[sample] = this.change((count * counts.length) / size);
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
