import type { Counted } from "../model/counted.ts";
import type { Ensemble } from "../model/ensemble.ts";
import type { Rows } from "../model/rows.ts";
import { type Proportion, proportion } from "./proportion.ts";
import { type Countable, present, type Statistic, soundOf } from "./statistic.ts";

interface HoldingResult {
  /** Share of the runs whose largest share is at least `polarizedAt` at the end; `polarized` counts also those that reached it and lost it. */
  polarizedAtEnd?: Proportion;
}

type HeldHolding = ReturnType<Holding["held"]>;

/** In how many runs one token holds `polarizedAt` of the weight at the end. The threshold is that of kernels, a float32. */
export class Holding implements Statistic<HoldingResult, HeldHolding>, Countable {
  private readonly threshold: number;
  private sound = 0;
  private holding = 0;

  constructor({ polarizedAt }: Ensemble) {
    this.threshold = Math.fround(polarizedAt);
  }

  add({ sinkShare }: Rows, sound: Uint32Array): void {
    this.sound += sound.length;
    for (const run of sound) if ((sinkShare[run] as number) >= this.threshold) this.holding++;
  }

  addCounted(counted: Counted): void {
    this.sound += soundOf(counted);
    this.holding += counted.holding();
  }

  held() {
    return { sound: this.sound, holding: this.holding };
  }

  addHeld({ sound, holding }: HeldHolding): void {
    this.sound += sound;
    this.holding += holding;
  }

  result(): HoldingResult {
    return present({ polarizedAtEnd: proportion(this.holding, this.sound) }) as HoldingResult;
  }
}
