import { control, isAdaptive, type Tableau, tableauOf } from "../model/integrators.ts";
import type { Point } from "../model/point.ts";
import type { Field } from "./field.ts";
import type { LossData } from "./losses/index.ts";
import type { State } from "./start.ts";

/** What is integrated: logits and values of one run. */
export interface Flowing {
  logits: Float64Array;
  values: Float64Array;
}

/** Explicit Runge-Kutta steps with full stages, straight from the tableau; their error estimates and dense output. */
export class Stepper {
  /** The state at the end of the last trial. */
  readonly next: Flowing;
  private readonly tableau: Tableau;
  private readonly slopes: Flowing[];
  private readonly tolerances: { rtol: number; atol: number };
  private readonly point: Point;
  private readonly field: Field;
  /** Of the last trial. */
  length = 0;

  constructor(point: Point, field: Field) {
    this.point = point;
    this.field = field;
    this.tableau = tableauOf(point.integrator);
    const empty = () => ({ logits: new Float64Array(point.tokens), values: new Float64Array(point.tokens * point.dim) });
    this.next = empty();
    this.tolerances = isAdaptive(point.integrator) ? point.integrator : { rtol: 0, atol: 1 };
    this.slopes = this.tableau.stages.map(empty);
  }

  /** Tries a step of h from a state, at which the field's last `forward` was. Returns its scaled error: 0 at a fixed step. */
  try(state: State, h: number): number {
    const { stages, weights, error } = this.tableau;
    this.length = h;
    this.slope(0, state);
    for (let j = 1; j < stages.length; j++) {
      this.combine(state, stages[j] as number[], this.next);
      this.slopeAt(j, state);
    }
    this.combine(state, weights, this.next);
    return error ? h * this.scaledNorm(state, error) : 0;
  }

  /** The state at a part θ of the step that was tried last, from the state it was tried from; as much of it as `out` has room for. */
  interpolate(state: Flowing, theta: number, out: Flowing): void {
    const weights = this.tableau.dense.map((row) => row.reduceRight((sum, c) => (sum + c) * theta, 0));
    this.combine(state, weights, out);
  }

  /**
   * A first step from a state: Hairer, Nørsett, Wanner I, II.4, with the exponent of the error estimate. The field's last
   * `forward` must have been at the state, and is again afterwards.
   */
  firstStep(state: State, longest: number): number {
    const { errorOrder = 0 } = this.tableau;
    this.slope(0, state);
    const size = this.norm(state, (part, at) => state[part][at] as number);
    const speed = this.scaledNorm(state, [1]);
    const probe = Math.min(size < 1e-5 || speed < 1e-5 || !Number.isFinite(speed) ? 1e-6 : (0.01 * size) / speed, longest);
    this.length = probe;
    this.combine(state, [1], this.next);
    this.slopeAt(1, state);
    const bend = this.scaledNorm(state, [-1, 1]) / probe;
    this.field.forward(state, state);
    const most = Math.max(speed, bend);
    const h = most <= 1e-15 ? Math.max(1e-6, probe * 1e-3) : (0.01 / most) ** (1 / (errorOrder + 1));
    return Math.min(100 * probe, Number.isFinite(h) && h > 0 ? h : probe, longest);
  }

  /** The factor for the next step after one of this scaled error. */
  factor(error: number): number {
    if (!Number.isFinite(error)) return control.nonFinite;
    const ideal = control.safety * error ** (-1 / ((this.tableau.errorOrder ?? 0) + 1));
    return Math.min(control.grow, Math.max(control.shrink, ideal));
  }

  /**
   * Root mean square, over all that is trained, of f over its scale: atol + rtol·|a_i| for a logit, and for every entry of a
   * value atol + rtol times the value's root mean square. So the norm is the same in any orthonormal coordinates of values.
   */
  norm(scale: Flowing, f: (part: "logits" | "values", at: number) => number, { rtol, atol } = this.tolerances): number {
    const { train, tokens: n, dim: d } = this.point;
    let sum = 0;
    for (let i = 0; i < n; i++) {
      if (train !== "values") sum += (f("logits", i) / (atol + rtol * Math.abs(scale.logits[i] as number))) ** 2;
      if (train === "logits") continue;
      let [square, change] = [0, 0];
      for (let at = i; at < n * d; at += n) {
        square += (scale.values[at] as number) ** 2;
        change += f("values", at) ** 2;
      }
      sum += change / (atol + rtol * Math.sqrt(square / d)) ** 2;
    }
    return Math.sqrt(sum / ((train === "values" ? 0 : n) + (train === "logits" ? 0 : n * d)));
  }

  /** Whether a state has stopped moving since another one; see `control.converged`. */
  isAtRest(state: Flowing, since: Flowing): boolean {
    const { rtol, atol } = control.convergedWithin;
    const within = { rtol: Math.min(rtol, this.tolerances.rtol), atol: Math.min(atol, this.tolerances.atol) };
    return this.norm(state, (part, at) => (state[part][at] as number) - (since[part][at] as number), within) <= control.converged;
  }

  private scaledNorm(scale: Flowing, coefficients: readonly number[]): number {
    return this.norm(scale, (part, at) => coefficients.reduce((sum, c, j) => sum + c * (this.slopes[j]?.[part][at] as number), 0));
  }

  private slope(stage: number, state: Flowing): void {
    this.field.slopes(state, this.slopes[stage] as Flowing);
  }

  /** The slope of a stage at `next`. */
  private slopeAt(stage: number, data: LossData): void {
    this.field.forward(this.next, data);
    this.slope(stage, this.next);
  }

  private combine(from: Flowing, coefficients: readonly number[], out: Flowing): void {
    for (const part of ["logits", "values"] as const) {
      const x = out[part];
      for (let i = 0; i < x.length; i++) x[i] = from[part][i] as number;
      for (let l = 0; l < coefficients.length; l++) {
        const h = this.length * (coefficients[l] as number);
        if (h === 0) continue;
        const slope = this.slopes[l]?.[part] as Float64Array;
        for (let i = 0; i < x.length; i++) x[i] = (x[i] as number) + h * (slope[i] as number);
      }
    }
  }
}
