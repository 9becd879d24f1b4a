import { models } from "../model/models.ts";
import { normalizerRow } from "../model/normalizers.ts";
import { hasClock, type Point } from "../model/point.ts";
import { dot, pullOf } from "./linear.ts";
import { type LossData, type MarginLoss, type ReferenceLoss, referenceLosses } from "./losses/index.ts";
import { type RankOne, type ReferenceModel, referenceModels } from "./models/index.ts";
import { type ReferenceNormalizer, referenceNormalizers } from "./normalizers/index.ts";
import type { Flowing } from "./stepper.ts";

/**
 * The right-hand side of the flow and what it passes through on the way: with z the logits, g = ∇L(y) and q = J(z)ᵀVᵀg,
 * V' = −g pᵀ and a' = −q (arXiv 2603.06248, section 3), and what else the model has. One is reused for every evaluation. In the
 * margin's own clock g is −β in the slopes: ∇L is ℓ′(m) β, and dτ = −ℓ′(m) dt. What is observed keeps ∇L.
 */
export class Field {
  /** z, what the normalizer is given. */
  readonly logits: Float64Array;
  readonly weights: Float64Array;
  readonly output: Float64Array;
  readonly gradient: Float64Array;
  /** Vᵀg, length n: minus the alignments. */
  readonly pull: Float64Array;
  /** g and Vᵀg of the slopes: gradient and pull themselves where there is no clock. */
  private readonly slopeGradient: Float64Array;
  private readonly slopePull: Float64Array;
  /** ∂L/∂z and ∂L/∂a. */
  private readonly q: Float64Array;
  private readonly logitGradient: Float64Array;
  private readonly point: Point;
  private readonly model: ReferenceModel;
  private readonly normalizer: ReferenceNormalizer;
  private readonly loss: ReferenceLoss;

  constructor(point: Point) {
    this.point = point;
    this.logits = new Float64Array(point.tokens);
    this.weights = new Float64Array(point.tokens);
    this.output = new Float64Array(point.dim);
    this.gradient = new Float64Array(point.dim);
    this.pull = new Float64Array(point.tokens);
    const clock = hasClock(point);
    this.slopeGradient = clock ? new Float64Array(point.dim) : this.gradient;
    this.slopePull = clock ? new Float64Array(point.tokens) : this.pull;
    this.q = new Float64Array(point.tokens);
    this.logitGradient = new Float64Array(point.tokens);
    this.model = referenceModels[point.model];
    this.normalizer = referenceNormalizers[point.normalizer.kind] as ReferenceNormalizer;
    this.loss = referenceLosses[point.loss.kind] as ReferenceLoss;
  }

  /** Computes logits, weights, output, gradient and pull at a state. */
  forward(state: Flowing, data: LossData): void {
    const { tokens: n, dim: d } = this.point;
    const { values } = state;
    this.model.logits(state, this.logits);
    this.normalizer.forward(this.logits, this.point.normalizer, this.weights);
    for (let k = 0; k < d; k++) {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += (values[k * n + i] as number) * (this.weights[i] as number);
      this.output[k] = sum;
    }
    this.loss.gradient(this.output, data, this.gradient, this.point.loss);
    pullOf(values, this.gradient, this.pull);
    if (this.slopeGradient === this.gradient) return;
    for (let k = 0; k < d; k++) this.slopeGradient[k] = -(data.target[k] as number);
    pullOf(values, this.slopeGradient, this.slopePull);
    if (!normalizerRow(this.point.normalizer).shares) return;
    // Jᵀc is the same for c less a constant. Less that of the largest weight it keeps its digits where this weight is near 1.
    const origin = this.slopePull[this.weights.indexOf(Math.max(...this.weights))] as number;
    for (let i = 0; i < n; i++) this.slopePull[i] = (this.slopePull[i] as number) - origin;
  }

  /** log dt/dτ = −log(−ℓ′(m)) at the state of the last `forward`: how much flow time a unit of the margin's clock takes. */
  logSlowness({ target }: LossData): number {
    return -(this.loss as MarginLoss).logRate(dot(target, this.output));
  }

  /** Whether the slope at the state of the last `forward` is a finite number. */
  hasSlope(): boolean {
    return this.slopeGradient.every(Number.isFinite);
  }

  /** σ(z) alone, a new array: of a state of which the values may be missing where the model's logits do not depend on them. */
  weightsOf(state: Flowing): Float64Array {
    const z = new Float64Array(state.logits.length);
    this.model.logits(state, z);
    return this.normalize(z);
  }

  /** σ(z) of given logits, a new array. */
  normalize(z: Float64Array): Float64Array {
    const out = new Float64Array(z.length);
    this.normalizer.forward(z, this.point.normalizer, out);
    return out;
  }

  /** How many numbers of the values `weightsOf` needs. */
  get valuesForWeights(): number {
    return models[this.point.model].tied ? this.point.tokens * this.point.dim : 0;
  }

  lossValue(data: LossData): number {
    return this.loss.value(this.output, data, this.point.loss);
  }

  /** −v_i·∇L of each token, a new array. */
  alignments(): Float64Array {
    return this.pull.map((x) => -x);
  }

  /** ∂L/∂a and the terms of ∂L/∂V, at the state, which must be that of the last `forward`. They hold until the next call. */
  gradients(state: Flowing): { logits: Float64Array; values: RankOne[] } {
    return this.gradientsOf(state, this.gradient, this.pull);
  }

  private gradientsOf(state: Flowing, g: Float64Array, pull: Float64Array): ReturnType<Field["gradients"]> {
    const { q, logitGradient: logits } = this;
    this.normalizer.pullback(this.logits, this.weights, pull, this.point.normalizer, q);
    this.model.pullback(state, q, logits);
    return { logits, values: [{ left: g, right: this.weights }, ...this.model.terms(state, q)] };
  }

  /** Writes a' and V' at the state, which must be that of the last `forward`. */
  slopes(state: Flowing, { logits, values }: Flowing): void {
    const { tokens: n, dim: d, train } = this.point;
    const gradient = this.gradientsOf(state, this.slopeGradient, this.slopePull);
    logits.fill(0);
    values.fill(0);
    if (train !== "values") for (let i = 0; i < n; i++) logits[i] = -(gradient.logits[i] as number);
    if (train === "logits") return;
    for (const { left, right } of gradient.values)
      for (let k = 0; k < d; k++) {
        const l = left[k] as number;
        for (let i = 0; i < n; i++) values[k * n + i] = (values[k * n + i] as number) - l * (right[i] as number);
      }
  }
}
