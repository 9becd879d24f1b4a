import { none } from "../model/columns.ts";
import { type Ensemble, recordedTimes } from "../model/ensemble.ts";
import type { Rows } from "../model/rows.ts";
import { addCounts, count, type Statistic, slotOf } from "./statistic.ts";

/** How many of the runs that end soundly and have a sink are settled on it, at each time and by token. */
export interface Settling {
  times: number[];
  /** All runs that end soundly and have a sink. */
  total: number;
  /** Runs whose leading token is, and from then on stays, this one: [time][token]. */
  settled: Uint32Array;
  /** Those of them that end as a sink, with at least `polarizedAt`, and have reached it by then: [time][token]. */
  sunk: Uint32Array;
}

type HeldSettling = ReturnType<SettlingByTime["held"]>;

/** Counts from the rows of an ensemble as they come when runs settle on their sink. */
export class SettlingByTime implements Statistic<Settling, HeldSettling> {
  private readonly tokens: number;
  private readonly times: number[];
  /** Runs that become so between two times: [time][token]. */
  private readonly settled: Uint32Array;
  private readonly sunk: Uint32Array;
  private readonly threshold: number;
  private total = 0;

  constructor(ensemble: Ensemble) {
    this.tokens = ensemble.tokens;
    this.times = recordedTimes(ensemble);
    this.settled = new Uint32Array(this.times.length * this.tokens);
    this.sunk = new Uint32Array(this.times.length * this.tokens);
    this.threshold = Math.fround(ensemble.polarizedAt); // as kernels have it
  }

  add({ sink, sinkShare, lockInTime, polarizationTime }: Rows, sound: Uint32Array): void {
    for (const run of sound) {
      const token = sink[run] as number;
      if (token === none) continue;
      this.total++;
      const settles = slotOf(this.times, lockInTime[run] as number);
      const polarizes = Math.max(settles, slotOf(this.times, polarizationTime[run] as number));
      if (settles < this.times.length) count(this.settled, settles * this.tokens + token);
      const isSink = (sinkShare[run] as number) >= this.threshold;
      if (isSink && polarizes < this.times.length) count(this.sunk, polarizes * this.tokens + token);
    }
  }

  held() {
    return { total: this.total, settled: [...this.settled], sunk: [...this.sunk] };
  }

  addHeld({ total, settled, sunk }: HeldSettling): void {
    this.total += total;
    addCounts(this.settled, settled);
    addCounts(this.sunk, sunk);
  }

  result(): Settling {
    const { times, total } = this;
    return { times, total, settled: this.summed(this.settled), sunk: this.summed(this.sunk) };
  }

  private summed(changes: Uint32Array): Uint32Array {
    const sums = changes.slice();
    for (let at = this.tokens; at < sums.length; at++) sums[at] = (sums[at] as number) + (sums[at - this.tokens] as number);
    return sums;
  }
}
