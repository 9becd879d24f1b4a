import erfc from "@stdlib/math-base-special-erfc";
import { exp, pow, squared } from "../model/mathematics.ts";

/** Φ(x), the chance that a standard normal is at most x: erfc(−x/√2)/2 (Abramowitz and Stegun 26.2.29). */
const normalUpTo = (x: number): number => erfc(-x / Math.sqrt(2)) / 2;

/** The trapezoid rule on this grid is exact to rounding: the integrand is smooth, and below 10⁻¹⁵ at both ends. */
const [end, step] = [8.5, 0.0625];

/**
 * The chance that the first of n independent normals of one spread is the largest, if it has a head start of `lead` standard deviations:
 * ∫ φ(x) Φ(x + lead)^(n − 1) dx.
 */
export function leadChance(n: number, lead: number): number {
  let sum = 0;
  for (let x = -end; x <= end; x += step) sum += exp(-squared(x) / 2) * pow(normalUpTo(x + lead), n - 1);
  return (sum * step) / Math.sqrt(2 * Math.PI);
}

/** The head start, in standard deviations, with which the first of n ≥ 2 normals is the largest with a chance of a half. */
export function evenLead(n: number): number {
  let [low, high] = [0, 10]; // with 10 it is, of up to 10¹⁰
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    if (leadChance(n, middle) < 0.5) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
