import { none, type Rows } from "../model/columns.ts";
import { type Ensemble, recordedTimes } from "../model/ensemble.ts";
import { addCounts, type Statistic } from "./statistic.ts";

/** Of the runs that end soundly and have a sink: at each time, by token, how many have come to stay with it. */
export interface Settling {
  times: number[];
  /** Runs there are. */
  total: number;
  /** Runs whose leading token is, and from then on stays, this one: [time][token]. */
  settled: Uint32Array;
  /** Those of them whose largest share has reached `polarizedAt`: [time][token]. */
  polarized: Uint32Array;
}

/** Counts from the rows of an ensemble as they come when runs settle on their sink. */
export class SettlingByTime implements Statistic<Settling> {
  private readonly tokens: number;
  private readonly times: number[];
  private readonly settled: Uint32Array;
  private readonly polarized: Uint32Array;
  private total = 0;

  constructor(ensemble: Ensemble) {
    this.tokens = ensemble.tokens;
    this.times = recordedTimes(ensemble);
    this.settled = new Uint32Array(this.times.length * this.tokens);
    this.polarized = new Uint32Array(this.times.length * this.tokens);
  }

  add({ sink, lockInTime, polarizationTime }: Rows, sound: Uint32Array): void {
    for (const run of sound) {
      const token = sink[run] as number;
      if (token === none) continue;
      this.total++;
      // A leader that was never alone has settled at the end, if ever.
      const settles = Number.isNaN(lockInTime[run]) ? Number.POSITIVE_INFINITY : (lockInTime[run] as number);
      const polarizes = Math.max(
        settles,
        Number.isNaN(polarizationTime[run]) ? Number.POSITIVE_INFINITY : (polarizationTime[run] as number),
      );
      this.count(this.settled, token, settles);
      this.count(this.polarized, token, polarizes);
    }
  }

  merge(other: SettlingByTime): void {
    addCounts(this.settled, other.settled);
    addCounts(this.polarized, other.polarized);
    this.total += other.total;
  }

  result(): Settling {
    const { times, total } = this;
    return { times, total, settled: this.summed(this.settled), polarized: this.summed(this.polarized) };
  }

  /** Counts a run at the first time that is not before its own. */
  private count(changes: Uint32Array, token: number, from: number): void {
    const slot = this.times.findIndex((time) => time >= from);
    if (slot < 0) return;
    const at = slot * this.tokens + token;
    changes[at] = (changes[at] as number) + 1;
  }

  private summed(changes: Uint32Array): Uint32Array {
    const sums = changes.slice();
    for (let at = this.tokens; at < sums.length; at++) sums[at] = (sums[at] as number) + (sums[at - this.tokens] as number);
    return sums;
  }
}
