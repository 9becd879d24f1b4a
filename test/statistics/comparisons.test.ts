import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maxRuns } from "../../src/model/ensemble.ts";
import { threefry } from "../../src/model/random.ts";
import { atLeast, atMost, signTest } from "../../src/statistics/binomial.ts";
import { bootstrap } from "../../src/statistics/bootstrap.ts";
import { holm } from "../../src/statistics/holm.ts";
import { studentWidth, tail } from "../../src/statistics/interval.ts";
import { pairedNumbers } from "../../src/statistics/pairedNumbers.ts";
import { comparedShares, pairedShares } from "../../src/statistics/pairedShares.ts";
import { runsForPrecision } from "../../src/statistics/precision.ts";
import { quantileRanks, quantileWithInterval } from "../../src/statistics/quantileInterval.ts";
import { line, logLogSlope } from "../../src/statistics/slope.ts";
import { survival } from "../../src/statistics/survival.ts";
import { quantiles } from "../support/quantiles.ts";

/** Made by test/golden/scipy/statistics.py, with SciPy. */
const golden = JSON.parse(readFileSync(new URL("../golden/scipy/statistics.json", import.meta.url), "utf8"));

/** Both sides have float64's rounding, grown a little. */
const near = (actual: number, expected: number, relative = 1e-12) =>
  expect(Math.abs(actual - expected), `${actual} for ${expected}`).toBeLessThanOrEqual(relative * Math.abs(expected));
/** What the rounding of log-gamma functions of n, which are some 20 n, makes of tails of a binomial at most: e^(20 n ε) − 1. */
const roundingAt = (n: number) => 1e-12 + 20 * n * 2 ** -53;
/** Uniform numbers in (0, 1). */
const uniforms = (count: number, seed: number) =>
  Float64Array.from({ length: count }, (_, i) => (threefry([seed, 9], [i, 0])[0] + 0.5) / 2 ** 32);

describe("against SciPy", () => {
  it("tails of a binomial, and the sign test", () => {
    for (const [k, n, p, expected] of golden.atMost) {
      near(atMost(k, n, p), expected, roundingAt(n));
      near(atLeast(n - k, n, 1 - p), expected, roundingAt(n));
    }
    for (const [first, second, expected] of golden.signTest) near(signTest(first, second), expected, roundingAt(first + second));
    expect([atMost(-1, 3, 0.5), atMost(3, 3, 0.5), atLeast(0, 3, 0.5), atLeast(4, 3, 0.5), signTest(0, 0)]).toEqual([0, 1, 1, 0, 1]);
  });
  it("quantiles of Student's t", () => {
    for (const [df, expected] of golden.studentWidth) near(studentWidth(df), expected);
  });
  it("ranks between which a quantile lies", () => {
    for (const [n, p, low, high] of golden.quantileRanks)
      expect(quantileRanks(n, p), `${n} ${p}`).toEqual({ low: low ?? undefined, high: high ?? undefined });
  });
  it("runs for a precision", () => {
    for (const [width, runs] of golden.runsForPrecision) expect(runsForPrecision(width, maxRuns)).toBe(runs);
  });
  it("the score interval of paired shares, from a likelihood that is maximized", () => {
    // The maximum is found to the root of the rounding.
    for (const [first, second, pairs, low, high] of golden.scoreInterval) {
      const compared = comparedShares({ pairs, first, second });
      near(compared?.interval[0] as number, low, 1e-7);
      near(compared?.interval[1] as number, high, 1e-7);
    }
  });
  it("survival, its intervals, and the median: published for the first, which is of leukemia, 23 weeks", () => {
    for (const { times, ends, median, medianInterval, ...expected } of golden.survival) {
      const found = survival(
        times.map((time: number | null) => time ?? Number.NaN),
        ends,
      );
      const steps = (found?.steps ?? []).filter((step) => step.survival > 0);
      expect(steps.map(({ time }) => time)).toEqual(expected.time);
      steps.forEach((step, i) => {
        near(step.survival, expected.survival[i]);
        near(step.interval[0], expected.low[i]);
        near(step.interval[1], expected.high[i]);
      });
      const open = (x: number | null) => x ?? Number.POSITIVE_INFINITY;
      expect([found?.median, found?.medianInterval]).toEqual([open(median), medianInterval.map(open)]);
    }
  });
  it("slopes of log on log", () => {
    for (const { x, y, interval, ...expected } of golden.slope) {
      const found = logLogSlope(x, y);
      for (const [name, value] of Object.entries(expected)) near(found[name as "slope"], value as number);
      interval.forEach((end: number, i: number) => {
        near(found.interval[i] as number, end);
      });
    }
  });
  it("paired numbers", () => {
    const { first, second, ...expected } = golden.paired;
    const found = pairedNumbers(first, second);
    near(found?.pValue as number, expected.pValue);
    near(found?.standardized as number, expected.standardized);
    near(found?.median.interval[0] as number, expected.median.low);
    near(found?.median.interval[1] as number, expected.median.high);
    near(found?.mean?.value as number, expected.mean);
    withinResampling(found?.mean?.interval, expected.bootstrap);
  });
});

