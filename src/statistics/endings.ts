import type { Counted } from "../model/counted.ts";
import type { Rows } from "../model/rows.ts";
import { type Status, statuses, statusNames } from "../model/status.ts";
import { ExactSum } from "./exactSum.ts";
import { addCounts, type Countable, count, type Statistic, soundOf } from "./statistic.ts";

/** How runs ended, and the steps of those that ended soundly. */
interface EndingsResult {
  status: Record<Status, number>;
  /** Accepted steps of a run; and how many trials of a run were rejected, on average. */
  steps?: { mean: number; max: number; rejected: number };
}

type HeldEndings = ReturnType<Endings["held"]>;

export class Endings implements Statistic<EndingsResult, HeldEndings>, Countable {
  private readonly byCode = new Array<number>(Math.max(...Object.values(statuses)) + 1).fill(0);
  private sound = 0;
  private readonly steps = new ExactSum();
  private maxSteps = 0;
  private readonly rejected = new ExactSum();

  add({ status, steps, rejected }: Rows, sound: Uint32Array): void {
    for (const code of status) count(this.byCode, code);
    for (const run of sound) {
      const own = steps[run] as number;
      this.steps.add(own);
      if (own > this.maxSteps) this.maxSteps = own;
      this.rejected.add(rejected[run] as number);
    }
    this.sound += sound.length;
  }

  addCounted(counted: Counted): void {
    addCounts(this.byCode, counted.status());
    this.sound += soundOf(counted);
    const steps = counted.sumOf("steps");
    this.steps.addWhole(steps.sum);
    this.maxSteps = Math.max(this.maxSteps, steps.max);
    this.rejected.addWhole(counted.sumOf("rejected").sum);
  }

  held() {
    const { byCode, sound, steps, maxSteps, rejected } = this;
    return { byCode: [...byCode], sound, steps: steps.held(), maxSteps, rejected: rejected.held() };
  }

  addHeld({ byCode, sound, steps, maxSteps, rejected }: HeldEndings): void {
    addCounts(this.byCode, byCode);
    this.sound += sound;
    this.steps.addHeld(steps);
    this.maxSteps = Math.max(this.maxSteps, maxSteps);
    this.rejected.addHeld(rejected);
  }

  result(): EndingsResult {
    const { byCode, sound } = this;
    return {
      status: Object.fromEntries(statusNames.map((name) => [name, byCode[statuses[name]]])) as Record<Status, number>,
      ...(sound > 0 && { steps: { mean: this.steps.result(sound), max: this.maxSteps, rejected: this.rejected.result(sound) } }),
    };
  }
}
