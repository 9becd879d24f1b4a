import type { Column } from "../model/columns.ts";
import { ulp } from "./random.ts";
import { isBeyondRange, largestFloat, leastFloat } from "./range.ts";

/**
 * When a run is compared: as it was drawn, at its start, after its first steps, at its end, and at the recorded times. After its first steps it is `retraced`
 * where the reference takes the very steps of the device.
 */
export type Moment = "drawn" | "start" | "early" | "retraced" | "end" | "recorded";

/** A number of a run that is compared by a bound; of a vector, the entry that differs most. */
export interface NumberFinding {
  at: Moment;
  /** A column, a vector, or what was drawn or recorded. */
  name: string;
  got: number;
  exact: number;
  /** The magnitude of the number; of a vector, its largest entry. */
  size: number;
  /** How far the replays moved it. */
  movement: number;
  /** What it may be off even where the replays did not move it. */
  floor: number;
  /** Compared over the sampled runs, not run by run. */
  mean?: true;
  /** With `mean`: the adaptive steps that the reference took. */
  steps?: number;
  /** Compared only where the sink is decided. */
  ofSink?: boolean;
  /** Compared only where an order is decided. */
  order?: Order;
}

/** What decides an order of entries: a gap, where it exceeds twice a bound. */
export interface Order {
  gap: number;
  /** The bound, or the number of the run whose bound it is. */
  against: number | { at: Moment; name: string };
}

/** A token, rank or flag that is compared where the reference's order is decided. */
export interface Choice extends Order {
  at: Moment;
  name: Column;
  got: number;
  exact: number;
  /** It is compared only where the sink is decided too. */
  ofSink: boolean;
}

/** What came of one sampled run. */
export interface Examined {
  run: number;
  /**
   * `undecided`: rounding or the tolerances decide its course, so its end is not compared. `beyondRange`: nor is that of a run that left
   * float32's range on the way. `unsound`: neither side ended soundly.
   */
  fate: "compared" | "undecided" | "beyondRange" | "unsound";
  /** Something of it is beyond the range of float32. */
  beyondRange: boolean;
  numbers: NumberFinding[];
  choices: Choice[];
  /** Where steps on the way were changed too: what came of it before. */
  before?: Examined;
}

/** What the references say of one number or vector at a moment. */
export interface Spread<T> {
  exact: T;
  /** Under float32 disturbances and other steps. */
  replays: readonly T[];
  /** With rounding in its evaluation. */
  rounded: readonly T[];
  /** With errors of the size of the tolerances in the state. */
  within: readonly T[];
}

/** An ulp of evaluation that no shaken number stands for: of `log`, a division, a root, a sum (WGSL, section 15.7.4). */
const evaluationUlp = 16;

/** The largest of the differences from some others; 0 of none. */
export const movedBy = <T>(others: readonly T[], difference: (other: T) => number) => Math.max(0, ...others.map(difference));

/** The difference of numbers: 0 where neither is a number, infinite where one is. */
function differenceOf(x: number, y: number): number {
  if (x === y || (Number.isNaN(x) && Number.isNaN(y))) return 0;
  const difference = Math.abs(x - y);
  return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
}

/** The largest difference of two entries. Of those that are no number on both sides there is none; on one side it is infinite. */
export const largestDifference = (x: ArrayLike<number>, y: ArrayLike<number>): number => {
  let most = 0;
  for (let i = 0; i < x.length; i++) most = Math.max(most, differenceOf(x[i] as number, y[i] as number));
  return most;
};

/** The least that float32 resolves: near 0, of a number and of the root of a sum of squares. */
export const leastBound = 64 * leastFloat;
export const leastNorm = 4 * Math.sqrt(leastFloat);
export const leastOf = (isNorm: boolean) => (isNorm ? leastNorm : leastBound);

/**
 * A number that is compared. @param evaluations how many times the error of an evaluation it may be off
 * @returns undefined where it can't be: no side has it, some reference has none where another has one, or it is, or rounding takes it, above float32's range
 */
export function numberFinding(
  at: Moment,
  name: string,
  got: number,
  of: Spread<number>,
  { isNorm = false, evaluations = 1 } = {},
): NumberFinding | undefined {
  const { exact, replays, rounded, within } = of;
  const isAbsent = Number.isNaN(exact);
  if (isAbsent && Number.isNaN(got)) return undefined;
  if ([...replays, ...rounded, ...within].some((x) => Number.isNaN(x) !== isAbsent)) return undefined;
  if (isBeyondRange(exact, isNorm) && Math.abs(exact) > 1) return undefined;
  const difference = (x: number) => differenceOf(x, exact);
  const byState = movedBy(rounded, difference) + movedBy(within, difference);
  // Rounding alone may take it beyond the range, as a difference of 0 that is divided by what is near the least number.
  if (isBeyondRange(byState, isNorm) && byState > 1) return undefined;
  const floor = byState + evaluations * evaluationUlp * ulp * Math.abs(exact) + leastOf(isNorm);
  return { at, name, got, exact, size: Math.abs(exact), movement: movedBy(replays, difference), floor };
}

/** A vector that is compared entry by entry, by the same bound. */
export function vectorFinding(at: Moment, name: string, got: ArrayLike<number>, of: Spread<Float64Array>): NumberFinding | undefined {
  const { exact, replays, rounded, within } = of;
  const size = exact.reduce((largest, x) => Math.max(largest, Math.abs(x)), 0);
  if (size > largestFloat) return undefined;
  const difference = (x: ArrayLike<number>) => largestDifference(exact, x);
  let worst = 0;
  const off = (i: number) => differenceOf(got[i] as number, exact[i] as number);
  for (let i = 1; i < exact.length; i++) if (off(i) > off(worst)) worst = i;
  return {
    at,
    name,
    got: got[worst] as number,
    exact: exact[worst] as number,
    size,
    movement: movedBy(replays, difference),
    floor: movedBy(rounded, difference) + movedBy(within, difference) + evaluationUlp * ulp * size + leastOf(false),
  };
}

export const differenceIn = ({ got, exact }: NumberFinding): number => differenceOf(got, exact);

/**
 * A device may be off by this many times the movement of the reference under float32 disturbances. One disturbance a step stands for the
 * rounding of the state. But an increment is itself computed by some n + d rounded operations, `exp` and a division, each accurate to
 * a few ulp, and their errors may all have one sign. What two drivers use of their bounds is in docs/accuracy.md.
 */
export const boundMultiple = 4;

/** The part of a bound that a difference uses. Beyond 1 it fails; infinite where a side has no number, or where there is no bound. */
export function partUsed(difference: number, bound: number): number {
  if (difference === 0) return 0;
  const part = difference / bound;
  return Number.isNaN(part) ? Number.POSITIVE_INFINITY : part;
}

/** Of the numbers of a run, the one that uses most of its bound as the run alone gives it; undefined of none. */
export function mostUsed(findings: readonly NumberFinding[]): NumberFinding | undefined {
  const used = (finding: NumberFinding) => partUsed(differenceIn(finding), boundMultiple * finding.movement + finding.floor);
  return findings.reduce<NumberFinding | undefined>((most, finding) => (!most || used(finding) > used(most) ? finding : most), undefined);
}
