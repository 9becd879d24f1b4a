import { exp, log, log1p, squared } from "../model/mathematics.ts";

const twoPi = 2 * Math.PI;

/** The series of Stirling's error in 1/z (DLMF 5.11.1): the numbers of z⁻¹, z⁻³, …; from z = 16 on it is right to the last digit. */
const stirling = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360_360, 1 / 156];

/** Stirling's error δ(z) = ln Γ(z + 1) − (z + ½) ln z + z − ½ ln 2π. Small z are led to larger ones by δ(z) = δ(z + 1) + (z + ½) ln(1 + 1/z) − 1. */
function stirlingError(z: number): number {
  let sum = 0;
  for (; z < 16; z++) sum += (z + 0.5) * log1p(1 / z) - 1;
  return sum + stirling.reduceRight((series, number) => series / squared(z) + number, 0) / z;
}

/**
 * k ln(k/m) − difference, where k − m is the difference and these are near each other without cancellation (Loader 2000, "Fast and accurate computation of
 * binomial probabilities").
 */
function deviance(k: number, m: number, difference: number): number {
  if (Math.abs(difference) >= 0.1 * (k + m)) return k * log(k / m) - difference;
  const v = difference / (k + m);
  let sum = difference * v;
  let power = 2 * k * v;
  for (let j = 1; ; j++) {
    power *= squared(v);
    const next = sum + power / (2 * j + 1);
    if (next === sum) return sum;
    sum = next;
  }
}

/** x^a (1 − x)^b / B(a, b), 0 < x < 1: by Loader's saddle-point form of the binomial's chance of a in a + b. */
function power(x: number, a: number, b: number): number {
  const n = a + b;
  const above = n * x - a;
  const exponent = stirlingError(n) - stirlingError(a) - stirlingError(b) - deviance(a, n * x, -above) - deviance(b, n * (1 - x), above);
  return exp(exponent) * Math.sqrt((a / n) * (b / twoPi));
}

/**
 * The continued fraction that x^a y^b / B(a, b) is divided by to I_x(a, b), y = 1 − x, for x ≤ (a + 1)/(a + b + 2), by Lentz's method (Didonato and Morris 1992,
 * "Algorithm 708", 9). @param lead a y − b x, which has digits of its own
 */
function fraction(x: number, y: number, a: number, b: number, lead: number): number {
  const partOf = (m: number) => m + (m * (b - m) * x) / (a + 2 * m - 1) + ((a + m) * (lead + 1 + m * (1 + y))) / (a + 2 * m + 1);
  let result = (a * (lead + 1)) / (a + 1);
  let c = result;
  let d = 0;
  for (let m = 1; m < 1e7; m++) {
    const over = ((a + m - 1) / (a + 2 * m - 1)) * ((a + b + m - 1) / (a + 2 * m - 1)) * m * (b - m) * squared(x);
    const part = partOf(m);
    d = 1 / (part + over * d);
    c = part + over / c;
    result *= c * d;
    if (Math.abs(c * d - 1) < 2 ** -52) break;
  }
  return result;
}

/** The regularized incomplete beta function I_x(a, b), 0 ≤ x ≤ 1, of positive a and b. Relative error some 1e-13, for a + b up to 2³². */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const lead = a - (a + b) * x;
  const factor = power(x, a, b);
  return x <= (a + 1) / (a + b + 2) ? factor / fraction(x, 1 - x, a, b, lead) : 1 - factor / fraction(1 - x, x, b, a, -lead);
}

/** The quantile of the beta distribution: x with I_x(a, b) = p, 0 < p < 1, by Newton's steps within what encloses it. */
export function betaQuantile(p: number, a: number, b: number): number {
  let [low, high] = [0, 1];
  let x = a / (a + b);
  for (let tries = 0; tries < 200; tries++) {
    const excess = incompleteBeta(x, a, b) - p;
    if (excess === 0) return x;
    if (excess > 0) high = x;
    else low = x;
    const slope = power(x, a, b) / (x * (1 - x));
    const newton = x - excess / slope;
    const next = newton > low && newton < high ? newton : low + (high - low) / 2;
    if (Math.abs(next - x) <= 2 ** -51 * x) return next;
    x = next;
  }
  return x;
}
