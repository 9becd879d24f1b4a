import type { Rows } from "../model/columns.ts";
import { type Status, statuses, statusNames } from "../model/status.ts";
import { ExactSum } from "./exactSum.ts";
import { addCounts, count, type Statistic } from "./statistic.ts";

/** How runs ended, and the steps of those that ended soundly. */
interface EndingsResult {
  status: Record<Status, number>;
  /** Accepted steps of a run; and how many trials of a run were rejected, on average. */
  steps?: { mean: number; max: number; rejected: number };
}

export class Endings implements Statistic<EndingsResult> {
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

  merge(other: Endings): void {
    addCounts(this.byCode, other.byCode);
    this.sound += other.sound;
    this.steps.merge(other.steps);
    this.maxSteps = Math.max(this.maxSteps, other.maxSteps);
    this.rejected.merge(other.rejected);
  }

  result(): EndingsResult {
    const { byCode, sound } = this;
    return {
      status: Object.fromEntries(statusNames.map((name) => [name, byCode[statuses[name]]])) as Record<Status, number>,
      ...(sound > 0 && { steps: { mean: this.steps.result(sound), max: this.maxSteps, rejected: this.rejected.result(sound) } }),
    };
  }
}
