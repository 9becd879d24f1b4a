const places = { min: 0, q05: 0.05, q25: 0.25, median: 0.5, q75: 0.75, q95: 0.95, max: 1 } as const;

/** A distribution over runs. */
export type Quantiles = Record<"mean" | keyof typeof places, number>;
export const quantileNames = ["mean", ...Object.keys(places)] as (keyof Quantiles)[];

/** The ranks, from 0, of the order statistics that the quantiles of so many numbers are made of. */
export function ranksOf(count: number): number[] {
  const below = Object.values(places).map((q) => Math.floor(q * (count - 1)));
  return [...new Set(below.flatMap((rank) => [rank, Math.min(rank + 1, count - 1)]))];
}

/** Of few numbers, by sorting; those that are not finite are left out. NaN throughout where none are left. */
export function exactQuantiles(numbers: readonly number[]): Quantiles {
  const sorted = Float64Array.from(numbers.filter(Number.isFinite)).sort();
  const mean = sorted.reduce((sum, x) => sum + x, 0) / sorted.length;
  return quantilesOf(sorted.length, mean, (ranks) => ranks.map((rank) => sorted[rank] ?? Number.NaN));
}

/**
 * Of numbers whose order statistics are known, by linear interpolation between them (Hyndman and Fan's type 7).
 * @param find the numbers of these ranks
 */
export function quantilesOf(count: number, mean: number, find: (ranks: readonly number[]) => readonly number[]): Quantiles {
  const ranks = ranksOf(count);
  const numbers = find(ranks);
  const ranked = (rank: number) => numbers[ranks.indexOf(rank)] as number;
  const at = (q: number) => {
    const below = Math.floor(q * (count - 1));
    const low = ranked(below);
    const weight = q * (count - 1) - below;
    // At an order statistic itself nothing is added: min and max are values as they came, the sign of a zero included.
    return weight === 0 ? low : low + weight * (ranked(below + 1) - low);
  };
  const named = Object.entries(places).map(([name, q]) => [name, at(q)] as const);
  return { mean, ...(Object.fromEntries(named) as Record<keyof typeof places, number>) };
}
