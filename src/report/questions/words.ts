import type { Quantiles } from "../../statistics/quantiles.ts";
import type { Estimate } from "./table.ts";

/** `a`, `a and b`, `a, b and c`. */
export const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;

/** The median of runs, with where 90 % of them lie. */
export const medianOf = (q: Quantiles | undefined): Estimate | undefined => q && { value: q.median, interval: [q.q05, q.q95] };
