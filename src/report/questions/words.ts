import type { Quantiles } from "../../statistics/quantiles.ts";
import type { Line } from "../../statistics/slope.ts";
import { short } from "../format.ts";

/** A number with an interval; what it is of tells which. */
export interface Estimate {
  value: number;
  interval: readonly [low: number, high: number];
}

/** The keys of a sweep's grid that have several values. */
export const variedIn = ({ specification }: { specification: Record<string, unknown> }): string[] =>
  Object.entries((specification["grid"] ?? {}) as Record<string, unknown[]>).flatMap(([key, values]) => (values.length > 1 ? [key] : []));

/** The median of runs, with where 90 % of them lie. */
export const medianOf = (q: Quantiles | undefined): Estimate | undefined => q && { value: q.median, interval: [q.q05, q.q95] };

/** `0.95 ± 0.04 [0.82, 1.08]`: a slope with its standard error and its 95 % interval; a dash where there is none. */
export const slopeText = (line: Line | undefined): string =>
  line ? `${short(line.slope)} ± ${short(line.slopeError)} [${line.interval.map(short).join(", ")}]` : "–";

/** `0.134 [0.126, 0.142]`; a dash where there is none. */
export const estimated = (e: Estimate | undefined): string => (e ? `${short(e.value)} [${e.interval.map(short).join(", ")}]` : "–");
