import type { Rows } from "../model/columns.ts";
import { type Status, statuses, statusNames } from "../model/status.ts";
import { addCounts, type Statistic } from "./statistic.ts";

/** How runs ended, and what steps those took that ended soundly. */
export interface EndingsResult {
  status: Record<Status, number>;
  /** Accepted steps of a run; and how many trials of a run were rejected, on average. */
  steps?: { mean: number; max: number; rejected: number };
}

export class Endings implements Statistic<EndingsResult> {
  private readonly byCode = new Array<number>(Math.max(...Object.values(statuses)) + 1).fill(0);
  private sound = 0;
  private steps = 0;
  private maxSteps = 0;
  private rejected = 0;

  add({ status, steps, rejected }: Rows, sound: Uint32Array): void {
    for (let run = 0; run < status.length; run++) {
      const code = status[run] as number;
      this.byCode[code] = (this.byCode[code] as number) + 1;
    }
    let [taken, max, refused] = [this.steps, this.maxSteps, this.rejected];
    for (let i = 0; i < sound.length; i++) {
      const run = sound[i] as number;
      const own = steps[run] as number;
      taken += own;
      if (own > max) max = own;
      refused += rejected[run] as number;
    }
    this.sound += sound.length;
    [this.steps, this.maxSteps, this.rejected] = [taken, max, refused];
  }

  merge(other: Endings): void {
    addCounts(this.byCode, other.byCode);
    this.sound += other.sound;
    this.steps += other.steps;
    this.maxSteps = Math.max(this.maxSteps, other.maxSteps);
    this.rejected += other.rejected;
  }

  result(): EndingsResult {
    const { byCode, sound } = this;
    return {
      status: Object.fromEntries(statusNames.map((name) => [name, byCode[statuses[name]]])) as Record<Status, number>,
      ...(sound > 0 && { steps: { mean: this.steps / sound, max: this.maxSteps, rejected: this.rejected / sound } }),
    };
  }
}
