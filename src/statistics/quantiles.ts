const places = { min: 0, q05: 0.05, q25: 0.25, median: 0.5, q75: 0.75, q95: 0.95, max: 1 } as const;

/** A distribution over runs. */
export type Quantiles = Record<"mean" | keyof typeof places, number>;
export const quantileNames = ["mean", ...Object.keys(places)] as (keyof Quantiles)[];

/** How the quantiles of so many numbers are made of their order statistics. */
interface Plan {
  count: number;
  /** The ranks of these, from 0, ascending. */
  ranks: readonly number[];
  /** Where in `ranks` the two stand between which a quantile lies, and the weight of the upper. */
  quantiles: readonly { name: keyof typeof places; low: number; high: number; weight: number }[];
}

/** The last plan: histograms at all times, and the columns of a point, have mostly the same count. */
let plan: Plan | undefined;

function planOf(count: number): Plan {
  if (plan?.count === count) return plan;
  const between = Object.entries(places).map(([name, q]) => {
    const below = Math.floor(q * (count - 1));
    return { name: name as keyof typeof places, below, above: Math.min(below + 1, count - 1), weight: q * (count - 1) - below };
  });
  const ranks = [...new Set(between.flatMap(({ below, above }) => [below, above]))].sort((a, b) => a - b);
  const quantiles = between.map(({ name, below, above, weight }) => ({
    name,
    low: ranks.indexOf(below),
    high: ranks.indexOf(above),
    weight,
  }));
  plan = { count, ranks, quantiles };
  return plan;
}

/** The ranks, from 0 and ascending, of the order statistics that the quantiles of so many numbers are made of. */
export const ranksOf = (count: number): number[] => [...planOf(count).ranks];

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
  const { ranks, quantiles } = planOf(count);
  const numbers = find(ranks);
  const result = { mean } as Quantiles;
  for (const { name, low, high, weight } of quantiles) {
    const below = numbers[low] as number;
    // At an order statistic itself nothing is added: min and max are values as they came, the sign of a zero included.
    result[name] = weight === 0 ? below : below + weight * ((numbers[high] as number) - below);
  }
  return result;
}
