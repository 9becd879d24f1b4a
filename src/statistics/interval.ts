import { betaQuantile } from "./beta.ts";

/** A 95 % interval. An end that the data leave open is infinite. */
export type Interval = [low: number, high: number];

/** What an interval leaves out on either side. */
export const tail = 0.025;

/** Φ⁻¹(1 − tail): the quantile of the standard normal. */
export const normalWidth = 1.959963984540054;

/**
 * The quantile 1 − tail of Student's t.
 * P(|T| > t) = Iₓ(df/2, 1/2) with x = df/(df + t²)  (Abramowitz and Stegun 26.7.1 and 26.5.27).
 */
export function studentWidth(degreesOfFreedom: number): number {
  const x = betaQuantile(2 * tail, degreesOfFreedom / 2, 0.5);
  return Math.sqrt((degreesOfFreedom * (1 - x)) / x);
}
