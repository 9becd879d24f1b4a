import type { Ensemble } from "../model/ensemble.ts";
import type { Sample } from "../model/samples.ts";
import { binOf, talliedNames, tallyWords } from "../model/tallies.ts";
import { type StoredSeries, series, storedSeries } from "../model/trajectory.ts";
import type { Evaluation } from "../reference/field.ts";
import { recordedAt, talliedAt } from "../reference/recorder.ts";
import type { State } from "../reference/state.ts";
import { largestDifference, movedBy } from "./findings.ts";
import { byRounding, byTolerance } from "./shaking.ts";

/** What is recorded of a state and compared by itself: a series, or one number of a pair. */
export interface Part {
  name: string;
  series: StoredSeries;
  isNorm: boolean;
  numbersOf: (entry: unknown) => Float64Array;
}

const numbersOf = (entry: unknown): Float64Array => Float64Array.from(typeof entry === "number" ? [entry] : (entry as Iterable<number>));

export const parts: readonly Part[] = storedSeries.flatMap((name): Part[] => {
  const { holds, columns } = series[name];
  const isNorm = "norms" in series[name];
  if (holds !== "pair") return [{ name, series: name, isNorm, numbersOf }];
  return Object.keys(columns).map((column, i) => ({
    name: column,
    series: name,
    isNorm,
    numbersOf: (entry) => numbersOf(entry).slice(i, i + 1),
  }));
});

/** By part or tallied number, how far it may be off at one recorded time even where no replay moves it. */
export type Moves = Record<string, number>;

type Seen = Record<string, Float64Array>;

const seeTallied = (here: Evaluation): Seen => Object.fromEntries(Object.entries(talliedAt(here)).map(([name, x]) => [name, numbersOf(x)]));

function seeAll(here: Evaluation): Seen {
  const recorded = recordedAt(here);
  return { ...seeTallied(here), ...Object.fromEntries(parts.map(({ name, series, numbersOf }) => [name, numbersOf(recorded[series])])) };
}

/** The bins in which a device counted a run at a recorded time, by tallied number; NaN where in none. */
export function talliedBins(tallied: Uint32Array, slot: number): number[] {
  const times = tallied.length / talliedNames.length;
  return talliedNames.map((_, kind) => {
    const word = tallied[slot * talliedNames.length + kind] as number;
    return word === 0 ? Number.NaN : word - 1 - (kind * times + slot) * tallyWords;
  });
}

/** Whether a device counted a run in other bins than the reference at a recorded time. */
function isTalliedElsewhere(tallied: Uint32Array, slot: number, here: Evaluation): boolean {
  const bins = talliedBins(tallied, slot);
  const exact = talliedAt(here);
  return talliedNames.some((name, kind) => !Object.is(binOf(name, Math.fround(exact[name])) ?? Number.NaN, bins[kind]));
}

/**
 * What rounding in its evaluation and the tolerances may move of what is recorded of a state: that of this very state, since what it hangs on differs from one time
 * to another. Before the first step there was nothing for tolerances to allow. Of a run without a trajectory it is asked where a bin is another: shaking a state
 * costs as much as the steps to it.
 * @param slot index of the recorded time
 * @returns undefined where it is not asked
 */
export function movesAt(ensemble: Ensemble, sample: Sample, start: State, slot: number, here: Evaluation, step: number): Moves | undefined {
  const { trajectory, tallied } = sample;
  if (!trajectory && !(tallied && isTalliedElsewhere(tallied, slot, here))) return undefined;
  const see = trajectory ? seeAll : seeTallied;
  const state = { ...start, ...here.state };
  const { run } = sample;
  const rounded = byRounding(ensemble, state, run, see);
  const within = step > 0 ? byTolerance(ensemble, state, run, see) : [];
  const moved = (name: string, numbers: Float64Array) => {
    const difference = (other: Seen) => largestDifference(numbers, other[name] as Float64Array);
    return movedBy(rounded, difference) + movedBy(within, difference);
  };
  return Object.fromEntries(Object.entries(see(here)).map(([name, numbers]) => [name, moved(name, numbers)]));
}
