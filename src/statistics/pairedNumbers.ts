import { signTest } from "./binomial.ts";
import { bootstrap, type Estimate } from "./bootstrap.ts";
import { type QuantileEstimate, quantileWithInterval } from "./quantileInterval.ts";

/** Two numbers of the same runs. Differences are the first less the second. */
export interface PairedNumbers {
  /** Runs with both numbers, and those that lack one, which nothing here is of. */
  pairs: number;
  absent: number;
  /** Runs of which the first number is the larger, the smaller, or the same. */
  greater: number;
  less: number;
  equal: number;
  /** (greater + equal/2)/pairs, the size of the effect: ½ for none (the chance of superiority: Vargha and Delaney 2000, of pairs). */
  superiority: number;
  /** The exact sign test, of the pairs that are not equal. */
  pValue: number;
  /** The median of the differences, with the interval that the sign test gives. */
  median: QuantileEstimate;
  /** Their mean, by bootstrap over runs. Undefined where a difference is infinite. */
  mean: Estimate | undefined;
  /** Their mean in units of their standard deviation (Cohen's d of pairs), another size of the effect. Undefined as `mean`, and where all are equal. */
  standardized: number | undefined;
}

/**
 * Compares two numbers of the same runs. NaN is none. A time that was not reached may be given as infinite: two such are equal.
 * @param first the numbers of run 0, 1, …, as many as of `second`
 * Undefined where no run has both.
 */
export function pairedNumbers(first: ArrayLike<number>, second: ArrayLike<number>, seed = 1): PairedNumbers | undefined {
  if (first.length !== second.length) throw new Error(`expected as many numbers, got ${first.length} and ${second.length}`);
  const differences = new Float64Array(first.length);
  const counts = { greater: 0, less: 0, equal: 0 };
  let allFinite = true;
  for (let run = 0; run < first.length; run++) {
    const [a, b] = [first[run] as number, second[run] as number];
    const difference = a === b ? 0 : a - b;
    differences[run] = difference;
    if (difference > 0) counts.greater++;
    if (difference < 0) counts.less++;
    if (difference === 0) counts.equal++;
    if (Math.abs(difference) === Number.POSITIVE_INFINITY) allFinite = false;
  }
  const median = quantileWithInterval(differences);
  if (median === undefined) return undefined;
  const { count: pairs, absent } = median;
  const { greater, less, equal } = counts;
  return {
    pairs,
    absent,
    ...counts,
    superiority: (greater + equal / 2) / pairs,
    pValue: signTest(greater, less),
    median,
    mean: allFinite ? bootstrap([differences.filter((x) => !Number.isNaN(x))], ([mean]) => mean as number, seed) : undefined,
    standardized: allFinite ? standardized(differences) : undefined,
  };
}

/** Mean over standard deviation (of n − 1); undefined where the latter is 0 or there is one number alone. */
function standardized(differences: Float64Array): number | undefined {
  let [count, mean, squares] = [0, 0, 0];
  for (const x of differences) {
    if (Number.isNaN(x)) continue;
    count++;
    const off = x - mean;
    mean += off / count; // Welford 1962: no difference of large sums
    squares += off * (x - mean);
  }
  const deviation = Math.sqrt(squares / (count - 1));
  return deviation > 0 ? mean / deviation : undefined;
}