/**
 * An end is the 2.5 % quantile of 2,000 resamples: off by √(0.025·0.975/2000)/φ(1.96) = 0.06 standard errors, and SciPy's by a tenth of
 * that. Five times this are taken, of a standard error that is 1/3.92 of the width.
 */
function withinResampling(interval: readonly number[] | undefined, [low, high]: [number, number]): void {
  const bound = (5 * 0.06 * (high - low)) / 3.92;
  expect(Math.abs((interval?.[0] as number) - low)).toBeLessThan(bound);
  expect(Math.abs((interval?.[1] as number) - high)).toBeLessThan(bound);
}

describe("a quantile with its interval", () => {
  it("is covered by it with a chance of 0.95 or more, and no less wide interval of ranks has that on both sides", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.constantFrom(0.05, 0.25, 0.5, 0.95), (n, p) => {
        const { low, high } = quantileRanks(n, p);
        // Below the lower end with P(B ≤ low), of the number B that lie below; summed here term by term.
        const terms = [1];
        for (let k = 0; k < n; k++) terms.push(((terms[k] as number) * (n - k) * p) / ((k + 1) * (1 - p)));
        const all = terms.reduce((sum, term) => sum + term, 0);
        const chance = (from: number, to: number) => terms.slice(from, to + 1).reduce((sum, term) => sum + term, 0) / all;
        if (low !== undefined) expect(chance(0, low)).toBeLessThanOrEqual(0.025 + 1e-12);
        expect(chance(0, (low ?? -1) + 1)).toBeGreaterThan(0.025 - 1e-12);
        if (high !== undefined) expect(chance(high + 1, n)).toBeLessThanOrEqual(0.025 + 1e-12);
        expect(chance(high ?? n, n)).toBeGreaterThan(0.025 - 1e-12);
      }),
    );
  });
  it("leaves NaN out, counts it, keeps what is infinite, and is the quantile of summaries", () => {
    const infinite = Number.POSITIVE_INFINITY;
    expect(quantileWithInterval([3, Number.NaN, 1, infinite, 2, infinite, infinite])).toEqual({
      value: infinite,
      interval: [1, infinite],
      count: 6,
      absent: 1,
    });
    expect(quantileWithInterval([2, 1, infinite])?.value).toBe(2);
    expect(quantileWithInterval([2, 1])?.interval).toEqual([Number.NEGATIVE_INFINITY, infinite]);
    expect([quantileWithInterval([]), quantileWithInterval([Number.NaN])]).toEqual([undefined, undefined]);
    const numbers = uniforms(101, 1);
    for (const [p, key] of [
      [0.05, "q05"],
      [0.5, "median"],
      [0.95, "q95"],
    ] as const)
      expect(quantileWithInterval(numbers, p)?.value).toBe(quantiles(numbers)?.[key]);
  });
});

describe("paired shares", () => {
  it("count pairs, and are turned round when the two are", () => {
    const first = [true, true, true, false, undefined, false];
    const second = [true, false, false, true, true, undefined];
    const found = pairedShares(first, second);
    expect(found).toMatchObject({ pairs: 4, absent: 2, first: 2, second: 1, difference: 0.25, pValue: 1 });
    expect(found?.ofDiffering?.share).toBe(2 / 3);
    const turned = pairedShares(second, first);
    expect(turned?.difference).toBe(-0.25);
    expect(turned?.interval[0]).toBeCloseTo(-(found?.interval[1] as number), 12);
    expect(pairedShares([undefined], [true])).toBeUndefined();
    expect(() => pairedShares([true], [])).toThrow("expected as many answers");
  });
  it("have an interval where none differ, ±z²/(n + z²), and where all do", () => {
    const none = comparedShares({ pairs: 50, first: 0, second: 0 });
    const z2 = 1.959963984540054 ** 2;
    near(none?.interval[1] as number, z2 / (50 + z2));
    near(none?.interval[0] as number, -z2 / (50 + z2));
    expect(none).toMatchObject({ difference: 0, ofDiffering: undefined, pValue: 1 });
    const all = comparedShares({ pairs: 20, first: 20, second: 0 });
    expect(all?.interval[1]).toBe(1);
    near(all?.interval[0] as number, (20 - z2) / (20 + z2));
  });
});

describe("paired numbers", () => {
  it("count ties, infinite numbers among them, and tell a mean only where all are finite", () => {
    const infinite = Number.POSITIVE_INFINITY;
    const found = pairedNumbers([1, 5, infinite, infinite, Number.NaN], [2, 5, infinite, 3, 1]);
    expect(found).toMatchObject({ pairs: 4, absent: 1, greater: 1, less: 1, equal: 2, superiority: 0.5, pValue: 1 });
    expect([found?.mean, found?.standardized]).toEqual([undefined, undefined]);
    expect(pairedNumbers([2, 3], [1, 2])?.standardized).toBeUndefined();
    expect(pairedNumbers([Number.NaN], [1])).toBeUndefined();
    expect(() => pairedNumbers([1], [])).toThrow("expected as many numbers");
  });
});

