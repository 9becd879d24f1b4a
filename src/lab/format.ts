import { percent as shareAndInterval } from "../report/format.ts";
import type { Proportion } from "../statistics/proportion.ts";
import type { Quantiles } from "../statistics/quantiles.ts";

/** A share with its interval, `12.5 % [11.5, 13.5]`; with two decimals where the interval is narrower than 0.2 %. */
export const percent = (share: Proportion): string => shareAndInterval(share, 0.002);

/** A number of runs in words. */
export const runsText = (runs: number): string => `${runs.toLocaleString("en")} ${runs === 1 ? "run" : "runs"}`;

/** The runs that a figure shows. */
export const firstRuns = (runs: number): string => (runs === 1 ? "the one run" : `the first ${runs.toLocaleString("en")} runs`);

/** A median with the middle 90 %: `0.43 (0.35–0.74)`. */
export const spread = ({ median, q05, q95 }: Pick<Quantiles, "median" | "q05" | "q95">, format: (x: number) => string, unit = ""): string =>
  `${format(median)}${unit} (${format(q05)}–${format(q95)})`;

/** What a kind is, as its row says it, with the values of its parameters in place of their names. */
export const sayWith = (says: string, chosen: Readonly<Record<string, unknown>>): string =>
  says.replace(/`(\w+)`/g, (_, name: string) => String(chosen[name]));

/** A text whose numbers stay with their % at the end of a line. */
export const unbroken = (text: string): string => text.replaceAll(" %", "\u00a0%");
