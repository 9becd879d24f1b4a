import { type Tableau, tableauOf } from "../model/integrators.ts";
import { errorNorm, tolerancesOf } from "./control.ts";
import type { Evaluation, Field } from "./field.ts";
import { addScaled } from "./linear.ts";
import type { Flowing } from "./state.ts";

/** A step that was tried. It is valid until its stepper tries the next one. */
export interface Step {
  readonly length: number;
  /** The state at its end. */
  readonly end: Flowing;
  /** The estimated error, scaled so that up to 1 is within the tolerances; 0 where the length of steps is fixed. */
  readonly error: number;
  /** Dense output: writes the state at the part θ of the step, 0 to 1. Of the values it writes as many numbers as `out` has. */
  at(theta: number, out: Flowing): void;
}

/**
 * Explicit Runge-Kutta steps with all their stages, straight from the tableau of the integrator. Noise of the gradient is added to the weighted mean of the
 * stages' gradients; inside a step, by the part of the step.
 */
export class RungeKutta implements Step {
  length = 0;
  error = 0;
  /** The state of a stage; after the last stage, the state at the end of the step. */
  readonly end: Flowing;
  /** It remembers nothing from one step to the next. */
  readonly memory: readonly Float64Array[] = [];
  private readonly tableau: Tableau;
  /** The slopes of each stage, and by part. */
  private readonly slopes: Flowing[];
  private readonly logitSlopes: Float64Array[];
  private readonly valueSlopes: Float64Array[];
  /** The state where the step begins. */
  private start: Flowing;
  /** Weights of the slopes inside a step. */
  private readonly inside: number[];
  /** Whether the last stage is at the end of the step. */
  private readonly endsInStage: boolean;
  /** The estimated error of the step over its length, where steps adapt. */
  private readonly estimate: Flowing;
  private stage: Evaluation | undefined;

  constructor(
    private readonly field: Field,
    private readonly noise?: Flowing,
  ) {
    const { tokens: n, dim: d, integrator } = field.ensemble;
    const empty = () => ({ logits: new Float64Array(n), values: new Float64Array(n * d) });
    this.tableau = tableauOf(integrator);
    this.slopes = this.tableau.stages.map(empty);
    this.logitSlopes = this.slopes.map(({ logits }) => logits);
    this.valueSlopes = this.slopes.map(({ values }) => values);
    this.end = empty();
    this.start = this.end;
    this.estimate = empty();
    const { stages, weights } = this.tableau;
    this.inside = weights.map(() => 0);
    this.endsInStage = weights.every((weight, j) => weight === (stages.at(-1)?.[j] ?? 0));
  }

  /** Tries a step of length h from an evaluated state. */
  try(from: Evaluation, h: number): Step {
    const { stages, weights } = this.tableau;
    const { state } = from;
    this.length = h;
    this.start = state;
    from.slopes(this.slopes[0] as Flowing);
    for (let j = 1; j < stages.length; j++) {
      this.combine(state, h, stages[j] as number[], this.end);
      this.stage = this.field.at(this.end, this.stage);
      this.stage.slopes(this.slopes[j] as Flowing);
    }
    if (!this.endsInStage) this.combine(state, h, weights, this.end);
    this.add(h, this.end);
    this.error = this.errorOf(state, h);
    return this;
  }

  at(theta: number, out: Flowing): void {
    const { inside, length } = this;
    const { dense } = this.tableau;
    for (let j = 0; j < dense.length; j++) {
      const row = dense[j] as number[];
      let sum = 0;
      for (let i = row.length - 1; i >= 0; i--) sum = (sum + (row[i] as number)) * theta;
      inside[j] = sum;
    }
    this.combine(this.start, length, inside, out);
    this.add(theta * length, out);
  }

  private errorOf(state: Flowing, h: number): number {
    const { error } = this.tableau;
    const { ensemble } = this.field;
    if (!error) return 0;
    const { logits, values } = this.estimate;
    addScaled(logits.fill(0), 1, error, this.logitSlopes, logits);
    addScaled(values.fill(0), 1, error, this.valueSlopes, values);
    return h * errorNorm(ensemble, tolerancesOf(ensemble), state, this.estimate);
  }

  /** Moves a state by −h times the noise. */
  private add(h: number, out: Flowing): void {
    const { noise } = this;
    if (!noise) return;
    for (const part of ["logits", "values"] as const)
      for (let i = 0; i < out[part].length; i++) out[part][i] = (out[part][i] as number) - h * (noise[part][i] as number);
  }

  /** Writes the state plus h times the sum of the slopes, each weighted by its coefficient. */
  private combine({ logits, values }: Flowing, h: number, coefficients: readonly number[], out: Flowing): void {
    addScaled(logits, h, coefficients, this.logitSlopes, out.logits);
    addScaled(values, h, coefficients, this.valueSlopes, out.values);
  }
}
