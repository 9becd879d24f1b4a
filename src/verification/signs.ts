import type { Ensemble } from "../model/ensemble.ts";
import { isDecoupled, type Optimizer, optimizerRow } from "../model/optimizers.ts";
import { type Evaluation, Field } from "../reference/field.ts";
import { type Noise, noiseOf } from "../reference/noise.ts";
import { largestOf } from "../reference/observables.ts";
import { referenceOptimizers } from "../reference/optimizers/index.ts";
import type { ReferenceOptimizer } from "../reference/optimizers/optimizer.ts";
import { assign, copyOf, type Flowing, type State } from "../reference/state.ts";
import { randomSigns, ulp } from "./random.ts";
import { shakenParts } from "./shaking.ts";

/** A gradient is lost where it is below so many times what rounding in its evaluation, drawn once a step, moved it by. */
const lostWithin = 4;
/** A number rests where a step changes it by no more than so many ulp of the largest number of the state; it moves where that is four times as much. */
const restsWithin = 16;
const movesBeyond = 4 * restsWithin;

/**
 * Watches a run of an optimizer whose steps from small gradients are as long as from large ones. Where a gradient is lost in its rounding, float32
 * decides its sign, and with it the run in two cases: the sign of this gradient alone says where the step goes, as in each step of sign descent and the first of
 * others, so that a sign change falls on it; or the number rests, and later goes to and fro with the phase that rounding gave it. Where an optimizer takes the
 * sign of another number than the gradient, that number stands in its place.
 */
export class Signs {
  /** Whether float32 decides the run. */
  undecided = false;
  /** What the next step sees of the run: with label noise another target. */
  private readonly noise: Noise | undefined;
  private readonly shaken: Field;
  private shakenHere: Evaluation | undefined;
  private readonly slope: Flowing;
  private readonly other: Flowing;
  private readonly exact: Signed;
  private readonly rounded: Signed;
  /** Of each number, logits before values: whether its gradient is lost now, and whether it has rested with a lost gradient. */
  private readonly lost: Uint8Array;
  private readonly rested: Uint8Array;
  private steps = 0;
  private before: Flowing | undefined;

  constructor(
    private readonly ensemble: Ensemble & { optimizer: Optimizer },
    start: State,
    seed: number,
  ) {
    const length = start.logits.length + start.values.length;
    this.noise = noiseOf(ensemble, start);
    this.shaken = new Field(ensemble, this.noise?.field.data ?? start, shakenParts(ensemble, start, randomSigns(seed)));
    this.slope = copyOf(start);
    this.other = copyOf(start);
    this.exact = new Signed(ensemble.optimizer, length);
    this.rounded = new Signed(ensemble.optimizer, length);
    this.lost = new Uint8Array(length);
    this.rested = new Uint8Array(length);
  }

  /** Takes the state at the start, and after every step. */
  watch(here: Evaluation): void {
    if (this.undecided) return;
    const { state } = here;
    this.compare(state);
    this.noise?.begin(this.steps);
    (this.noise?.at(here) ?? here).slopes(this.slope);
    this.shakenHere = this.shaken.at(state, this.shakenHere);
    this.shakenHere.slopes(this.other);
    const { decay, optimizer } = this.ensemble;
    const { gradient } = this.noise ?? {};
    this.eachPart((part, first) => {
      const [x, slope, other, noises] = [state[part], this.slope[part], this.other[part], gradient?.[part]];
      const shrink = isDecoupled(optimizer) ? 0 : decay[part];
      for (let i = 0; i < x.length; i++) {
        const shrinks = shrink === 0 ? 0 : shrink * (x[i] as number);
        const noise = noises ? (noises[i] as number) : 0;
        const added = shrinks + noise;
        const rounding = ulp * (Math.abs(shrinks) + 4 * Math.abs(noise));
        const g = added - (slope[i] as number);
        const h = added - (other[i] as number);
        this.exact.gradient[first + i] = g;
        this.rounded.gradient[first + i] = h + (h < g ? -rounding : rounding);
      }
    });
    const [exact, rounded] = [this.exact.next(), this.rounded.next()];
    this.eachPart((part, first) => {
      const slope = this.slope[part];
      for (let i = 0; i < slope.length; i++) {
        const x = exact[first + i] as number;
        const rounding = Math.abs((rounded[first + i] as number) - x);
        this.lost[first + i] = slope[i] !== 0 && Math.abs(x) <= lostWithin * rounding ? 1 : 0;
      }
    });
    if (this.before) assign(this.before, state);
    else this.before = copyOf(state);
  }

  /** Compares the state with that before the step. */
  private compare(state: Flowing): void {
    const { before } = this;
    if (!before) return;
    const bySignAlone = this.steps++ === 0 || this.exact.isSign;
    const size = Math.max(largestOf(state.logits), largestOf(state.values));
    this.eachPart((part, first) => {
      const [now, then] = [state[part], before[part]];
      for (let i = 0; i < now.length; i++) {
        const place = first + i;
        const moved = Math.abs((now[i] as number) - (then[i] as number));
        const moves = moved > movesBeyond * ulp * size;
        if (moves && (this.rested[place] === 1 || (this.lost[place] === 1 && bySignAlone))) this.undecided = true;
        if (this.lost[place] === 1 && moved <= restsWithin * ulp * size) this.rested[place] = 1;
      }
    });
  }

  /** Visits both parts of a state, with the place of their first number among all. */
  private eachPart(visit: (part: keyof Flowing, first: number) => void): void {
    visit("logits", 0);
    visit("values", this.slope.logits.length);
  }
}

/** The numbers whose signs an optimizer goes by, step by step: gradients, or what it makes of them where D is a sign. */
class Signed {
  /** The gradient of the step, which is to be written. */
  readonly gradient: Float64Array;
  readonly isSign: boolean;
  private readonly twin: ReferenceOptimizer;
  private readonly memory: Float64Array[];
  private readonly out: Float64Array;
  private readonly direction: Float64Array;
  private steps = 0;

  constructor(
    private readonly chosen: Optimizer,
    length: number,
  ) {
    const vector = () => new Float64Array(length);
    this.twin = referenceOptimizers[chosen.kind] as ReferenceOptimizer;
    this.isSign = this.twin.signed !== undefined;
    this.memory = Array.from({ length: optimizerRow(chosen).memory }, vector);
    [this.gradient, this.out, this.direction] = [vector(), vector(), vector()];
  }

  next(): Float64Array {
    const { twin, gradient, memory, chosen, out } = this;
    if (!twin.signed) return gradient;
    twin.signed(gradient, memory, chosen, out);
    twin.direction(gradient, memory, ++this.steps, chosen, this.direction);
    return out;
  }
}

/** Whether an ensemble has such an optimizer that treats each number by itself. */
export const hasSigns = (ensemble: Ensemble): ensemble is Ensemble & { optimizer: Optimizer } =>
  ensemble.optimizer !== undefined && optimizerRow(ensemble.optimizer).scaleFree && !optimizerRow(ensemble.optimizer).invariant;
