import type { Counted } from "../model/counted.ts";
import { type Ensemble, recordedTimes } from "../model/ensemble.ts";
import type { Rows } from "../model/rows.ts";
import { isSound } from "../model/status.ts";
import { binEdges, binOf, type Tallied, type Tallies, tallied, talliedNames } from "../model/tallies.ts";
import { binnedOrderStatistics } from "./bins.ts";
import { type Proportion, proportion } from "./proportion.ts";
import { type Quantiles, quantileNames, quantilesOf } from "./quantiles.ts";
import { addCounts, type Countable, count, type Statistic, slotOf } from "./statistic.ts";

/** A distribution over runs at each of the times. */
type Bands = Record<keyof Quantiles, number[]>;

/** How an ensemble's distributions change in time, as in the JSON. */
export interface OverTime extends Partial<Record<Tallied, Bands>> {
  times: number[];
  /** Share of the runs, sound until then, whose largest share has reached `polarizedAt`. */
  polarized: Proportion[];
  /** Relative width of the histograms' bins, within their range (`tallied`): what quantiles may be off by. Min and max are exact. */
  resolution: Record<Tallied, number>;
}

/** Mean and quantiles of a histogram, each off by less than the width of its bin; undefined where the histogram is empty. */
export function histogramQuantiles(name: Tallied, { counts, min, max }: ReturnType<Tallies["histogram"]>): Quantiles | undefined {
  // Only the bins that hold something: a thousand points have some 10⁹ bins.
  const filled: number[] = [];
  const held: number[] = [];
  const edges = binEdges(name);
  const edge = (bin: number) => Math.min(max, Math.max(min, edges[bin] as number));
  const last = binOf(name, max) as number;
  let total = 0;
  let sum = 0;
  for (let bin = binOf(name, min) ?? last; bin <= last; bin++) {
    const count = counts[bin] as number;
    if (count === 0) continue;
    filled.push(bin);
    held.push(count);
    total += count;
    sum += (count * (edge(bin) + edge(bin + 1))) / 2;
  }
  const interval = (i: number): [low: number, high: number] => [edge(filled[i] as number), edge((filled[i] as number) + 1)];
  if (total === 0) return undefined;
  return quantilesOf(total, sum / total, (ranks) => binnedOrderStatistics({ counts: held, count: total, min, max, interval }, ranks));
}

export type HeldPolarized = ReturnType<PolarizedByTime["held"]>;

/** At each of the recorded times: what share of the runs that were sound until then had polarized. */
export class PolarizedByTime implements Statistic<(Proportion | undefined)[], HeldPolarized>, Countable {
  private readonly times: readonly number[];
  /** Changes from one time to the next: of the runs that are sound until then, and of those of them that have polarized. */
  private readonly runs: number[];
  private readonly polarized: number[];

  constructor(ensemble: Ensemble) {
    this.times = recordedTimes(ensemble);
    this.runs = new Array<number>(this.times.length + 1).fill(0);
    this.polarized = new Array<number>(this.times.length + 1).fill(0);
  }

  add({ status, time, polarizationTime }: Rows): void {
    for (let run = 0; run < status.length; run++) {
      // A run that diverged or went non-finite counts until it did.
      const end = isSound(status[run] as number) ? this.times.length : slotOf(this.times, time[run] as number);
      const polarizes = slotOf(this.times, polarizationTime[run] as number);
      count(this.runs, 0);
      count(this.runs, end, -1);
      if (polarizes >= end) continue;
      count(this.polarized, polarizes);
      count(this.polarized, end, -1);
    }
  }

  addCounted(counted: Counted): void {
    const { ended, polarized, unpolarized } = counted.times();
    for (const [slot, runs] of ended.entries()) {
      count(this.runs, 0, runs);
      count(this.runs, slot, -runs);
    }
    addCounts(this.polarized, polarized);
    for (const [slot, runs] of unpolarized.entries()) count(this.polarized, slot, -runs);
  }

  held() {
    return { runs: [...this.runs], polarized: [...this.polarized] };
  }

  addHeld({ runs, polarized }: HeldPolarized): void {
    addCounts(this.runs, runs);
    addCounts(this.polarized, polarized);
  }

  /** Undefined at a time at which no run is sound. */
  result(): (Proportion | undefined)[] {
    let [total, reached] = [0, 0];
    return this.times.map((_, slot) => {
      total += this.runs[slot] as number;
      reached += this.polarized[slot] as number;
      return proportion(reached, total);
    });
  }
}

/** Undefined where no run was sound at the first time. @param held what a `PolarizedByTime` holds */
export function overTime(ensemble: Ensemble, held: HeldPolarized, tallies: Tallies): OverTime | undefined {
  const all = recordedTimes(ensemble);
  const bands = (name: Tallied) => all.map((_, slot) => histogramQuantiles(name, tallies.histogram(name, slot)));
  const byName = Object.fromEntries(talliedNames.map((name) => [name, bands(name)])) as Record<Tallied, ReturnType<typeof bands>>;
  const unsound = byName.loss.indexOf(undefined);
  const times = unsound < 0 ? all : all.slice(0, unsound);
  if (times.length === 0) return undefined;
  const polarized = new PolarizedByTime(ensemble);
  polarized.addHeld(held);
  const result: OverTime = {
    times,
    polarized: polarized.result().slice(0, times.length) as Proportion[],
    resolution: Object.fromEntries(talliedNames.map((name) => [name, 2 ** -tallied[name].bits])) as Record<Tallied, number>,
  };
  for (const name of talliedNames) {
    const own = byName[name].slice(0, times.length);
    // Where all weights are 0 there are no shares: then their bands are absent.
    if (own.every((band) => band !== undefined))
      result[name] = Object.fromEntries(quantileNames.map((key) => [key, own.map((band) => band[key])])) as Bands;
  }
  return result;
}
