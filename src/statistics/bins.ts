/** Numbers that are counted in bins. */
interface Binned {
  readonly counts: ArrayLike<number>;
  /** How many numbers there are. */
  readonly count: number;
  readonly min: number;
  readonly max: number;
  /** The interval in which the numbers of a bin are taken to lie evenly; see `clamped`. */
  interval(bin: number): readonly [low: number, high: number];
}

/** The part of an interval between the least and the greatest number. */
export const clamped = (interval: readonly [low: number, high: number], min: number, max: number) =>
  interval.map((edge) => Math.min(max, Math.max(min, edge))) as [low: number, high: number];

/** The numbers of these ascending ranks, from 0. The least and the greatest are exact. */
export function binnedOrderStatistics({ counts, count, min, max, interval }: Binned, ranks: readonly number[]): number[] {
  return locate(counts, ranks).map(({ bin, before }, i) => {
    const rank = ranks[i] as number;
    if (rank === 0) return min;
    if (rank === count - 1) return max;
    const [low, high] = interval(bin);
    return low + ((high - low) * (rank - before + 0.5)) / (counts[bin] as number);
  });
}

/** The bin of the number of each of these ascending ranks, and how many numbers are in the bins before it. */
export function locate(counts: ArrayLike<number>, ranks: readonly number[]): { bin: number; before: number }[] {
  let bin = 0;
  let before = 0;
  return ranks.map((rank) => {
    while (before + (counts[bin] as number) <= rank) before += counts[bin++] as number;
    return { bin, before };
  });
}
