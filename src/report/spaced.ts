/** So many of these, evenly spaced, the first and the last among them; all of them where they are no more. */
export const spaced = <T>(from: readonly T[], count: number): T[] =>
  from.length <= count
    ? [...from]
    : Array.from(
        { length: count },
        (_, i) => from[Math.round(count === 1 ? (from.length - 1) / 2 : (i * (from.length - 1)) / (count - 1))] as T,
      );
