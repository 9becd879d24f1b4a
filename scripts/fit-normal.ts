// Fits the two polynomials of shaders/normal.wgsl to the float64 normal quantile and prints their coefficients as
// float32, with the largest relative error of the result.   Repeat with: npm run script -- fit-normal
import { normalQuantile } from "../src/model/random.ts";

/** Interpolates f at the degree + 1 Chebyshev points of [low, high], as powers of x − center, in float64. */
function interpolate(f: (x: number) => number, low: number, high: number, center: number, degree: number): number[] {
  const points = Array.from({ length: degree + 1 }, (_, j) => {
    const x = (low + high) / 2 + ((high - low) / 2) * Math.cos((Math.PI * (j + 0.5)) / (degree + 1));
    return { x: x - center, y: f(x) };
  });
  const differences = points.map(({ y }) => y); // Newton's divided differences
  for (let k = 1; k <= degree; k++)
    for (let j = degree; j >= k; j--)
      differences[j] =
        ((differences[j] as number) - (differences[j - 1] as number)) / ((points[j]?.x as number) - (points[j - k]?.x as number));
  let powers: number[] = [];
  for (let j = degree; j >= 0; j--) {
    const next = [0, ...powers];
    powers.forEach((c, k) => {
      next[k] = (next[k] as number) - (points[j]?.x as number) * c;
    });
    next[0] = (next[0] as number) + (differences[j] as number);
    powers = next;
  }
  return powers.map(Math.fround);
}

const horner = (coefficients: readonly number[], x: number) => coefficients.reduceRight((sum, c) => sum * x + c, 0);

function report(
  name: string,
  quantile: (x: number) => number,
  approximation: (x: number) => number,
  low: number,
  high: number,
  c: number[],
) {
  let worst = 0;
  for (let i = 0; i <= 10_000; i++) {
    const x = low + ((high - low) * i) / 10_000;
    worst = Math.max(worst, Math.abs(approximation(x) / quantile(x) - 1));
  }
  console.log(`${name}: worst relative error ${worst.toExponential(1)}\n  ${c.join(", ")}`);
}

const split = 0.425; // |q| up to here is the center
const center = (s: number) => normalQuantile(Math.sqrt(s), 0.5 - Math.sqrt(s)) / Math.sqrt(s);
const c = interpolate(center, 1e-12, split ** 2, 0.09, 12);
report("center, z/q in q² − 0.09", center, (s) => horner(c, s - 0.09), 1e-9, split ** 2, c);

const tail = (r: number) => normalQuantile(0.5 - Math.exp((-r * r) / 2), Math.exp((-r * r) / 2));
const [from, to] = [Math.sqrt(-2 * Math.log(0.5 - split)), Math.sqrt(2 * 33 * Math.LN2)];
const t = interpolate((r) => tail(r) - r, from, to, 4.5, 11);
report("tail, z − r in r − 4.5 with r = √(−2 log tail)", tail, (r) => r + horner(t, r - 4.5), from, to, t);
