import type { Evaluation } from "../field.ts";
import type { Flowing } from "../state.ts";

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

/** A method that takes steps. */
export interface Stepper {
  /** The estimated error of a step of length h goes as h to one more than this; 0 where nothing is estimated. */
  readonly errorOrder: number;
  /** Tries a step of length h from an evaluated state. */
  try(from: Evaluation, h: number): Step;
}
