import { number, type Shapes } from "./shape.ts";
import type { Chosen } from "./table.ts";

/**
 * An explicit Runge-Kutta method as its Butcher tableau: row j of `stages` holds the weights of the slopes of the stages
 * before stage j; `weights` those of all slopes in the step. The flow is autonomous, so no nodes are kept.
 */
export interface Tableau {
  readonly order: number;
  readonly stages: readonly (readonly number[])[];
  readonly weights: readonly number[];
  /**
   * Dense output: row j holds the coefficients of θ, θ², … in b_j(θ), and y + h Σ b_j(θ) k_j is the state at a part θ of
   * the step, 0 ≤ θ ≤ 1, to order `denseOrder`. At θ = 1 it is the step itself.
   */
  readonly dense: readonly (readonly number[])[];
  readonly denseOrder: number;
  /** With step-size control: `weights` less those of the embedded method, so that h Σ e_j k_j estimates a step's error. */
  readonly error?: readonly number[];
  /** Order q of the embedded method: the estimate goes as h^(q + 1). */
  readonly errorOrder?: number;
}

/** A fixed step of flow time; for Euler, the learning rate of gradient descent. */
const fixedStep = { step: number(1e-9, 1e6).above(0).default(0.1) };

/** Tolerances of a step's estimated error, relative to each number of the state and absolute. */
const tolerances = {
  rtol: number(1e-13, 1e-2).default(1e-4),
  atol: number(1e-15, 1e-2).default(1e-6),
};

/** Methods. A row: what the method is in a few words (`says`), its parameters, and its tableau, which the kernel and the reference read. Neither knows a method by name. */
export const integrators = {
  euler: {
    says: "Euler's method: gradient descent with learning rate `step`",
    parameters: fixedStep,
    order: 1,
    stages: [[]],
    weights: [1],
    dense: [[1]],
    denseOrder: 1,
  },
  /** Heun's method, the explicit trapezoidal rule (Hairer, Nørsett, Wanner I, table II.1.1). */
  heun: {
    says: "Heun's method of order 2, at a fixed step",
    parameters: fixedStep,
    order: 2,
    stages: [[], [1]],
    weights: [1 / 2, 1 / 2],
    dense: [
      [1, -1 / 2],
      [0, 1 / 2],
    ],
    denseOrder: 2,
  },
  /** The classical method of order 4 (Hairer, Nørsett, Wanner I, table II.1.2; dense output of order 3, II.6). */
  rk4: {
    says: "the classical Runge-Kutta method of order 4, at a fixed step",
    parameters: fixedStep,
    order: 4,
    stages: [[], [1 / 2], [0, 1 / 2], [0, 0, 1]],
    weights: [1 / 6, 1 / 3, 1 / 3, 1 / 6],
    dense: [
      [1, -3 / 2, 2 / 3],
      [0, 1, -2 / 3],
      [0, 1, -2 / 3],
      [0, -1 / 2, 2 / 3],
    ],
    denseOrder: 3,
  },
  /** Order 3 with an embedded 2 (Bogacki, Shampine 1989); dense output is the cubic Hermite polynomial of its two ends. */
  bosh3: {
    says: "Bogacki and Shampine's method of order 3, with steps that adapt",
    parameters: tolerances,
    order: 3,
    stages: [[], [1 / 2], [0, 3 / 4], [2 / 9, 1 / 3, 4 / 9]],
    weights: [2 / 9, 1 / 3, 4 / 9, 0],
    dense: [
      [1, -4 / 3, 5 / 9],
      [0, 1, -2 / 3],
      [0, 4 / 3, -8 / 9],
      [0, -1, 1],
    ],
    denseOrder: 3,
    error: [-5 / 72, 1 / 12, 1 / 9, -1 / 8],
    errorOrder: 2,
  },
  /** Order 5 with an embedded 4 and dense output of order 4 (Tsitouras 2011, doi 10.1016/j.camwa.2011.06.002). */
  tsit5: {
    says: "Tsitouras's method of order 5, with steps that adapt",
    parameters: tolerances,
    order: 5,
    stages: [
      [],
      [0.161],
      [-0.008480655492356989, 0.335480655492357],
      [2.8971530571054935, -6.359448489975075, 4.3622954328695815],
      [5.325864828439257, -11.748883564062828, 7.4955393428898365, -0.09249506636175525],
      [5.86145544294642, -12.92096931784711, 8.159367898576159, -0.071584973281401, -0.028269050394068383],
      [0.09646076681806523, 0.01, 0.4798896504144996, 1.379008574103742, -3.290069515436081, 2.324710524099774],
    ],
    weights: [0.09646076681806523, 0.01, 0.4798896504144996, 1.379008574103742, -3.290069515436081, 2.324710524099774, 0],
    dense: [
      [1, -2.763706197274826, 2.9132554618219126, -1.0530884977290216],
      [0, 0.13169999999999998, -0.2234, 0.1017],
      [0, 3.9302962368947516, -5.941033872131505, 2.490627285651253],
      [0, -12.411077166933676, 30.33818863028232, -16.548102889244902],
      [0, 37.50931341651104, -88.1789048947664, 47.37952196281928],
      [0, -27.896526289197286, 65.09189467479366, -34.87065786149661],
      [0, 1.5, -4, 2.5],
    ],
    denseOrder: 4,
    error: [
      -0.00178001105222577714,
      -0.0008164344596567469,
      0.007880878010261995,
      -0.1447110071732629,
      0.5823571654525552,
      -0.45808210592918697,
      1 / 66,
    ],
    errorOrder: 4,
  },
} as const satisfies Record<string, Tableau & { says: string; parameters: Shapes }>;

export type Integrator = Chosen<typeof integrators>;
export type AdaptiveIntegrator = Extract<Integrator, { rtol: number }>;
/** The tableau of a method. An optimizer, in place of a method, takes one slope a step, as Euler's method does. */
export const tableauOf = (integrator: Integrator | undefined): Tableau => integrators[integrator?.kind ?? "euler"];
/** Whether steps adapt; those of an optimizer, in place of a method, do not. */
export const isAdaptive = (integrator: Integrator | undefined): integrator is AdaptiveIntegrator =>
  integrator !== undefined && "rtol" in integrator;
const kinds = Object.keys(integrators) as (keyof typeof integrators)[];
export const adaptiveKinds = kinds.filter((kind) => "error" in integrators[kind]);
export const fixedKinds = kinds.filter((kind) => !("error" in integrators[kind]));

/**
 * Step-size control: the plain integral controller of Hairer, Nørsett, Wanner I, II.4. After a step with scaled error e the
 * next is h·safety·e^(−1/(errorOrder + 1)), between `shrink` and `grow` times h; a step with e > 1 is taken again. (With
 * proportional terms a flow whose step must keep growing takes more steps: to t = 10⁶ 30 became 37 to 57.)
 */
export const control = {
  safety: 0.9,
  shrink: 0.2,
  grow: 10,
  /** Factor after a trial whose error is not finite. */
  nonFinite: 0.1,
  /**
   * A run has converged if over a doubling of time its state moved by no more than this in the norm of the error, at its own
   * tolerances, or at `convergedWithin` where its own are looser: at 1e-2 slow growth would pass for rest.
   */
  converged: 3,
  convergedWithin: { rtol: 1e-4, atol: 1e-6 },
  /** Number of probes in an adaptive step, evenly spaced up to its end, at which the leading token and its share are observed. */
  probes: 4,
  /** Number of intervals of a step over which flow time is integrated, where the margin's own clock is followed. */
  clockIntervals: 4,
} as const;
