/** Four significant digits. */
export const digits = (x: number): number => Number(x.toPrecision(4));

/** Of repeated measurements. */
export interface MedianAndRange {
  median: number;
  min: number;
  max: number;
}

export function medianAndRange(values: readonly number[]): MedianAndRange {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (i: number) => sorted[Math.floor(i)] as number;
  const half = (sorted.length - 1) / 2;
  return { median: digits((at(half) + at(half + 0.5)) / 2), min: digits(at(0)), max: digits(at(sorted.length - 1)) };
}
