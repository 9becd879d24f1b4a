import { exp, log } from "../model/mathematics.ts";
import { type Interval, normalWidth, tail } from "./interval.ts";

/** The share of runs to which something has not happened yet, from one time on. */
export interface SurvivalStep {
  time: number;
  /** Runs that were followed to this time without it, and those of them to which it happened now. */
  atRisk: number;
  events: number;
  survival: number;
  interval: Interval;
}

export interface Survival {
  runs: number;
  /** Runs that were followed to their end without it. */
  censored: number;
  /** Runs without a time and without an end, which nothing here is of. */
  absent: number;
  steps: SurvivalStep[];
  /** The first time by which it has happened to half of the runs; infinite where the runs end before. */
  median: number;
  medianInterval: Interval;
}

/**
 * Kaplan and Meier's estimate of when something happens to a run, where some runs end before it does (J. Amer. Statist. Assoc. 53, 1958):
 * S(t) = Π (1 − d/r) over times up to t at which it happens to d of r runs. A run that ends at such a time still counts there.
 *
 * Its interval is that of log(−log S) with Greenwood's variance, S^exp(±z √(Σ d/(r(r − d)))/log S) (Kalbfleisch and Prentice, The Statistical
 * Analysis of Failure Time Data, 1980, 1.3). It has none where S is 1 or 0; there it is Clopper and Pearson's, of all or none of the r runs at
 * risk: ends at tail^(1/r) and 1 − tail^(1/r). The interval of the median has the times whose interval of S holds ½
 * (Brookmeyer and Crowley, Biometrics 38, 1982, with this transform: Klein and Moeschberger, Survival Analysis, 2003, 4.5), so both ends
 * are open, 0 and infinite, where fewer than six runs tell.
 *
 * @param times when it happened to run 0, 1, …; NaN where it did not
 * @param ends up to when each run was followed, or all of them; infinite for a run that came to rest, to which it never happens
 * Undefined for no runs.
 */
export function survival(times: ArrayLike<number>, ends: ArrayLike<number> | number): Survival | undefined {
  const happened: number[] = [];
  const ended: number[] = [];
  for (let run = 0; run < times.length; run++) {
    const time = times[run] as number;
    const end = typeof ends === "number" ? ends : (ends[run] as number);
    if (!Number.isNaN(time)) happened.push(time);
    else if (!Number.isNaN(end)) ended.push(end);
  }
  const runs = happened.length + ended.length;
  if (runs === 0) return undefined;
  const steps = stepsOf(Float64Array.from(happened).sort(), Float64Array.from(ended).sort());
  const firstWhere = (holds: (step: SurvivalStep) => boolean) => steps.find(holds)?.time ?? Number.POSITIVE_INFINITY;
  return {
    runs,
    censored: ended.length,
    absent: times.length - runs,
    steps,
    median: firstWhere((step) => step.survival <= 0.5),
    medianInterval: [
      allOf(runs) <= 0.5 ? 0 : firstWhere(({ interval }) => interval[0] <= 0.5),
      firstWhere(({ interval }) => interval[1] <= 0.5),
    ],
  };
}

/** @param happened ascending times at which it happened @param ended ascending times at which runs ended without it */
function stepsOf(happened: Float64Array, ended: Float64Array): SurvivalStep[] {
  const steps: SurvivalStep[] = [];
  const runs = happened.length + ended.length;
  let [left, share, variance] = [0, 1, 0];
  for (let first = 0, next = 0; first < happened.length; first = next) {
    const time = happened[first] as number;
    while (next < happened.length && happened[next] === time) next++;
    while (left < ended.length && (ended[left] as number) < time) left++;
    const events = next - first;
    const atRisk = runs - first - left;
    share *= 1 - events / atRisk;
    variance += events / (atRisk * (atRisk - events));
    steps.push({ time, atRisk, events, survival: share, interval: bandAt(share, variance, atRisk) });
  }
  return steps;
}

function bandAt(share: number, variance: number, atRisk: number): Interval {
  if (share === 0) return [0, 1 - allOf(atRisk)];
  const width = (normalWidth * Math.sqrt(variance)) / log(share);
  return [power(share, exp(-width)), power(share, exp(width))];
}
/** The least share of all runs that is not too small for a property that each of these runs has. */
const allOf = (runs: number) => power(tail, 1 / runs);
const power = (share: number, exponent: number) => exp(exponent * log(share));
