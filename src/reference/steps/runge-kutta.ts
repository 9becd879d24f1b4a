import type { Ensemble } from "../../model/ensemble.ts";
import type { Tableau } from "../../model/integrators.ts";
import type { Evaluation, Field } from "../field.ts";
import type { Flowing } from "../state.ts";
import { errorNorm, tolerancesOf } from "./norm.ts";
import type { Step, Stepper } from "./step.ts";

/** Explicit Runge-Kutta steps with all their stages, straight from the tableau; their error estimates and dense output. */
export class RungeKutta implements Stepper {
  readonly errorOrder: number;
  private readonly ensemble: Ensemble;
  private readonly field: Field;
  private readonly tableau: Tableau;
  /** Of each stage. */
  private readonly slopes: Flowing[];
  /** The state of a stage, and at last that at the end. */
  private readonly next: Flowing;
  private stage: Evaluation | undefined;

  constructor(ensemble: Ensemble, field: Field, tableau: Tableau) {
    const empty = () => ({ logits: new Float64Array(ensemble.tokens), values: new Float64Array(ensemble.tokens * ensemble.dim) });
    this.errorOrder = tableau.errorOrder ?? 0;
    this.ensemble = ensemble;
    this.field = field;
    this.tableau = tableau;
    this.slopes = tableau.stages.map(empty);
    this.next = empty();
  }

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
    const at = (theta: number, out: Flowing) => {
      const b = dense.map((row) => row.reduceRight((sum, c) => (sum + c) * theta, 0));
      this.combine(state, h, b, out);
    };
    return { length: h, end: this.next, error: this.errorOf(state, h), at };
  }

  private errorOf(state: Flowing, h: number): number {
    const { error } = this.tableau;
    if (!error) return 0;
    const estimate = (part: keyof Flowing, at: number) => error.reduce((sum, c, j) => sum + c * (this.slopes[j]?.[part][at] as number), 0);
    return h * errorNorm(this.ensemble, tolerancesOf(this.ensemble), state, estimate);
  }

  /** Writes the state plus h times the slopes weighed by the coefficients. */
  private combine(state: Flowing, h: number, coefficients: readonly number[], out: Flowing): void {
    for (const part of ["logits", "values"] as const) {
      const x = out[part];
      for (let i = 0; i < x.length; i++) x[i] = state[part][i] as number;
      for (let j = 0; j < coefficients.length; j++) {
        const weight = h * (coefficients[j] as number);
        if (weight === 0) continue;
        const slope = this.slopes[j]?.[part] as Float64Array;
        for (let i = 0; i < x.length; i++) x[i] = (x[i] as number) + weight * (slope[i] as number);
      }
    }
  }
}
