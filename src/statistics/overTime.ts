import type { Rows } from "../model/columns.ts";
import { type Ensemble, recordedTimes } from "../model/ensemble.ts";
import { isSound } from "../model/status.ts";
import { binEdges, type Tallied, type Tallies, tallied, talliedNames } from "../model/tallies.ts";
import { type Proportion, proportion } from "./proportion.ts";
import { type Quantiles, quantilesOf } from "./quantiles.ts";
import { addCounts, type Statistic } from "./statistic.ts";

/** A distribution over runs at each of the times. */
export type Bands = Record<keyof Quantiles, number[]>;

/** How an ensemble's distributions change in time, as in the JSON. */
export interface OverTime extends Partial<Record<Tallied, Bands>> {
  times: number[];
  /** Share of the runs, sound until then, whose largest share has reached `polarizedAt`. */
  polarized: Proportion[];
  /** Relative width of the histograms' bins, within their range (`tallied`): what quantiles may be off by. Least and greatest are exact. */
  resolution: Record<Tallied, number>;
}

/**
 * Mean and quantiles of a histogram. The numbers in a bin are taken to lie evenly between its edges, or between the
 * least and the greatest number where those are nearer, so that a quantile is off by less than its bin's width.
 */
export function histogramQuantiles(name: Tallied, { counts, min, max }: ReturnType<Tallies["histogram"]>): Quantiles | undefined {
  const filled: { before: number; count: number; low: number; high: number }[] = [];
  let total = 0;
  let sum = 0;
  for (let bin = 0; bin < counts.length; bin++) {
    const count = counts[bin] as number;
    if (count === 0) continue;
    const [low, high] = binEdges(name, bin);
    const inside = { before: total, count, low: Math.max(low, min), high: Math.min(high, max) };
    filled.push(inside);
    total += count;
    sum += (count * (inside.low + inside.high)) / 2;
  }
  if (total === 0) return undefined;
  /** The number of a rank, from 0. */
  const ranked = (rank: number) => {
    if (rank === 0) return min;
    if (rank === total - 1) return max;
    const { before, count, low, high } = filled.findLast((bin) => bin.before <= rank) as (typeof filled)[number];
    return low + ((high - low) * (rank - before + 0.5)) / count;
  };
  return quantilesOf(total, sum / total, ranked);
}

/** At each of the recorded times: what share of the runs that were sound until then had polarized. */
export class PolarizedByTime implements Statistic<(Proportion | undefined)[]> {
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
      // A run that went wrong counts until it did.
      const until = isSound(status[run] as number) ? this.times.length : this.slotOf(time[run] as number);
      const from = polarizationTime[run] as number;
      count(this.runs, 0, until);
      if (!Number.isNaN(from)) count(this.polarized, this.slotOf(from), until);
    }
  }

  merge(other: PolarizedByTime): void {
    addCounts(this.runs, other.runs);
    addCounts(this.polarized, other.polarized);
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

  /** The first of the times from a given one on; their number if there is none. */
  private slotOf(time: number): number {
    let [low, high] = [0, this.times.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.times[middle] as number) >= time) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

function count(changes: number[], first: number, until: number): void {
  if (first >= until) return;
  changes[first] = (changes[first] as number) + 1;
  changes[until] = (changes[until] as number) - 1;
}

/** Undefined where no run was sound at the first time. */
export function overTime(ensemble: Ensemble, polarized: PolarizedByTime, tallies: Tallies): OverTime | undefined {
  const all = recordedTimes(ensemble);
  const bands = (name: Tallied) => all.map((_, slot) => histogramQuantiles(name, tallies.histogram(name, slot)));
  const byName = Object.fromEntries(talliedNames.map((name) => [name, bands(name)])) as Record<Tallied, ReturnType<typeof bands>>;
  const reached = byName.loss.indexOf(undefined);
  const times = reached < 0 ? all : all.slice(0, reached);
  if (times.length === 0) return undefined;
  const result: OverTime = {
    times,
    polarized: polarized.result().slice(0, times.length) as Proportion[],
    resolution: Object.fromEntries(talliedNames.map((name) => [name, 2 ** -tallied[name].bits])) as Record<Tallied, number>,
  };
  for (const name of talliedNames) {
    const own = byName[name].slice(0, times.length);
    // Where all weights are 0 there are no shares: then their bands are absent.
    if (own.every((band) => band !== undefined))
      result[name] = Object.fromEntries(
        (["mean", "min", "q05", "q25", "median", "q75", "q95", "max"] as const).map((key) => [key, own.map((band) => band[key])]),
      ) as Bands;
  }
  return result;
}
