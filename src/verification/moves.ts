import type { Ensemble } from "../model/ensemble.ts";
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

/** By part and tallied number, how far it may be off at one recorded time even where no replay moves it. */
export type Moves = Record<string, number>;

/**
 * What rounding in its evaluation and the tolerances may move of what is recorded of a state: that of this very state, since what it hangs on differs from one time
 * to another. Before the first step there was nothing for tolerances to allow.
 */
export function movesAt(ensemble: Ensemble, start: State, here: Evaluation, step: number): Moves {
  const see = (at: Evaluation): Record<string, Float64Array> => {
    const recorded = recordedAt(at);
    const tallied = Object.entries(talliedAt(at)).map(([name, x]) => [name, numbersOf(x)]);
    return Object.fromEntries([...tallied, ...parts.map(({ name, series, numbersOf }) => [name, numbersOf(recorded[series])])]);
  };
  const state = { ...start, ...here.state };
  const { run = 0 } = start;
  const rounded = byRounding(ensemble, state, run, see);
  const within = step > 0 ? byTolerance(ensemble, state, run, see) : [];
  const moved = (name: string, numbers: Float64Array) => {
    const difference = (other: Record<string, Float64Array>) => largestDifference(numbers, other[name] as Float64Array);
    return movedBy(rounded, difference) + movedBy(within, difference);
  };
  return Object.fromEntries(Object.entries(see(here)).map(([name, numbers]) => [name, moved(name, numbers)]));
}
