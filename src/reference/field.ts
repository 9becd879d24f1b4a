import type { Point } from "../model/point.ts";
import { type LossData, type ReferenceLoss, referenceLosses } from "./losses/index.ts";
import { type ReferenceNormalizer, referenceNormalizers } from "./normalizers/index.ts";

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

  /** σ(a) alone, a new array. */
  weightsOf(logits: Float64Array): Float64Array {
    const out = new Float64Array(logits.length);
    this.normalizer.forward(logits, this.point.normalizer, out);
    return out;
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
