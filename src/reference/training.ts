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
export class Training implements Step {
  length = 0;
  /** There is no estimate of it. */
  readonly error = 0;
  readonly end: Flowing;
  /** What the optimizer remembers: vectors of one number for each number of the state, the logits before the values. */
  readonly memory: readonly Float64Array[];
  private readonly optimizer: ReferenceOptimizer;
  private readonly slope: Flowing;
  private readonly gradient: Float64Array;
  private readonly direction: Float64Array;
  /** The state where the step begins. */
  private start: Flowing;
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
    this.end = empty();
    this.start = this.end;
    this.gradient = new Float64Array(n * (1 + d));
    this.direction = new Float64Array(n * (1 + d));
  }

  /** Takes the next step, at the learning rate h, from an evaluated state. */
  try(from: Evaluation, h: number): Step {
    const { decay, train } = this.field.ensemble;
    const decays = { logits: train === "values" ? 0 : decay.logits, values: train === "logits" ? 0 : decay.values };
    const decoupled = isDecoupled(this.chosen);
    this.length = h;
    this.start = from.state;
    from.slopes(this.slope);
    this.eachPart((x, part, first) => {
      const slope = this.slope[part];
      const noise = this.noise?.[part];
      const coupled = decoupled ? 0 : decays[part];
      for (let i = 0; i < x.length; i++) {
        const g = (noise ? (noise[i] as number) : 0) - (slope[i] as number);
        this.gradient[first + i] = coupled === 0 ? g : g + coupled * (x[i] as number);
      }
    });
    this.optimizer.direction(this.gradient, this.memory, ++this.steps, this.chosen, this.direction);
    this.eachPart((x, part, first) => {
      const end = this.end[part];
      const shrinks = decoupled ? h * decays[part] : 0;
      for (let i = 0; i < x.length; i++) {
        const left = shrinks > 0 ? (x[i] as number) - shrinks * (x[i] as number) : (x[i] as number);
        end[i] = left - h * (this.direction[first + i] as number);
      }
    });
    return this;
  }

  at(theta: number, out: Flowing): void {
    this.eachPart((x, part) => {
      const end = this.end[part];
      const inside = out[part];
      for (let i = 0; i < inside.length; i++) inside[i] = (x[i] as number) + theta * ((end[i] as number) - (x[i] as number));
    });
  }

  /** Visits both parts of the state where the step begins, with the place of their first number in vectors of the optimizer. */
  private eachPart(visit: (x: Float64Array, part: keyof Flowing, first: number) => void): void {
    const { logits, values } = this.start;
    visit(logits, "logits", 0);
    visit(values, "values", logits.length);
  }
}
