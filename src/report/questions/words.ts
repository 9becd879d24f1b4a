import type { Quantiles } from "../../statistics/quantiles.ts";
import type { Line } from "../../statistics/slope.ts";
import { short } from "../format.ts";
import type { Estimate } from "./table.ts";

/** `a`, `a and b`, `a, b and c`. */
export const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;

/** The median of runs, with where 90 % of them lie. */
export const medianOf = (q: Quantiles | undefined): Estimate | undefined => q && { value: q.median, interval: [q.q05, q.q95] };

/** `0.95 ± 0.04 [0.82, 1.08]`: a slope with its standard error and its 95 % interval; a dash where there is none. */
export const slopeText = (line: Line | undefined): string =>
  line ? `${short(line.slope)} ± ${short(line.slopeError)} [${line.interval.map(short).join(", ")}]` : "–";

/** `7.2 [6.9, 7.5]` */
export const estimateText = ({ value, interval }: Estimate): string => `${short(value)} [${interval.map(short).join(", ")}]`;
