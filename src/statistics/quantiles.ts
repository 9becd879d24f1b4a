/** A distribution over runs. */
export interface Quantiles {
  mean: number;
  min: number;
  q05: number;
  q25: number;
  median: number;
  q75: number;
  q95: number;
  max: number;
}

/** Exact quantiles by linear interpolation between order statistics (Hyndman and Fan's type 7); undefined for no values. */
export function quantiles(values: ArrayLike<number>): Quantiles | undefined {
  const sorted = new Float64Array(values).sort();
  const last = sorted.length - 1;
  if (last < 0) return undefined;
  const at = (q: number) => {
    const below = Math.floor(q * last);
    const low = sorted[below] as number;
    const weight = q * last - below;
    // Nothing to add at an order statistic itself: least and largest are values as they came, the sign of a zero included.
    return weight === 0 ? low : low + weight * ((sorted[below + 1] as number) - low);
  };
  let sum = 0;
  for (const x of sorted) sum += x;
  const mean = sum / sorted.length;
  return { mean, min: at(0), q05: at(0.05), q25: at(0.25), median: at(0.5), q75: at(0.75), q95: at(0.95), max: at(1) };
}
