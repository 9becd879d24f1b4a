import { type Ensemble, hasClock, isCentered } from "../model/ensemble.ts";
import { models } from "../model/models.ts";
import { normalizerRow } from "../model/normalizers.ts";
import { referenceLoss, referenceNormalizer } from "./definitions/twins.ts";
import { addMinusOuter, dot, minusOuter, outputOf, pullAndMove, pullOf } from "./linear.ts";
import type { MarginLoss, ReferenceLoss } from "./losses/loss.ts";
import { referenceModels } from "./models/index.ts";
import type { RankOne, ReferenceModel } from "./models/model.ts";
import type { ReferenceNormalizer } from "./normalizers/normalizer.ts";
import { assign, type Flowing, type LossData } from "./state.ts";

/**
 * The right-hand side of the flow of one run. With z the logits, g = ∇L(y) and q = J(z)ᵀVᵀg it is V' = −g pᵀ and a' = −q
 * (arXiv 2603.06248, section 3), plus the further terms of the model. A field holds no state: `at` evaluates it at one.
 */
export class Field {
  readonly model: ReferenceModel;
  readonly normalizer: ReferenceNormalizer;
  readonly loss: ReferenceLoss;
  /** Where `weightsOf` writes z. */
  private readonly z: Float64Array;

  /** @param parts in place of the ensemble's own */
  constructor(
    readonly ensemble: Ensemble,
    readonly data: LossData,
    parts: Partial<Pick<Field, "normalizer" | "loss">> = {},
  ) {
    this.model = referenceModels[ensemble.model];
    this.normalizer = parts.normalizer ?? referenceNormalizer(ensemble.normalizer.kind);
    this.loss = parts.loss ?? referenceLoss(ensemble.loss.kind);
    this.z = new Float64Array(ensemble.tokens);
  }

  /**
   * Evaluates the field at a state. The evaluation keeps a copy of the state, which may change afterwards.
   * @param into an evaluation of this field to overwrite, in place of a new one
   */
  at(state: Flowing, into: Evaluation = new Evaluation(this)): Evaluation {
    into.evaluate(state);
    return into;
  }

  /** The weights σ(z) alone. Of the values only the first `valuesForWeights` numbers are read. */
  weightsOf(state: Flowing, out: Float64Array = new Float64Array(state.logits.length)): Float64Array {
    const { z } = this;
    this.model.logits(state, z);
    this.normalizer.forward(z, this.ensemble.normalizer, out);
    return out;
  }

  /** How many numbers of the values `weightsOf` reads: none where the logits of the model do not depend on them. */
  get valuesForWeights(): number {
    const { model, tokens, dim } = this.ensemble;
    return models[model].tied ? tokens * dim : 0;
  }

  /** The loss L(y) of a given output y. */
  lossOf(output: Float64Array): number {
    return this.loss.value(output, this.data, this.ensemble.loss);
  }
}

/**
 * The field at one state: all that is computed on the way to the slopes, and the slopes. In the margin's own clock the slopes
 * take −β for g, since ∇L is ℓ′(m) β and dτ = −ℓ′(m) dt; `gradient`, `pull` and all observables keep ∇L.
 */
export class Evaluation {
  /** The state at which the field was evaluated. */
  readonly state: Flowing;
  /** z, n numbers: what the normalizer takes. */
  readonly logits: Float64Array;
  /** p = σ(z), n numbers. */
  readonly weights: Float64Array;
  /** y = V p, d numbers. */
  readonly output: Float64Array;
  /** ∇L(y), d numbers. */
  readonly gradient: Float64Array;
  /** Vᵀ∇L(y), n numbers: minus the alignments. */
  readonly pull: Float64Array;
  /** g and Vᵀg of the slopes: `gradient` and `pull` themselves, except in the margin's own clock. */
  private readonly slopeGradient: Float64Array;
  private readonly slopePull: Float64Array;
  /** Where `slopes` writes ∂L/∂z and ∂L/∂a. */
  private readonly q: Float64Array;
  private readonly logitGradient: Float64Array;

  constructor(readonly field: Field) {
    const { tokens: n, dim: d } = field.ensemble;
    const clock = hasClock(field.ensemble);
    this.state = { logits: new Float64Array(n), values: new Float64Array(n * d) };
    this.logits = new Float64Array(n);
    this.weights = new Float64Array(n);
    this.output = new Float64Array(d);
    this.gradient = new Float64Array(d);
    this.pull = new Float64Array(n);
    this.slopeGradient = clock ? new Float64Array(d) : this.gradient;
    this.slopePull = isCentered(field.ensemble) ? new Float64Array(n) : this.pull;
    this.q = new Float64Array(n);
    this.logitGradient = new Float64Array(n);
  }

  /** Overwrites this evaluation with that of another state. Only `Field.at` calls it. */
  evaluate(state: Flowing): void {
    assign(this.state, state);
    this.see();
    this.align();
  }

