import { proportion } from "./proportion.ts";

/** Half the width of the exact interval of a share of ½, of so many pairs of runs. It is widest there. */
function halfWidth(pairs: number): number {
  const [low, high] = proportion(pairs, 2 * pairs)?.interval as [number, number];
  return (high - low) / 2;
}

/** The narrowest precision that so many runs can have. */
export const narrowest = (runs: number): number => halfWidth(Math.floor(runs / 2));

/**
 * The least even number of runs of which the interval of a share is no wider than ±width, above 0 and below ½.
 * @param most a number of runs that is enough
 */
export function runsForPrecision(width: number, most: number): number {
  let [low, high] = [0, Math.floor(most / 2)];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (halfWidth(middle) <= width) high = middle;
    else low = middle;
  }
  return 2 * high;
}
