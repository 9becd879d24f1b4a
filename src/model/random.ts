import { log } from "./mathematics.ts";

/**
 * Threefry-2×32-20 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3; SC11, section 3.3).
 * Returns the two 32-bit words for a key and a counter of two words each.   Twin: shaders/threefry.wgsl
 */
export function threefry(key: readonly [number, number], counter: readonly [number, number]): [number, number] {
  const rotations = [13, 15, 26, 6, 17, 29, 16, 24];
  const keys = [key[0] >>> 0, key[1] >>> 0, (0x1bd11bda ^ key[0] ^ key[1]) >>> 0];
  let x = (counter[0] + (keys[0] as number)) >>> 0;
  let y = (counter[1] + (keys[1] as number)) >>> 0;
  for (let round = 0; round < 20; round++) {
    const by = rotations[round % 8] as number;
    x = (x + y) >>> 0;
    y = (((y << by) | (y >>> (32 - by))) ^ x) >>> 0;
    if (round % 4 === 3) {
      const injection = (round + 1) / 4;
      x = (x + (keys[injection % 3] as number)) >>> 0;
      y = (y + (keys[(injection + 1) % 3] as number) + injection) >>> 0;
    }
  }
  return [x, y];
}

/** By Horner's rule; the first coefficient is that of the lowest power. */
const polynomial = (coefficients: readonly number[], x: number) => coefficients.reduceRight((sum, c) => sum * x + c, 0);

/**
 * Φ⁻¹(u): the quantile of the standard normal at 0 < u < 1, relative error below 1e-15 (Wichura, Algorithm AS 241, PPND16).
 * @param q u − ½
 * @param tail the smaller one of u and 1 − u
 */
export function normalQuantile(q: number, tail: number): number {
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (q * polynomial(central.above, r)) / polynomial(central.below, r);
  }
  const r = Math.sqrt(-log(tail));
  const { above, below } = r <= 5 ? middle : far;
  const s = r <= 5 ? r - 1.6 : r - 5;
  return (Math.sign(q) * polynomial(above, s)) / polynomial(below, s);
}

const central = {
  above: [
    3.387132872796366608, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125, 45921.953931549871457, 67265.770927008700853,
    33430.575583588128105, 2509.0809287301226727,
  ],
  below: [
    1, 42.313330701600911252, 687.1870074920579083, 5394.1960214247511077, 21213.794301586595867, 39307.89580009271061,
    28729.085735721942674, 5226.495278852545925,
  ],
};
const middle = {
  above: [
    1.42343711074968357734, 4.6303378461565452959, 5.7694972214606914055, 3.64784832476320460504, 1.27045825245236838258,
    0.24178072517745061177, 0.0227238449892691845833, 7.7454501427834140764e-4,
  ],
  below: [
    1, 2.05319162663775882187, 1.6763848301838038494, 0.68976733498510000455, 0.14810397642748007459, 0.0151986665636164571966,
    5.475938084995344946e-4, 1.05075007164441684324e-9,
  ],
};
const far = {
  above: [
    6.6579046435011037772, 5.4637849111641143699, 1.7848265399172913358, 0.29656057182850489123, 0.026532189526576123093,
    0.0012426609473880784386, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
  ],
  below: [
    1, 0.59983220655588793769, 0.13692988092273580531, 0.0148753612908506148525, 7.868691311456132591e-4, 1.8463183175100546818e-5,
    1.4215117583164458887e-7, 2.04426310338993978564e-15,
  ],
};

/**
 * A standard normal from 32 random bits: Φ⁻¹(u) at u = (bits + ½)/2³², the sign from the top bit, so that the
 * distribution is symmetric to the last bit.   Twin: shaders/normal.wgsl, within 4 float32 ulp
 */
export function normal(bits: number): number {
  const low = bits & 0x7fffffff;
  const tail = (low + 0.5) / 2 ** 32;
  const q = 0.5 - tail;
  return bits >>> 31 ? -normalQuantile(q, tail) : normalQuantile(q, tail);
}

/** A uniform number in (0, 1) from 32 random bits: (⌊bits/2⁹⌋ + ½)/2²³, exact in float32.   Twin: shaders/math.wgsl */
export const uniform = (bits: number): number => ((bits >>> 9) + 0.5) / 2 ** 23;