  /** Computes the weights, the output and the gradient at `state`. */
  private see(): void {
    const { ensemble, data, model, normalizer, loss } = this.field;
    model.logits(this.state, this.logits);
    normalizer.forward(this.logits, ensemble.normalizer, this.weights);
    outputOf(this.state.values, this.weights, this.output);
    loss.gradient(this.output, data, this.gradient, ensemble.loss);
  }

  /** Computes the pull, after `see`. */
  align(): void {
    const { ensemble, data } = this.field;
    const { values } = this.state;
    pullOf(values, this.gradient, this.pull);
    if (this.slopePull === this.pull) return;
    const { slopeGradient, slopePull } = this;
    if (slopeGradient !== this.gradient) for (let k = 0; k < slopeGradient.length; k++) slopeGradient[k] = -(data.target[k] as number);
    pullOf(values, slopeGradient, slopePull);
    if (!normalizerRow(ensemble.normalizer).shares) return;
    // Jᵀc is the same for c minus a constant. With the entry of the largest weight as this constant, Jᵀc keeps its digits where that weight is near 1.
    const origin = slopePull[this.weights.indexOf(Math.max(...this.weights))] as number;
    for (let i = 0; i < slopePull.length; i++) slopePull[i] = (slopePull[i] as number) - origin;
  }

  /** L(y). */
  loss(): number {
    return this.field.lossOf(this.output);
  }

  /** −v_i·∇L of each token, a new array. */
  alignments(): Float64Array {
    return this.pull.map((x) => -x);
  }

  /** log dt/dτ = −log(−ℓ′(m)): how much flow time a unit of the margin's own clock takes. Only for a loss of the margin. */
  logSlowness(): number {
    const { loss, data } = this.field;
    return -(loss as MarginLoss).logRate(dot(data.target, this.output));
  }

  /** Whether the slopes are finite numbers. */
  hasSlope(): boolean {
    return this.slopeGradient.every(Number.isFinite);
  }

  /** ∂L/∂a, and ∂L/∂V as a sum of terms; the terms share arrays with this evaluation. */
  gradients(): { logits: Float64Array; values: [RankOne, ...RankOne[]] } {
    const { length } = this.logits;
    const q = new Float64Array(length);
    const logits = new Float64Array(length);
    this.pullBack(this.pull, q, logits);
    return { logits, values: [{ left: this.gradient, right: this.weights }, ...this.field.model.terms(this.state, q)] };
  }

  /** Writes a' and V', weight decay included unless an optimizer has it; zeros for what is not trained. */
  slopes({ logits, values }: Flowing): void {
    const { tokens: n, dim: d, train, decay, optimizer } = this.field.ensemble;
    const decays = optimizer === undefined ? decay : { values: 0, logits: 0 };
    const { logitGradient, q, weights } = this;
    this.pullBack(this.slopePull, q, logitGradient);
    if (train === "values") logits.fill(0);
    else for (let i = 0; i < n; i++) logits[i] = -(logitGradient[i] as number);
    if (train !== "values" && decays.logits > 0)
      for (let i = 0; i < n; i++) logits[i] = (logits[i] as number) - decays.logits * (this.state.logits[i] as number);
    if (train === "logits") {
      values.fill(0);
      return;
    }
    if (decays.values > 0) {
      for (let at = 0; at < n * d; at++) values[at] = -decays.values * (this.state.values[at] as number);
      addMinusOuter(this.slopeGradient, weights, values);
    } else minusOuter(this.slopeGradient, weights, values);
    for (const { left, right } of this.field.model.terms(this.state, q)) addMinusOuter(left, right, values);
  }

  /**
   * Overwrites another evaluation with that at the end of a step of Euler's method from here, with the bits of `RungeKutta`, but for its pull, which `align`
   * adds. Only where the slopes are V' = −g pᵀ and a' = −q: the model has no further terms, and there is no decay, no clock, and nothing held.
   */
  toNext(h: number, next: Evaluation): void {
    const { state, q, weights } = this;
    const { ensemble, normalizer } = this.field;
    const { logits, values } = next.state;
    pullAndMove(state.values, this.gradient, weights, h, this.pull, values);
    normalizer.pullback(this.logits, weights, this.pull, ensemble.normalizer, q);
    for (let i = 0; i < q.length; i++) logits[i] = (state.logits[i] as number) - h * (q[i] as number);
    next.see();
  }

  /** Writes q = J(z)ᵀVᵀg and ∂L/∂a, given `pull` = Vᵀg. */
  private pullBack(pull: Float64Array, q: Float64Array, logits: Float64Array): void {
    const { ensemble, model, normalizer } = this.field;
    normalizer.pullback(this.logits, this.weights, pull, ensemble.normalizer, q);
    model.pullback(this.state, q, logits);
  }
}
