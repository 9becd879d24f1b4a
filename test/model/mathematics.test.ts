import stdlibExp from "@stdlib/math-base-special-exp";
import { describe, expect, it } from "vitest";
import { ceilLog2, cos, exp, expm1, floorLog2, log, log1p, pow, sin } from "../../src/model/mathematics.ts";
import { threefry } from "../../src/model/random.ts";

const float = new Float64Array(1);
const word = new BigInt64Array(float.buffer);
/** A number that grows by 1 from each float64 to the next. */
function place(x: number): bigint {
  float[0] = x;
  const bits = word[0] as bigint;
  return bits < 0n ? -(bits & 0x7fffffffffffffffn) : bits;
}
const ulps = (x: number, y: number) => Number(place(x) - place(y));
/** The float64 that is k places from x. */
function beside(x: number, k: bigint): number {
  float[0] = x;
  word[0] = (word[0] as bigint) + k;
  return float[0] as number;
}

/** Numbers spread evenly from a to b. */
const spread = (seed: number, a: number, b: number) =>
  Array.from({ length: 20_000 }, (_, i) => a + ((b - a) * (threefry([seed, 0], [i, 0])[0] + 0.5)) / 2 ** 32);
/** Numbers from 2^a to 2^b, whose logarithms are spread evenly. */
const scaled = (seed: number, a: number, b: number) => spread(seed, a, b).map((x) => 2 ** Math.floor(x) * (1 + (x - Math.floor(x))));
const both = (numbers: number[]) => [...numbers, ...numbers.map((x) => -x)];

const functions = [
  { name: "exp", f: exp, of: Math.exp, inputs: [...spread(1, -708, 709.7), ...spread(2, -1, 1), ...both(scaled(3, -1000, 0))] },
  { name: "cos", f: cos, of: Math.cos, inputs: [...spread(12, 0, Math.PI), ...scaled(13, -60, 0), 0, Math.PI / 4, Math.PI / 2, Math.PI] },
  { name: "sin", f: sin, of: Math.sin, inputs: [...spread(14, 0, Math.PI), ...scaled(15, -60, 0), 0, Math.PI / 4, Math.PI / 2, Math.PI] },
  { name: "log", f: log, of: Math.log, inputs: [...scaled(4, -1022, 1023), ...spread(5, 0.5, 2), 5e-324, 1e-310] },
  {
    name: "log1p",
    f: log1p,
    of: Math.log1p,
    inputs: [...spread(6, -1, 2), ...scaled(7, -1022, 1023), ...scaled(8, -1022, -1).map((x) => -x)],
  },
  { name: "expm1", f: expm1, of: Math.expm1, inputs: [...spread(9, -40, 709), ...spread(10, -1, 1), ...both(scaled(11, -1022, 0))] },
  ...[-0.25, -0.2, 1 / 3, 0.77, 4.5].map((y, i) => ({
    name: `pow to ${y}`,
    f: (x: number) => pow(x, y),
    of: (x: number) => x ** y,
    inputs: [...scaled(12 + i, -220, 220), ...spread(20 + i, 0.9, 1.1)],
  })),
];

describe.each(functions)("$name", ({ f, of, inputs }) => {
  // Each is within an ulp of the exact value.
  it("is within 2 ulp of that of Math", () => {
    let worst = { by: 0, at: 0 };
    for (const x of inputs) {
      const by = Math.abs(ulps(f(x), of(x)));
      if (!(by <= worst.by)) worst = { by, at: x };
    }
    expect(worst.by, `at ${worst.at}`).toBeLessThanOrEqual(2);
  });
});

const infinity = Number.POSITIVE_INFINITY;

it("exp has the bits of stdlib's", () => {
  const edges = [0, -0, 2 ** -28, -(2 ** -28), 708, -708, 709, 709.78, 709.79, -744, -745.2, infinity, -infinity, Number.NaN];
  const inputs = [...(functions[0]?.inputs ?? []), ...spread(30, -746, -707), ...edges.flatMap((x) => [x, x + 2 ** -30, x - 2 ** -30])];
  expect(inputs.filter((x) => !Object.is(exp(x), stdlibExp(x)))).toEqual([]);
});
it.each([
  [
    exp,
    [
      [0, 1],
      [-0, 1],
      [-infinity, 0],
      [infinity, infinity],
      [710, infinity],
      [-746, 0],
      [Number.NaN, Number.NaN],
    ],
  ],
  [
    log,
    [
      [0, -infinity],
      [-0, -infinity],
      [1, 0],
      [infinity, infinity],
      [-1, Number.NaN],
      [Number.NaN, Number.NaN],
    ],
  ],
  [
    log1p,
    [
      [0, 0],
      [-0, -0],
      [-1, -infinity],
      [infinity, infinity],
      [-1.5, Number.NaN],
      [5e-324, 5e-324],
      [-5e-324, -5e-324],
    ],
  ],
  [
    expm1,
    [
      [0, 0],
      [-0, -0],
      [-infinity, -1],
      [infinity, infinity],
      [710, infinity],
      [5e-324, 5e-324],
      [-5e-324, -5e-324],
    ],
  ],
  [
    (x: number) => pow(x, -0.2),
    [
      [0, infinity],
      [1, 1],
      [infinity, 0],
      [Number.NaN, Number.NaN],
    ],
  ],
  [
    (x: number) => pow(x, 0.2),
    [
      [0, 0],
      [1, 1],
      [infinity, infinity],
      [Number.NaN, Number.NaN],
    ],
  ],
  [
    (x: number) => pow(x, 0),
    [
      [1e300, 1],
      [1e-300, 1],
    ],
  ],
] as [(x: number) => number, [number, number][]][])("special values of function %#", (f, cases) => {
  for (const [x, y] of cases) expect(f(x), `at ${x}`).toBe(y);
});

it("logarithms to base 2 are exact, at powers of 2 and beside them", () => {
  for (let k = -1073; k <= 1023; k++) {
    const power = 2 ** k;
    expect([floorLog2(power), ceilLog2(power)]).toEqual([k, k]);
    if (k < -1022) continue; // the neighbours of a subnormal number may be powers of 2 themselves
    expect([floorLog2(beside(power, 1n)), ceilLog2(beside(power, 1n))]).toEqual([k, k + 1]);
    expect([floorLog2(beside(power, -1n)), ceilLog2(beside(power, -1n))]).toEqual([k - 1, k]);
  }
});
