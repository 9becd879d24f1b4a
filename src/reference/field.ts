import { integrators, type Tableau } from "../model/integrators.ts";
import type { Point } from "../model/point.ts";
import { type LossData, type ReferenceLoss, referenceLosses } from "./losses/index.ts";
import { type ReferenceNormalizer, referenceNormalizers } from "./normalizers/index.ts";
import type { State } from "./start.ts";

/**
 * The right-hand side of the flow, V' = −g pᵀ and a' = −Jᵀ Vᵀ g with g = ∇L(V p) (arXiv 2603.06248, section 3),
 * and what it passes through on the way. One is reused for every evaluation.
 */
export class Field {
  readonly weights: Float64Array;
  readonly output: Float64Array;
  readonly gradient: Float64Array;
  /** Vᵀg, length n: minus the alignments. */
  readonly pull: Float64Array;
  private readonly point: Point;
  private readonly normalizer: ReferenceNormalizer;
  private readonly loss: ReferenceLoss;

  constructor(point: Point) {
    this.point = point;
    this.weights = new Float64Array(point.tokens);
    this.output = new Float64Array(point.dim);
    this.gradient = new Float64Array(point.dim);
    this.pull = new Float64Array(point.tokens);
    this.normalizer = referenceNormalizers[point.normalizer.kind] as ReferenceNormalizer;
    this.loss = referenceLosses[point.loss.kind] as ReferenceLoss;
  }

  /** Computes weights, output, gradient and pull at a state. */
  forward(logits: Float64Array, values: Float64Array, data: LossData): void {
    const { tokens: n, dim: d } = this.point;
    this.normalizer.forward(logits, this.point.normalizer, this.weights);
    for (let k = 0; k < d; k++) {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += (values[k * n + i] as number) * (this.weights[i] as number);
      this.output[k] = sum;
    }
    this.loss.gradient(this.output, data, this.gradient, this.point.loss);
    this.pull.fill(0);
    for (let k = 0; k < d; k++) {
      const g = this.gradient[k] as number;
      for (let i = 0; i < n; i++) this.pull[i] = (this.pull[i] as number) + (values[k * n + i] as number) * g;
    }
  }

  lossValue(data: LossData): number {
    return this.loss.value(this.output, data, this.point.loss);
  }

  /** −v_i·∇L of each token, a new array. */
  alignments(): Float64Array {
    return this.pull.map((x) => -x);
  }

  /** ∂L/∂a = JᵀVᵀg at the state of the last `forward`. */
  logitGradient(logits: Float64Array): Float64Array {
    const out = new Float64Array(logits.length);
    this.normalizer.pullback(logits, this.weights, this.pull, this.point.normalizer, out);
    return out;
  }

  /** Writes a' and V' at the state of the last `forward`. */
  slopes(logits: Float64Array, logitSlope: Float64Array, valueSlope: Float64Array): void {
    const { tokens: n, dim: d, train } = this.point;
    if (train === "values") logitSlope.fill(0);
    else {
      this.normalizer.pullback(logits, this.weights, this.pull, this.point.normalizer, logitSlope);
      for (let i = 0; i < n; i++) logitSlope[i] = -(logitSlope[i] as number);
    }
    if (train === "logits") valueSlope.fill(0);
    else
      for (let k = 0; k < d; k++) {
        const g = this.gradient[k] as number;
        for (let i = 0; i < n; i++) valueSlope[k * n + i] = -g * (this.weights[i] as number);
      }
  }
}

/** An explicit Runge-Kutta step with full stages, straight from the tableau. */
export class Stepper {
  private readonly tableau: Tableau;
  private readonly logitSlopes: Float64Array[];
  private readonly valueSlopes: Float64Array[];
  private readonly logits: Float64Array;
  private readonly values: Float64Array;
  private readonly step: number;
  private readonly field: Field;

  constructor(point: Point, field: Field) {
    const { tokens: n, dim: d } = point;
    this.field = field;
    this.tableau = integrators[point.integrator.kind];
    this.step = point.integrator.step;
    this.logitSlopes = this.tableau.stages.map(() => new Float64Array(n));
    this.valueSlopes = this.tableau.stages.map(() => new Float64Array(n * d));
    this.logits = new Float64Array(n);
    this.values = new Float64Array(n * d);
  }

  /** Moves the state by one step, in place. The field's last `forward` must have been at this state. */
  advance(state: State): void {
    const { stages, weights } = this.tableau;
    this.field.slopes(state.logits, this.logitSlopes[0] as Float64Array, this.valueSlopes[0] as Float64Array);
    for (let j = 1; j < stages.length; j++) {
      this.logits.set(state.logits);
      this.values.set(state.values);
      this.add(this.logits, this.values, stages[j] as number[]);
      this.field.forward(this.logits, this.values, state);
      this.field.slopes(this.logits, this.logitSlopes[j] as Float64Array, this.valueSlopes[j] as Float64Array);
    }
    this.add(state.logits, state.values, weights);
  }

  private add(logits: Float64Array, values: Float64Array, coefficients: readonly number[]): void {
    for (let l = 0; l < coefficients.length; l++) {
      const h = this.step * (coefficients[l] as number);
      if (h === 0) continue;
      const da = this.logitSlopes[l] as Float64Array;
      const dv = this.valueSlopes[l] as Float64Array;
      for (let i = 0; i < logits.length; i++) logits[i] = (logits[i] as number) + h * (da[i] as number);
      for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) + h * (dv[i] as number);
    }
  }
}
