import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ExactSum } from "../../src/statistics/exactSum.ts";

const sumOf = (numbers: readonly number[]) => {
  const sum = new ExactSum();
  for (const x of numbers) sum.add(x);
  return sum;
};

/** A finite number as a multiple of 2^−1074, from its decimal-free definition: halved until it is below 2⁵³ units. */
function units(x: number): bigint {
  let [scaled, power] = [x, 0];
  while (Math.abs(scaled) >= 1) [scaled, power] = [scaled / 2, power + 1];
  // Now |x| = |scaled|·2^power with |scaled| < 1: its 1,074 binary places, in two exact steps.
  const whole = scaled * 2 ** 537;
  const first = BigInt(Math.trunc(whole));
  const second = BigInt((whole - Math.trunc(whole)) * 2 ** 537);
  return ((first << 537n) + second) << BigInt(power);
}

/** Whether no float64 number is nearer to sum/over units than x; and x is even where another is as near. */
function isNearest(x: number, sum: bigint, over: bigint): boolean {
  const float = Float64Array.of(x);
  const bits = new BigInt64Array(float.buffer);
  const away = (y: number) => {
    const difference = units(y) * over - sum;
    return difference < 0n ? -difference : difference;
  };
  const own = away(x);
  const isEven = ((bits[0] as bigint) & 1n) === 0n;
  const step = (by: bigint): number => new Float64Array(BigInt64Array.of((bits[0] as bigint) + by).buffer)[0] as number;
  const neighbours = x === 0 ? [Number.MIN_VALUE, -Number.MIN_VALUE] : [step(1n), step(-1n)];
  return neighbours.every((y) => !Number.isFinite(y) || away(y) > own || (away(y) === own && isEven));
}

const finite = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e300, max: 1e300 }), // sums stay finite
  fc.double({ noNaN: true, min: -1, max: 1 }),
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(1, -1, 2 ** 53, -(2 ** 53), 2 ** -53, 3 * 2 ** -53, 2 ** -1074, -(2 ** -1074), 2 ** -1022, 0, -0),
);
const numbers = fc.array(finite, { maxLength: 60 });
const total = (values: readonly number[]) => values.reduce((sum, x) => sum + units(x), 0n);

describe("an exact sum", () => {
  it("is the correctly rounded one, and so is its quotient by a whole number", () => {
    fc.assert(
      fc.property(numbers, fc.integer({ min: 1, max: 2 ** 31 - 1 }), (values, over) => {
        expect(isNearest(sumOf(values).result(), total(values), 1n)).toBe(true);
        expect(isNearest(sumOf(values).result(over), total(values), BigInt(over))).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
  it("has the same bits in any order and any grouping", () => {
    const grouped = numbers.chain((values) =>
      fc.tuple(
        fc.constant(values),
        fc.shuffledSubarray(values, { minLength: values.length }),
        fc.array(fc.nat(3), { minLength: values.length, maxLength: values.length }),
      ),
    );
    fc.assert(
      fc.property(grouped, ([values, shuffled, group]) => {
        const merged = new ExactSum();
        for (const which of [2, 0, 3, 1]) merged.addHeld(sumOf(shuffled.filter((_, i) => group[i] === which)).held());
        expect(merged.result()).toBe(sumOf(values).result());
        expect(merged.result(7)).toBe(sumOf(values).result(7));
      }),
    );
  });
  it.each([
    [[], 0],
    [[1, 1e100, 1, -1e100], 2],
    [[2 ** 53, 1], 2 ** 53],
    [[2 ** 53, 1, 2 ** -1074], 2 ** 53 + 2],
    [[2 ** 53 + 2, 1], 2 ** 53 + 4],
    [[Number.MAX_VALUE, Number.MAX_VALUE, -Number.MAX_VALUE], Number.MAX_VALUE],
    [[Number.MAX_VALUE, Number.MAX_VALUE], Number.POSITIVE_INFINITY],
    [[Number.MIN_VALUE, Number.MIN_VALUE], 2 * Number.MIN_VALUE],
    [[1, Number.NEGATIVE_INFINITY], Number.NEGATIVE_INFINITY],
    [[Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY], Number.NaN],
  ])("of %j is %d", (values, expected) => {
    expect(sumOf(values).result()).toBe(expected);
  });
  it("of numbers whose sum is too large has a finite mean", () => {
    expect(sumOf([Number.MAX_VALUE, Number.MAX_VALUE]).result(2)).toBe(Number.MAX_VALUE);
  });
  it("stays exact where low words are carried, also between parts", () => {
    const x = 2 - 2 ** -52; // all bits of the significand
    const [part, count] = [new ExactSum(), 2 ** 20 + 5];
    for (let i = 0; i < count; i++) part.add(x);
    const [sum, rest] = [new ExactSum(), sumOf([-2])];
    for (let i = 0; i < 2047; i++) sum.addHeld(part.held()); // nearly 2³¹ numbers
    expect(sum.result(2047 * count)).toBe(x);
    for (let i = 0; i < 20; i++) rest.addHeld(rest.held());
    expect(rest.result()).toBe(-(2 ** 21));
    for (let i = 0; i < 2047; i++) sum.addHeld(rest.held());
    for (let i = 0; i < 2047 * 5; i++) sum.add(-2);
    expect(sum.result()).toBe(-2047 * count * 2 ** -52);
  });
});
