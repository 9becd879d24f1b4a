import type { Quantiles } from "../../src/statistics/quantiles.ts";

/** Quantiles by sorting, Hyndman and Fan's type 7: the ones that others are compared with. */
export function quantiles(values: ArrayLike<number>): Quantiles | undefined {
  const sorted = Float64Array.from(values).sort();
  if (sorted.length === 0) return undefined;
  const at = (q: number) => {
    const place = q * (sorted.length - 1);
    const low = sorted[Math.floor(place)] as number;
    return place % 1 === 0 ? low : low + (place % 1) * ((sorted[Math.floor(place) + 1] as number) - low);
  };
  const mean = sorted.reduce((sum, x) => sum + x, 0) / sorted.length;
  return { mean, min: at(0), q05: at(0.05), q25: at(0.25), median: at(0.5), q75: at(0.75), q95: at(0.95), max: at(1) };
}
