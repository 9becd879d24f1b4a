import type { Quantiles } from "../../statistics/quantiles.ts";
import { short } from "../format.ts";

/** A number with an interval; what it is of tells which. */
export interface Estimate {
  value: number;
  interval: readonly [low: number, high: number];
}

/** `a`, `a and b`, `a, b and c`. */
export const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;

/** The median of runs, with where 90 % of them lie. */
export const medianOf = (q: Quantiles | undefined): Estimate | undefined => q && { value: q.median, interval: [q.q05, q.q95] };

/** An end of an interval; one that is open is infinite. */
const endText = (x: number): string => (Number.isFinite(x) ? short(x) : x < 0 ? "−∞" : "∞");

/** `0.134 [0.126, 0.142]`; a dash where there is none. */
export const estimated = (e: Estimate | undefined): string => (e ? `${short(e.value)} [${e.interval.map(endText).join(", ")}]` : "–");
