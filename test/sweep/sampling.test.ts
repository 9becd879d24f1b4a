import { describe, expect, it } from "vitest";
import { familyOf } from "../../src/model/families.ts";
import { parseSpecification } from "../../src/model/grid.ts";
import { losses } from "../../src/model/losses.ts";
import { normalizers } from "../../src/model/normalizers.ts";
import { samplesOf } from "../../src/sweep/sampling.ts";

const ensemblesOf = (specification: object) => parseSpecification(specification).points.map(({ ensemble }) => ensemble);
const sum = (x: readonly number[]) => x.reduce((total, y) => total + y, 0);

describe("how many runs of each point are verified", () => {
  it("16; all of fewer; fewer of large ensembles, but one", () => {
    expect(samplesOf(ensemblesOf({ tokens: 8 }))).toEqual([16]);
    expect(samplesOf(ensemblesOf({ tokens: 8, runs: 5 }))).toEqual([5]);
    expect(samplesOf(ensemblesOf({ grid: { tokens: [8, 128, 512] } }))).toEqual([16, 8, 1]);
  });
  it("at most 256 in a sweep, spread evenly over its points, with one for each family", () => {
    const numeric = samplesOf(ensemblesOf({ tokens: 8, grid: { "values.scale": Array.from({ length: 60 }, (_, i) => 0.1 + i / 100) } }));
    expect(sum(numeric)).toBe(256);
    expect(Math.max(...numeric) - Math.min(...numeric)).toBeLessThanOrEqual(1);
    // 55 families: their first points have one run more.
    const kinds = { loss: Object.keys(losses), normalizer: Object.keys(normalizers) };
    const crossed = samplesOf(ensemblesOf({ tokens: 4, grid: { ...kinds, polarizedAt: [0.8, 0.9] } }));
    expect(sum(crossed)).toBe(256);
    expect(Math.min(...crossed)).toBeGreaterThanOrEqual(1);
    // More families than 256: one of each, and no more.
    const many = ensemblesOf({ grid: { ...kinds, tokens: [2, 3, 4, 5, 6], seed: [1, 2] } });
    expect(new Set(many.map(familyOf)).size).toBe(275);
    const samples = samplesOf(many);
    expect(sum(samples)).toBe(275);
    for (const family of new Set(many.map(familyOf))) expect(sum(samples.filter((_, i) => familyOf(many[i] as never) === family))).toBe(1);
  });
  it("points that differ in numbers alone are one family", () => {
    const of = (change: object) => familyOf(ensemblesOf({ tokens: 8, ...change })[0] as never);
    for (const change of [
      { seed: 2 },
      { values: { kind: "gaussian", scale: 2 } },
      { polarizedAt: 0.5 },
      { runs: 7 },
      { normalizer: { kind: "softmax", temperature: 2 } },
    ])
      expect(of(change)).toBe(of({}));
    for (const change of [
      { tokens: 9 },
      { dim: 3 },
      { normalizer: "linear" },
      { loss: "square" },
      { train: "values" },
      { integrator: "bosh3" },
      { until: { clock: 20 } },
    ])
      expect(of(change)).not.toBe(of({}));
  });
});
