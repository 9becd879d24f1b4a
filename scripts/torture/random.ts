/** Numbers from 0 to below 1 that a seed decides (mulberry32). */
export type Random = () => number;

export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A whole number from 0 to below `count`. */
export const below = (random: Random, count: number): number => Math.floor(random() * count);

export const oneOf = <T>(random: Random, list: readonly T[]): T => list[below(random, list.length)] as T;

/** Does jobs in lanes side by side, each lane one after another. `work` gets the lane's number. */
export async function inLanes<T>(lanes: number, jobs: Iterable<T>, work: (job: T, lane: number) => Promise<void>): Promise<void> {
  const iterator = jobs[Symbol.iterator]();
  const lane = async (number: number) => {
    for (let next = iterator.next(); !next.done; next = iterator.next()) await work(next.value, number);
  };
  await Promise.all(Array.from({ length: lanes }, (_, number) => lane(number)));
}