describe("the bootstrap", () => {
  it("resamples runs, in blocks where they are many, and the same again with the same seed", () => {
    const x = uniforms(2 ** 13 + 5, 2);
    const y = x.map((value, i) => (i % 3 === 0 ? Number.NaN : 0.5 - value));
    // Every y is ½ − x: only where runs bring both numbers along is the spread of x̄ + ȳ that of two means of overlapping runs.
    const found = bootstrap([x, y], ([a, b]) => (a as number) + (b as number), 7);
    const present = 2 / 3;
    const variance = (1 / 12) * (1 / present - 1); // of √n(x̄ − mean over the runs present): Var(x)(1/q − 1)
    const error = Math.sqrt(variance / x.length);
    // Blocks estimate the variance itself to √(2/4096) = 2 %, well within what resampling leaves.
    withinResampling(found.interval, [found.value - 1.96 * error, found.value + 1.96 * error]);
    expect(bootstrap([x, y], ([a, b]) => (a as number) + (b as number), 7)).toEqual(found);
    expect(bootstrap([x, y], ([a, b]) => (a as number) + (b as number), 8).interval).not.toEqual(found.interval);
  });
  it("refuses columns of other runs, and those that leave a resample without a number", () => {
    expect(() => bootstrap([[1, 2], [1]], () => 0)).toThrow("expected columns of the same runs");
    expect(() => bootstrap([[1, Number.NaN]], ([mean]) => mean as number)).toThrow("got too few");
    expect(() => bootstrap([], ([mean]) => mean as number)).toThrow("expected columns of one run or more");
  });
});

describe("Holm's correction", () => {
  it("of four p-values, by hand", () => {
    const adjusted = holm([0.01, 0.04, 0.03, 0.005]);
    [0.03, 0.06, 0.06, 0.02].forEach((p, i) => {
      expect(adjusted[i]).toBeCloseTo(p, 15);
    });
    expect(holm([0.9, 0.8])).toEqual([1, 1]);
    expect(holm([])).toEqual([]);
    expect(() => holm([0.1, Number.NaN])).toThrow("expected p-values from 0 to 1, got NaN");
  });
  it("rejects what stepping down rejects, one after the other until the first that is not", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 0.2, noNaN: true }), { maxLength: 12 }), (pValues) => {
        const sorted = [...pValues].sort((a, b) => a - b);
        const kept = sorted.findIndex((p, i) => p * (sorted.length - i) > 0.05);
        const rejected = holm(pValues).filter((p) => p <= 0.05).length;
        expect(rejected).toBe(kept < 0 ? sorted.length : kept);
      }),
    );
  });
});

describe("survival", () => {
  it("without ends before the last time is the share that is left, and its median an order statistic", () => {
    const times = uniforms(999, 3);
    const found = survival(times, 1);
    const sorted = times.slice().sort();
    found?.steps.forEach((step, i) => {
      expect(step.time).toBe(sorted[i]);
      expect(step.survival).toBeCloseTo(1 - (i + 1) / 999, 12);
    });
    expect(found?.median).toBe(sorted[499]);
    expect(found?.steps.at(-1)?.interval).toEqual([0, 1 - tail]); // one run tells no more
  });
  // As the exact interval of order statistics, which has an end from six numbers on: of five, all are on one side with 2⁻⁵ > tail.
  it.each([1, 2, 5, 6, 7])("of %i runs leaves the median's interval open where so few can't close it", (n) => {
    const times = Array.from({ length: n }, (_, i) => i + 1);
    expect(survival(times, n)?.medianInterval).toEqual([n < 6 ? 0 : 1, expect.any(Number)]);
    if (n < 6) expect(survival(times, n)?.medianInterval[1]).toBe(Number.POSITIVE_INFINITY);
    const together = n < 6 ? [0, Number.POSITIVE_INFINITY] : [3, 3];
    expect(survival(new Array(n).fill(3), n)?.medianInterval).toEqual(together);
  });
  it("keeps runs that come to rest at risk for ever, and leaves out those without time and end", () => {
    const none = Number.NaN;
    const found = survival([1, 2, none, none, none], [9, 9, Number.POSITIVE_INFINITY, 1.5, none]);
    expect(found).toMatchObject({ runs: 4, censored: 2, absent: 1, median: 2 });
    expect(found?.steps.map(({ atRisk }) => atRisk)).toEqual([4, 2]);
    expect(survival([none, none], 5)).toMatchObject({ median: Number.POSITIVE_INFINITY, steps: [], censored: 2 });
    expect(survival([none], none)).toBeUndefined();
  });
});

describe("a line", () => {
  it("is refused where it has no errors", () => {
    expect(() => line([1, 2], [1, 2])).toThrow("expected 3 points or more");
    expect(() => logLogSlope([1, 2, 3], [1, 0, 2])).toThrow("all finite");
    expect(() => line([2, 2, 2], [1, 2, 3])).toThrow("expected points at different x");
  });
});
