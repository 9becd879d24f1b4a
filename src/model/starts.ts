import { list, number } from "./shape.ts";
import type { Chosen } from "./table.ts";

/** A number of a given start: finite, and small enough that the run has not diverged at its start. */
const given = number(-1e9, 1e9);
const scale = (initial: number) => number(0, 1e6).default(initial);

/** How the value matrix V (dim rows, one column a token) starts. A row: what it is in a few words (`says`), and its parameters. */
export const valueStarts = {
  gaussian: { says: "independent normals of standard deviation `scale`", parameters: { scale: scale(0.1) } },
  identity: { says: "`scale` on the diagonal, 0 elsewhere", parameters: { scale: scale(1) } },
  zero: { says: "all 0", parameters: {} },
  given: { says: "the same matrix in every run: `dim` rows of `tokens` numbers", parameters: { matrix: list(list(given)) } },
} as const;

/** How the logits a start. */
export const logitStarts = {
  offset: {
    says: "`mean` + `scale`·N(0, 1), the paper's start",
    parameters: { mean: number(-1e3, 1e3).default(1), scale: scale(0.1) },
  },
  zero: { says: "all 0", parameters: {} },
  gaussian: { says: "independent normals of standard deviation `scale`", parameters: { scale: scale(0.1) } },
  given: { says: "the same logits in every run: `tokens` numbers", parameters: { vector: list(given) } },
} as const;

/**
 * Where the target comes from, by the kind of target that a loss takes (its row in losses.ts says which); the first is the default.
 * A kind that is drawn has its shader, shaders/targets/KIND.wgsl, and its twin in src/reference/start.ts.
 */
export const targets = {
  /** β: `dim` numbers. */
  direction: {
    unit: { says: "a uniformly random direction, ‖β‖ = 1", parameters: {} },
    gaussian: { says: "independent standard normals", parameters: {} },
    given: { says: "the same target in every run: `dim` numbers", parameters: { vector: list(given) } },
  },
  /** q, over `dim` classes. */
  distribution: {
    distribution: { says: "softmax(10·U), each U uniform on (0, 1)", parameters: {} },
    given: {
      says: "the same distribution in every run: `dim` numbers from 0 up that sum to 1",
      parameters: { vector: list(number(0, 1)) },
    },
  },
  /** A design X, the same in every run, and a response b of `samples` numbers. */
  response: {
    /** The design is made in design.ts. */
    generated: {
      says: "X of the condition number, drawn once for a specification and seed; b of standard normals, for each run",
      parameters: {},
    },
    given: {
      says: "the same in every run: `samples` rows of `dim` numbers for X, `samples` numbers for b",
      parameters: { design: list(list(given), 1, 1024), response: list(given) },
    },
  },
} as const;

export type ValueStart = Chosen<typeof valueStarts>;
export type LogitStart = Chosen<typeof logitStarts>;
type Targets = typeof targets;
export type Target = { [K in keyof Targets]: Chosen<Targets[K]> }[keyof Targets];

/**
 * What a random number is for: the second word of its Threefry key; the first one is the seed.
 * Its counter is (run, token·2¹⁶ + component). So it does not depend on tokens or dim,
 * the engine, the batch or the other points of a grid. That of noise is (run, step) and gives the key of another Threefry,
 * whose counter is (token·2¹⁶ + component, 0), of a batch (place in it, 0).
 */
export const purposes = {
  values: 1,
  logits: 2,
  target: 3,
  design: 4,
  targetNoise: 5,
  valueNoise: 6,
  logitNoise: 7,
  otherToken: 8,
  nudge: 9,
  batchNoise: 10,
} as const;
