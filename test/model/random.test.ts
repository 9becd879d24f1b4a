import gammainc from "@stdlib/math-base-special-gammainc";
import { describe, expect, it } from "vitest";
import { normal, threefry } from "../../src/model/random.ts";

describe("threefry", () => {
  // The known answers that the authors' Random123 library publishes for threefry2x32, 20 rounds (kat_vectors).
  it.each([
    [
      [0, 0],
      [0, 0],
      [0x6b200159, 0x99ba4efe],
    ],
    [
      [0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x1cb996fc, 0xbb002be7],
    ],
    [
      [0x13198a2e, 0x03707344],
      [0x243f6a88, 0x85a308d3],
      [0xc4923a9c, 0x483df7a0],
    ],
  ] as [[number, number], [number, number], [number, number]][])("key %j, counter %j", (key, counter, words) => {
    expect(threefry(key, counter)).toEqual(words);
  });
});

describe("normal", () => {
  it("inverts the normal distribution function, to 1e-13 relative in the tail probability", () => {
    // P(Z > z) = Q(1/2, z²/2)/2, by another library. The tail's condition number is z² ≤ 40.2, times float64's 1e-16, times ten.
    for (const bits of [0, 1, 5, 1000, 2 ** 20, 2 ** 27, 322_122_547, 322_122_548, 2 ** 29, 2 ** 30, 2 ** 31 - 2 ** 12]) {
      const z = normal(bits);
      const tail = gammainc((z * z) / 2, 0.5, true, true) / 2;
      expect(Math.abs(tail / ((bits + 0.5) / 2 ** 32) - 1)).toBeLessThan(1e-13);
    }
  });

  it("is symmetric to the bit, and never 0", () => {
    for (const bits of [0, 1, 12345, 2 ** 31 - 1]) {
      expect(normal((bits | 0x80000000) >>> 0)).toBe(-normal(bits));
      expect(normal(bits)).toBeGreaterThan(0);
    }
  });
});
