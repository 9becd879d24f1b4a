import { normalizerRow } from "../model/normalizers.ts";
import { hasClock, type Point } from "../model/point.ts";
import { dot } from "./linear.ts";
import { type LossData, type MarginLoss, type ReferenceLoss, referenceLosses } from "./losses/index.ts";
import { type ReferenceNormalizer, referenceNormalizers } from "./normalizers/index.ts";

/**
 * The right-hand side of the flow, V' = −g pᵀ and a' = −Jᵀ Vᵀ g with g = ∇L(V p) (arXiv 2603.06248, section 3),
 * and what it passes through on the way. One is reused for every evaluation. In the margin's own clock g is −β in the
 * slopes: ∇L is ℓ′(m) β, and dτ = −ℓ′(m) dt. What is observed keeps ∇L.
 */
export class Field {
  readonly weights: Float64Array;
  readonly output: Float64Array;
  readonly gradient: Float64Array;
  /** Vᵀg, length n: minus the alignments. */
  readonly pull: Float64Array;
  /** g and Vᵀg of the slopes: gradient and pull themselves where there is no clock. */
  private readonly slopeGradient: Float64Array;
  private readonly slopePull: Float64Array;
  private readonly point: Point;
  private readonly normalizer: ReferenceNormalizer;
  private readonly loss: ReferenceLoss;

  constructor(point: Point) {
    this.point = point;
    this.weights = new Float64Array(point.tokens);
    this.output = new Float64Array(point.dim);
    this.gradient = new Float64Array(point.dim);
    this.pull = new Float64Array(point.tokens);
    const clock = hasClock(point);
    this.slopeGradient = clock ? new Float64Array(point.dim) : this.gradient;
    this.slopePull = clock ? new Float64Array(point.tokens) : this.pull;
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
      this.normalizer.pullback(logits, this.weights, this.slopePull, this.point.normalizer, logitSlope);
      for (let i = 0; i < n; i++) logitSlope[i] = -(logitSlope[i] as number);
    }
    if (train === "logits") valueSlope.fill(0);
    else
      for (let k = 0; k < d; k++) {
        const g = this.slopeGradient[k] as number;
        for (let i = 0; i < n; i++) valueSlope[k * n + i] = -g * (this.weights[i] as number);
      }
  }
}

/** Writes Vᵀg, of V row-major. */
function pullOf(values: Float64Array, g: Float64Array, out: Float64Array): void {
  const n = out.length;
  out.fill(0);
  for (let k = 0; k < g.length; k++)
    for (let i = 0; i < n; i++) out[i] = (out[i] as number) + (values[k * n + i] as number) * (g[k] as number);
}
