import { constantRate, type LearningRate, schedules } from "./schedules.ts";
import { either, flag, number, type Shapes } from "./shape.ts";
import { type Chosen, longForm } from "./table.ts";

const learningRate = either<LearningRate>(
  `a number or a schedule, {kind: ${Object.keys(schedules).join(" | ")}, from: …}`,
  constantRate,
  longForm(schedules),
).says(
  "a number, or a schedule: `{kind: constant, from}`, `{kind: linear, from, to, steps}` or `{kind: cosine, from, to, steps}`, each with `warmUp`",
);
/** How much of what an optimizer remembers stays at a step. */
const kept = (initial: number) => number(0).below(1).default(initial);
const decoupled = flag().default(true);
const epsilon = number(0, 1).default(1e-8);

/**
 * Optimizers: how a step of training follows from the gradient G. A row: what the step x ← x − η·D is in a few words (`says`, η the learning rate),
 * its parameters; how many numbers it keeps of each number that is trained (`memory`), and of a run (`carried`); whether D is the same in all
 * orthonormal coordinates of values (`invariant`), so that reductions hold; and whether D is as large for a small gradient as for a large one (`scaleFree`), so
 * that no gradient is too small to matter. `remembers` is the parameter that says how much of what it remembers stays at a step, of Adam that of the squares, and
 * its symbol.
 * Twins: shaders/optimizers/KIND.wgsl and src/reference/optimizers/KIND.ts.
 */
export const optimizers = {
  "gradient-descent": { says: "D = G", parameters: { learningRate }, memory: 0, carried: 0, invariant: true, scaleFree: false },
  momentum: {
    says: "m ← μm + G, D = m",
    parameters: { learningRate, momentum: kept(0.9) },
    remembers: { parameter: "momentum", symbol: "μ" },
    memory: 1,
    carried: 0,
    invariant: true,
    scaleFree: false,
  },
  nesterov: {
    says: "m ← μm + G, D = G + μm",
    parameters: { learningRate, momentum: kept(0.9) },
    remembers: { parameter: "momentum", symbol: "μ" },
    memory: 1,
    carried: 0,
    invariant: true,
    scaleFree: false,
  },
  sign: { says: "D = sign(G), of each number", parameters: { learningRate }, memory: 0, carried: 0, invariant: false, scaleFree: true },
  lion: {
    says: "D = sign(β₁m + (1 − β₁)G), then m ← β₂m + (1 − β₂)G; `decoupled`: weight decay as AdamW has it",
    parameters: { learningRate, beta1: kept(0.9), beta2: kept(0.99), decoupled },
    remembers: { parameter: "beta2", symbol: "β₂" },
    memory: 1,
    carried: 0,
    invariant: false,
    scaleFree: true,
  },
  normalized: {
    says: "D = G/‖G‖, over all that is trained",
    parameters: { learningRate },
    memory: 0,
    carried: 0,
    invariant: true,
    scaleFree: true,
  },
  rmsprop: {
    says: "v ← αv + (1 − α)G², D = G/(√v + ε), α the parameter `decay`",
    parameters: { learningRate, decay: kept(0.99), epsilon },
    remembers: { parameter: "decay", symbol: "α" },
    memory: 1,
    carried: 0,
    invariant: false,
    scaleFree: true,
  },
  adam: {
    says: "means m of G and v of G², with bias correction, D = m/(√v + ε); `decoupled`: weight decay as AdamW has it",
    parameters: { learningRate, beta1: kept(0.9), beta2: kept(0.999), epsilon, decoupled },
    remembers: { parameter: "beta2", symbol: "β₂" },
    memory: 2,
    carried: 2,
    invariant: false,
    scaleFree: true,
  },
} as const satisfies Record<string, OptimizerRow>;

interface OptimizerRow {
  readonly says: string;
  readonly parameters: Shapes;
  readonly remembers?: { readonly parameter: string; readonly symbol: string };
  readonly memory: number;
  readonly carried: number;
  readonly invariant: boolean;
  readonly scaleFree: boolean;
}

export type OptimizerKind = keyof typeof optimizers;
export type Optimizer = Chosen<typeof optimizers>;
export const optimizerKinds = Object.keys(optimizers) as OptimizerKind[];
export const optimizerRow = ({ kind }: Pick<Optimizer, "kind">): OptimizerRow => optimizers[kind];

/** Whether weight decay shrinks the state by itself, outside of the gradient. */
export const isDecoupled = (optimizer: Optimizer): boolean => "decoupled" in optimizer && optimizer.decoupled;
