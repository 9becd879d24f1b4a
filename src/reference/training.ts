import { isDecoupled, type Optimizer, optimizerRow } from "../model/optimizers.ts";
import type { Evaluation, Field } from "./field.ts";
import { referenceOptimizers } from "./optimizers/index.ts";
import type { ReferenceOptimizer } from "./optimizers/optimizer.ts";
import type { Step } from "./rungeKutta.ts";
import type { Flowing } from "./state.ts";

/**
 * Steps of an optimizer: x ← x − ηλx − ηD where weight decay is decoupled, else x ← x − ηD with λx in the gradient that D is made of, and in
 * either case with the noise of the gradient. Inside a step the state is on the line between its ends.   Twin: shaders/steps/training.wgsl
 */
export class Training {
  /** What the optimizer remembers: vectors of one number for each number of the state, the logits before the values. */
  readonly memory: readonly Float64Array[];
  private readonly optimizer: ReferenceOptimizer;
  private readonly slope: Flowing;
  private readonly gradient: Float64Array;
  private readonly direction: Float64Array;
  private readonly next: Flowing;
  private steps = 0;

  constructor(
    private readonly field: Field,
    private readonly chosen: Optimizer,
    private readonly noise?: Flowing,
  ) {
    const { tokens: n, dim: d } = field.ensemble;
    const empty = () => ({ logits: new Float64Array(n), values: new Float64Array(n * d) });
    this.memory = Array.from({ length: optimizerRow(chosen).memory }, () => new Float64Array(n * (1 + d)));
    this.optimizer = referenceOptimizers[chosen.kind] as ReferenceOptimizer;
    this.slope = empty();
    this.next = empty();
    this.gradient = new Float64Array(n * (1 + d));
    this.direction = new Float64Array(n * (1 + d));
  }

  /** Takes the next step, at the learning rate h, from an evaluated state. */
  try(from: Evaluation, h: number): Step {
    const { state } = from;
    const { decay, train, tokens: n } = this.field.ensemble;
    const decays = { logits: train === "values" ? 0 : decay.logits, values: train === "logits" ? 0 : decay.values };
    const decoupled = isDecoupled(this.chosen);
    from.slopes(this.slope);
    const each = (visit: (part: keyof Flowing, at: number, place: number) => void) => {
      for (let i = 0; i < n; i++) visit("logits", i, i);
      for (let at = 0; at < state.values.length; at++) visit("values", at, n + at);
    };
    each((part, at, place) => {
      const g = (this.noise?.[part][at] ?? 0) - (this.slope[part][at] as number);
      this.gradient[place] = decoupled || decays[part] === 0 ? g : g + decays[part] * (state[part][at] as number);
    });
    this.optimizer.direction(this.gradient, this.memory, ++this.steps, this.chosen, this.direction);
    each((part, at, place) => {
      const x = state[part][at] as number;
      const left = decoupled && decays[part] > 0 ? x - h * decays[part] * x : x;
      this.next[part][at] = left - h * (this.direction[place] as number);
    });
    const at = (theta: number, out: Flowing) => {
      for (const part of ["logits", "values"] as const)
        for (let i = 0; i < out[part].length; i++) {
          const x = state[part][i] as number;
          out[part][i] = x + theta * ((this.next[part][i] as number) - x);
        }
    };
    return { length: h, end: this.next, error: 0, at };
  }
}
