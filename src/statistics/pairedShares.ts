import { squared } from "../model/mathematics.ts";
import { signTest } from "./binomial.ts";
import { type Interval, normalWidth } from "./interval.ts";
import { proportion } from "./proportion.ts";

/** Two answers, yes or no, of the same runs. */
export interface PairedShares {
  /** Runs that gave both answers, and those that lack one, which nothing here is of. */
  pairs: number;
  absent: number;
  /** Runs with yes to the first answer alone, and to the second alone. */
  first: number;
  second: number;
  /** The share of yes in the first answers less that in the second ones: the size of the effect. */
  difference: number;
  interval: Interval;
  /** Of the runs whose answers differ, those with yes to the first: another size of the effect, with its exact interval. Undefined where none differ. */
  ofDiffering: { share: number; interval: Interval } | undefined;
  /** McNemar's exact test. */
  pValue: number;
}

/** An answer of a run: yes, no, or none. */
export type Answer = boolean | undefined;

/**
 * Compares two shares of the same runs. @param first the answers of run 0, 1, …, as many as of `second`
 * Undefined where no run has both.
 */
export function pairedShares(first: ArrayLike<Answer>, second: ArrayLike<Answer>): PairedShares | undefined {
  if (first.length !== second.length) throw new Error(`expected as many answers, got ${first.length} and ${second.length}`);
  const counts = { pairs: 0, first: 0, second: 0 };
  for (let run = 0; run < first.length; run++) {
    const [a, b] = [first[run], second[run]];
    if (a === undefined || b === undefined) continue;
    counts.pairs++;
    if (a && !b) counts.first++;
    if (b && !a) counts.second++;
  }
  return comparedShares(counts, first.length - counts.pairs);
}

/** The same, of runs that were counted. */
export function comparedShares(
  { pairs, first, second }: { pairs: number; first: number; second: number },
  absent = 0,
): PairedShares | undefined {
  if (pairs === 0) return undefined;
  return {
    pairs,
    absent,
    first,
    second,
    difference: (first - second) / pairs,
    interval: scoreInterval(first, second, pairs),
    ofDiffering: proportion(first, first + second),
    pValue: signTest(first, second),
  };
}

/**
 * The score interval of a difference of paired shares (Tango, Equivalence test and confidence interval for the difference in proportions
 * for the paired-sample design, Statistics in Medicine 17, 1998): the differences δ that the score test does not reject,
 * |b − c − nδ| ≤ z √(n (2q + δ(1 − δ))), where q is the likeliest chance of c given δ, the larger root of
 * 2n q² + B q + C = 0 with B = −b − c + (2n − b + c)δ and C = −cδ(1 − δ). It is not empty where no answers differ.
 */
function scoreInterval(b: number, c: number, n: number): Interval {
  const estimate = (b - c) / n;
  const isWithin = (delta: number): boolean => {
    const linear = -b - c + (2 * n - b + c) * delta;
    const constant = -c * delta * (1 - delta);
    const q = (Math.sqrt(Math.max(0, squared(linear) - 8 * n * constant)) - linear) / (4 * n);
    return squared(b - c - n * delta) <= squared(normalWidth) * n * Math.max(0, 2 * q + delta * (1 - delta));
  };
  return [boundary(estimate, -1, isWithin), boundary(estimate, 1, isWithin)];
}

/** Where from a number inside to one outside, or not, something ceases to hold: by halving, to the last bit. */
function boundary(inside: number, outside: number, holds: (x: number) => boolean): number {
  if (inside === outside || holds(outside)) return outside;
  let [low, high] = [inside, outside];
  for (;;) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) return low;
    if (holds(middle)) low = middle;
    else high = middle;
  }
}
