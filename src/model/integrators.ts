import { z } from "zod";
import type { Chosen } from "./table.ts";

/**
 * An explicit Runge-Kutta method as its Butcher tableau: row j of `stages` weighs the slopes of the stages
 * before stage j; `weights` weighs all slopes in the step. The flow is autonomous, so no nodes are kept.
 */
export interface Tableau {
  readonly order: number;
  readonly stages: readonly (readonly number[])[];
  readonly weights: readonly number[];
}

/** A fixed step of flow time; for Euler, the learning rate of gradient descent. */
const fixedStep = { step: z.number().positive().min(1e-9).max(1e6).default(0.1) };

/** Methods. A row is its tableau; the kernel and the reference read it, and neither knows a method by name. */
export const integrators = {
  /** Gradient descent with learning rate `step`. */
  euler: { parameters: fixedStep, order: 1, stages: [[]], weights: [1] },
  /** Heun's method, the explicit trapezoidal rule (Hairer, Nørsett, Wanner I, table II.1.1). */
  heun: { parameters: fixedStep, order: 2, stages: [[], [1]], weights: [1 / 2, 1 / 2] },
  /** The classical method of order 4 (Hairer, Nørsett, Wanner I, table II.1.2). */
  rk4: {
    parameters: fixedStep,
    order: 4,
    stages: [[], [1 / 2], [0, 1 / 2], [0, 0, 1]],
    weights: [1 / 6, 1 / 3, 1 / 3, 1 / 6],
  },
} as const satisfies Record<string, Tableau & { parameters: z.ZodRawShape }>;

export type Integrator = Chosen<typeof integrators>;
