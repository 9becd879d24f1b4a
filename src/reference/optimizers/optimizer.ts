import type { Optimizer } from "../../model/optimizers.ts";

/** An optimizer in float64: a step of training is x ← x − η·D. */
export interface ReferenceOptimizer<O = Optimizer> {
  /**
   * Writes D into `out`. All vectors have one number for each number of the state, 0 where it is not trained.
   * @param memory as many vectors as the row of the optimizer says, 0 before the first step; they are updated
   * @param step the number of this step, from 1
   */
  direction(gradient: Float64Array, memory: readonly Float64Array[], step: number, chosen: O, out: Float64Array): void;
  /** Where D is a sign of numbers: writes these, with the memory as it is before the step. */
  signed?(gradient: Float64Array, memory: readonly Float64Array[], chosen: O, out: Float64Array): void;
}

/** x/y, and 0 where y is 0: with ε = 0, a number whose gradient has always been 0 does not move. */
export const quotient = (x: number, y: number): number => (y === 0 ? 0 : x / y);
