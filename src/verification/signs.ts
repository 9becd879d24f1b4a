import type { Ensemble } from "../model/ensemble.ts";
import { isDecoupled, optimizerRow } from "../model/optimizers.ts";
import { type Evaluation, Field } from "../reference/field.ts";
import { type Noise, noiseOf } from "../reference/noise.ts";
import { copyOf, type Flowing, type State } from "../reference/state.ts";
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
 * others, so that a sign change falls on it; or the number rests, and later goes to and fro with the phase that rounding gave it.
 */
export class Signs {
  /** Whether float32 decides the run. */
  undecided = false;
  /** What the next step sees of the run: with label noise another target. */
  private readonly noise: Noise | undefined;
  private readonly shaken: Field;
  private readonly slope: Flowing;
  private readonly other: Flowing;
  /** Of each number: whether its gradient is lost now, and whether it has rested with a lost gradient. */
  private readonly lost: { [P in keyof Flowing]: Uint8Array };
  private readonly rested: { [P in keyof Flowing]: Uint8Array };
  private steps = 0;
  private before: Flowing | undefined;

  constructor(
    private readonly ensemble: Ensemble,
    start: State,
    seed: number,
  ) {
    this.noise = noiseOf(ensemble, start);
    this.shaken = new Field(ensemble, this.noise?.field.data ?? start, shakenParts(ensemble, start, randomSigns(seed)));
    this.slope = copyOf(start);
    this.other = copyOf(start);
    const flags = () => ({ logits: new Uint8Array(start.logits.length), values: new Uint8Array(start.values.length) });
    this.lost = flags();
    this.rested = flags();
  }

  /** Takes the state at the start, and after every step. */
  watch(here: Evaluation): void {
    if (this.undecided) return;
    const { state } = here;
    this.compare(state);
    this.noise?.begin(this.steps);
    (this.noise?.at(here) ?? here).slopes(this.slope);
    this.shaken.at(state).slopes(this.other);
    const { decay, optimizer } = this.ensemble;
    const { gradient } = this.noise ?? {};
    for (const part of ["logits", "values"] as const)
      for (let i = 0; i < state[part].length; i++) {
        const slope = this.slope[part][i] as number;
        const shrinks = optimizer && isDecoupled(optimizer) ? 0 : decay[part] * (state[part][i] as number);
        const noise = gradient?.[part][i] ?? 0;
        const rounding = Math.abs((this.other[part][i] as number) - slope) + ulp * (Math.abs(shrinks) + 4 * Math.abs(noise));
        this.lost[part][i] = Number(slope !== 0 && Math.abs(slope - shrinks - noise) <= lostWithin * rounding);
      }
    this.before = copyOf(state);
  }

  /** Compares the state with that before the step. */
  private compare(state: Flowing): void {
    const { before } = this;
    if (!before) return;
    const bySignAlone = this.steps++ === 0 || this.ensemble.optimizer?.kind === "sign";
    let size = 0;
    for (const part of ["logits", "values"] as const) for (const x of state[part]) size = Math.max(size, Math.abs(x));
    for (const part of ["logits", "values"] as const)
      for (let i = 0; i < state[part].length; i++) {
        const moved = Math.abs((state[part][i] as number) - (before[part][i] as number));
        const moves = moved > movesBeyond * ulp * size;
        if (moves && (this.rested[part][i] === 1 || (this.lost[part][i] === 1 && bySignAlone))) this.undecided = true;
        if (this.lost[part][i] === 1 && moved <= restsWithin * ulp * size) this.rested[part][i] = 1;
      }
  }
}

/** Whether an ensemble has such an optimizer that treats each number by itself. */
export const hasSigns = ({ optimizer }: Ensemble): boolean =>
  optimizer !== undefined && optimizerRow(optimizer).scaleFree && !optimizerRow(optimizer).invariant;
