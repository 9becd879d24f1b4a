import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { columnNames, none, type Rows, statuses } from "../../src/model/rows.ts";
import { parsePoint } from "../../src/model/specification.ts";
import { proportion } from "../../src/statistics/proportion.ts";
import { quantiles } from "../../src/statistics/quantiles.ts";
import { summarize } from "../../src/statistics/summary.ts";
import { uniformity, upperTail } from "../../src/statistics/uniformity.ts";

describe("quantiles", () => {
  it("interpolate between order statistics", () => {
    const q = quantiles([5, 1, 2, 4, 3]);
    expect(q).toMatchObject({ mean: 3, min: 1, q25: 2, median: 3, q75: 4, max: 5 });
    expect(q?.q05).toBeCloseTo(1.2, 12);
    expect(q?.q95).toBeCloseTo(4.8, 12);
  });
  it("keep the least and the largest value as they came", () => {
    expect(quantiles([0, -0])).toMatchObject({ min: -0, max: 0 });
  });
  it("are undefined for nothing", () => expect(quantiles([])).toBeUndefined());
  it("are ordered and within the range, for any values", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1 }), (values) => {
        const q = quantiles(values);
        const ordered = [q?.min, q?.q05, q?.q25, q?.median, q?.q75, q?.q95, q?.max] as number[];
        ordered.forEach((x, i) => {
          if (i > 0) expect(x).toBeGreaterThanOrEqual((ordered[i - 1] as number) - 1e-9);
        });
        expect(q?.min).toBe(Math.min(...values));
        expect(q?.max).toBe(Math.max(...values));
      }),
    );
  });
});

describe("proportion", () => {
  /** P(X ≥ count) or P(X ≤ count) for a binomial, by summing its terms. */
  const tail = (count: number, total: number, p: number, upper: boolean) => {
    let term = (1 - p) ** total;
    let sum = 0;
    for (let k = 0; k <= total; k++) {
      if (upper ? k >= count : k <= count) sum += term;
      term *= ((total - k) / (k + 1)) * (p / (1 - p));
    }
    return sum;
  };
  it.each([
    [1, 10],
    [5, 20],
    [19, 20],
    [37, 100],
  ])("%i of %i: each end leaves 2.5 % beyond it", (count, total) => {
    const [low, high] = proportion(count, total)?.interval as [number, number];
    expect(tail(count, total, low, true)).toBeCloseTo(0.025, 8);
    expect(tail(count, total, high, false)).toBeCloseTo(0.025, 8);
  });
  it("none and all keep a certain end", () => {
    expect(proportion(0, 30)?.interval[0]).toBe(0);
    expect(proportion(0, 30)?.interval[1]).toBeCloseTo(1 - 0.025 ** (1 / 30), 10);
    expect(proportion(30, 30)?.interval[1]).toBe(1);
    expect(proportion(0, 0)).toBeUndefined();
  });
});

describe("uniformity", () => {
  it("has the closed form at two degrees of freedom: p = e^(−χ²/2)", () => {
    const { chiSquared, degreesOfFreedom, pValue } = uniformity([30, 10, 20]) as NonNullable<ReturnType<typeof uniformity>>;
    expect([chiSquared, degreesOfFreedom]).toEqual([10, 2]);
    expect(pValue / Math.exp(-5)).toBeCloseTo(1, 12);
  });
  it("is right far out in the tail", () => {
    // χ² = 184.2…, two degrees of freedom: p = e^(−χ²/2), near 1e-40.
    const counts = [124, 10, 14];
    const result = uniformity(counts) as NonNullable<ReturnType<typeof uniformity>>;
    expect(result.pValue).toBeLessThan(1e-35);
    expect(result.pValue / Math.exp(-result.chiSquared / 2)).toBeCloseTo(1, 10);
  });
  it.each([
    // scipy.stats.chi2.sf; the second by Simpson's rule over the density
    [2047, 2047, 0.49584],
    [2108.4, 2047, 0.168383],
    [4095, 4095, 0.49706],
    [4000, 4095, 0.85328],
  ])("is right at many degrees of freedom: χ² %f, %i", (chiSquared, degreesOfFreedom, p) => {
    expect(Math.abs(upperTail(chiSquared, degreesOfFreedom) - p)).toBeLessThan(6e-6); // the digits given
  });
  it("is 1 for equal counts", () => expect(uniformity([5, 5, 5])?.pValue).toBe(1));
});

describe("summarize", () => {
  const point = parsePoint({ tokens: 2, runs: 4, integrator: { kind: "euler", step: 0.5 } });
  const rows = Object.fromEntries(columnNames.map((name) => [name, new Float64Array(4)])) as Rows;
  rows.status.set([statuses.completed, statuses.completed, statuses.diverged, statuses["non-finite"]]);
  rows.sink.set([1, 1, 0, 0]);
  rows.entropy.set([0.1, 0.3, 1e30, Number.NaN]);
  rows.loss.set([1, 3, Number.POSITIVE_INFINITY, Number.NaN]);
  rows.steps.set([10, 10, 3, 2]);
  rows.rejected.set([1, 2, 0, 0]);
  rows.polarizationTime.set([2, Number.NaN, 0.5, 0.5]);
  rows.byLogit.set([1, 0, 0, 0]);
  rows.byAlignment.set([none, none, 0, 0]);
  const summary = summarize(point, rows);

  it("counts runs that went wrong, and leaves them out of everything else", () => {
    expect(summary.status).toMatchObject({ completed: 2, diverged: 1, "non-finite": 1 });
    expect(summary.sink.counts).toEqual([0, 2]);
    expect(summary.entropy?.max).toBe(0.3);
    expect(summary.loss?.mean).toBe(2);
    expect(summary.steps).toEqual({ mean: 10, max: 10, rejected: 1.5 });
  });
  it("gives times in flow time, of the runs that have one", () => {
    expect(summary.polarized?.share).toBe(0.5);
    expect(summary.polarizationTime?.median).toBe(2);
  });
  it("leaves out predictors whose start values tie", () => {
    expect(summary.predictors.logit?.share).toBe(0.5);
    expect(summary.predictors).not.toHaveProperty("alignment");
  });
  it("has no null and no NaN, whatever happened", () => {
    const nothing = Object.fromEntries(columnNames.map((name) => [name, new Float64Array(4).fill(Number.NaN)])) as Rows;
    nothing.status.fill(statuses["non-finite"]);
    expect(JSON.stringify(summarize(point, nothing))).not.toMatch(/null|NaN/);
  });
});
