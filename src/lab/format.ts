import { powerOfTen, percent as shareAndInterval } from "../report/format.ts";
import type { Proportion } from "../statistics/proportion.ts";

/** A flow time to two digits: 0.25, 31, 2900, 4.0·10⁴. */
export function showTime(time: number): string {
  const power = Math.floor(Math.log10(time) + 1e-9);
  if (power >= -3 && power < 4) return String(Number(time.toPrecision(2)));
  return `${(time / 10 ** power).toFixed(1)}·${powerOfTen(10 ** power)}`;
}

/** A share with its interval, `12.5 % [11.5, 13.5]`; with two decimals where the interval is narrower than 0.2 %. */
export const percent = (share: Proportion): string => shareAndInterval(share, 0.002);

/** What a kind is, as its row says it, with the values of its parameters in place of their names. */
export const sayWith = (says: string, chosen: Readonly<Record<string, unknown>>): string =>
  says.replace(/`(\w+)`/g, (_, name: string) => String(chosen[name]));
