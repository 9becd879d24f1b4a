/** One float32 ulp, relative to a number at the bottom of its binade. */
export const ulp = 2 ** -23;

/** Rounds numbers to float32, in place. */
export function roundAll(x: Float64Array): void {
  for (let i = 0; i < x.length; i++) x[i] = Math.fround(x[i] as number);
}

/** Moves every number by the part `by` of it, up or down, in place. */
export function moveAll(x: Float64Array, sign: () => number, by: number): void {
  for (let i = 0; i < x.length; i++) x[i] = (x[i] as number) * (1 + sign() * by);
}

/** Random signs, +1 and −1: the same for the same seed (Marsaglia's xorshift32). */
export function randomSigns(seed: number): () => number {
  let bits = Math.imul(seed + 1, 0x9e3779b9) | 1;
  return () => {
    bits ^= bits << 13;
    bits ^= bits >>> 17;
    bits ^= bits << 5;
    return bits < 0 ? -1 : 1;
  };
}
