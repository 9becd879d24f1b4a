import { threefry } from "../model/random.ts";
import { type Interval, tail } from "./interval.ts";

/** Resamples, so that the ends of an interval are known to some 4 % of its width. */
const resamples = 2000;
/** More runs than this are resampled in so many blocks, which are as independent as the runs. */
const maxUnits = 2 ** 12;
/** None of the purposes of random numbers that a start has (src/model/starts.ts). */
const purpose = 0x626f6f74;

export interface Estimate {
  value: number;
  interval: Interval;
}

/**
 * A 95 % interval, by bootstrap, of a smooth function of means over the same runs: a difference of two points, a ratio, a slope over
 * points. What is resampled is runs, that is, their starts, and a run brings its numbers in all columns along (Efron and Tibshirani,
 * An Introduction to the Bootstrap, 1993, 13.3: percentiles). No quantile, and no minimum or maximum, can be asked for.
 *
 * @param columns numbers of run 0, 1, …, as many in each column; NaN where a run has none: a mean is over those that it has
 * @param of the quantity, from the means of the columns in their order; NaN in a resample throws
 * @param seed the same seed gives the same interval
 */
export function bootstrap(columns: readonly ArrayLike<number>[], of: (means: Float64Array) => number, seed = 1): Estimate {
  const runs = columns[0]?.length ?? 0;
  if (runs === 0) throw new Error("expected columns of one run or more, got none");
  if (columns.some(({ length }) => length !== runs)) throw new Error("expected columns of the same runs");
  const units = Math.min(runs, maxUnits);
  const sums = columns.map((column) => new Sums(column, units));
  const draw = drawing(seed, units);
  const drawn = new Uint32Array(units);
  const means = new Float64Array(columns.length);
  const quantity = (times: Uint32Array): number => {
    for (let i = 0; i < sums.length; i++) means[i] = (sums[i] as Sums).mean(times);
    const value = of(means);
    if (Number.isNaN(value)) throw new Error(`expected columns of which a resample of ${runs} runs always has a number, got too few`);
    return value;
  };
  const value = quantity(drawn.fill(1));
  const values = Float64Array.from({ length: resamples }, () => quantity(draw(drawn))).sort();
  const at = (place: number) => values[Math.round(place * (resamples - 1))] as number;
  return { value, interval: [at(tail), at(1 - tail)] };
}

/** The sums of a column over blocks of runs: run r is in block r mod `units`. */
class Sums {
  private readonly sums: Float64Array;
  private readonly counts: Float64Array;

  constructor(column: ArrayLike<number>, units: number) {
    this.sums = new Float64Array(units);
    this.counts = new Float64Array(units);
    for (let run = 0, unit = 0; run < column.length; run++, unit = unit + 1 === units ? 0 : unit + 1) {
      const x = column[run] as number;
      if (Number.isNaN(x)) continue;
      this.sums[unit] = (this.sums[unit] as number) + x;
      this.counts[unit] = (this.counts[unit] as number) + 1;
    }
  }

  /** The mean where each block is taken so many times. */
  mean(times: Uint32Array): number {
    let [sum, count] = [0, 0];
    for (let unit = 0; unit < times.length; unit++) {
      const k = times[unit] as number;
      if (k === 0) continue;
      sum += k * (this.sums[unit] as number);
      count += k * (this.counts[unit] as number);
    }
    return sum / count;
  }
}

/** Draws as many units as there are, with replacement: how often each was drawn. The next call draws anew. */
function drawing(seed: number, units: number): (drawn: Uint32Array) => Uint32Array {
  let resample = 0;
  return (drawn) => {
    drawn.fill(0);
    for (let i = 0; i < units; i += 2) {
      const words = threefry([seed, purpose], [resample, i]);
      for (let j = 0; j < 2 && i + j < units; j++) {
        // A whole number below `units`, each to 2⁻²⁰ as likely: there are at most 2¹².
        const unit = Math.floor(((words[j] as number) * units) / 2 ** 32);
        drawn[unit] = (drawn[unit] as number) + 1;
      }
    }
    resample++;
    return drawn;
  };
}
