import { type Tableau, tableauOf } from "../model/integrators.ts";
import { errorNorm, tolerancesOf } from "./control.ts";
import type { Evaluation, Field } from "./field.ts";
import { addScaled } from "./linear.ts";
import type { Flowing } from "./state.ts";

/** A step that was tried. It is valid until the next one is tried. */
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
export class RungeKutta {
  /** It remembers nothing from one step to the next. */
  readonly memory: readonly Float64Array[] = [];
  private readonly tableau: Tableau;
  /** The slopes of each stage, and by part. */
  private readonly slopes: Flowing[];
  private readonly logitSlopes: Float64Array[];
  private readonly valueSlopes: Float64Array[];
  /** The state of a stage; after the last stage, the state at the end of the step. */
  private readonly next: Flowing;
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
    this.next = empty();
    this.estimate = empty();
  }

  /** Tries a step of length h from an evaluated state. */
  try(from: Evaluation, h: number): Step {
    const { stages, weights, dense } = this.tableau;
    const { state } = from;
    from.slopes(this.slopes[0] as Flowing);
    for (let j = 1; j < stages.length; j++) {
      this.combine(state, h, stages[j] as number[], this.next);
      this.stage = this.field.at(this.next, this.stage);
      this.stage.slopes(this.slopes[j] as Flowing);
    }
    this.combine(state, h, weights, this.next);
    this.add(h, this.next);
    const at = (theta: number, out: Flowing) => {
      const b = dense.map((row) => row.reduceRight((sum, c) => (sum + c) * theta, 0));
      this.combine(state, h, b, out);
      this.add(theta * h, out);
    };
    return { length: h, end: this.next, error: this.errorOf(state, h), at };
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
