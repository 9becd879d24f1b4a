import { describe, expect, it } from "vitest";
import { parityCases } from "../../scripts/shared/cases.ts";
import { compare, summarizeComparisons } from "../../src/ensemble/verify.ts";
import type { Row } from "../../src/model/columns.ts";
import type { Ensemble } from "../../src/model/ensemble.ts";
import type { Sample } from "../../src/model/result.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { statuses } from "../../src/model/status.ts";
import { simulate } from "../../src/reference/simulate.ts";
import { drawStart } from "../../src/reference/start.ts";

/** The sample of a device that computes exactly, with something changed. */
function sampleOf(ensemble: Ensemble, change: Change = {}, run = 0): Sample {
  const start = drawStart(ensemble, run);
  const state = { logits: start.logits.slice(), values: start.values.slice(), target: start.target };
  const { row, vectors } = simulate(ensemble, state);
  return changed({ run, ...start, weights: vectors.weights, row }, change);
}
type Change = Partial<Row> & { weights?: Float64Array };
const changed = (sample: Sample, { weights = sample.weights, ...row }: Change): Sample => ({
  ...sample,
  weights,
  row: { ...sample.row, ...row },
});
const ensemble = parseEnsemble({ tokens: 4, until: { steps: 2000 }, integrator: { kind: "euler", step: 1 } });
const wild = parseEnsemble({
  tokens: 4,
  normalizer: "linear",
  loss: "square",
  integrator: { kind: "euler", step: 3 },
  until: { steps: 10_000 },
});
const verdict = (sample: Sample, of = ensemble) => summarizeComparisons([compare(of, sample)]);

describe("verification", () => {
  it("passes a device that is exact", () => {
    expect(verdict(sampleOf(ensemble))).toMatchObject({ runs: 1, exceeded: 0, undecided: 0, worstWeight: 0, sinkAgreement: 1 });
  });
  it("has a bound of the size of float32's rounding, in which no fault can hide", () => {
    // 2,000 roundings of 2⁻²³ all of one sign would add up to 2.4e-4 at most; random ones to some 5e-6, and 4 times that.
    expect(verdict(sampleOf(ensemble))?.bound).toBeLessThan(2.4e-4);
  });
  it("fails weights, an entropy or a sink that are off, and NaN", () => {
    const exact = sampleOf(ensemble);
    const { bound } = verdict(exact) as { bound: number };
    const off = (by: number) => exact.weights.map((p, i) => (i === 0 ? p + by : p));
    expect(verdict({ ...exact, weights: off(bound / 2) })?.exceeded).toBe(0);
    for (const change of [
      { weights: off(2 * bound) },
      { weights: off(Number.NaN) },
      { entropy: 3 },
      { entropy: Number.NaN },
      { sink: (exact.row.sink + 1) % 4 },
    ])
      expect(verdict(changed(exact, change))?.exceeded).toBe(1);
  });
  it("fails a run that ended sound on one side alone", () => {
    expect(verdict(sampleOf(ensemble, { status: statuses.diverged }))?.exceeded).toBe(1);
    expect(verdict(sampleOf(wild, { status: statuses.completed }), wild)?.exceeded).toBe(1);
  });
  it("compares nothing of a run that ended unsound on both", () => {
    expect(verdict(sampleOf(wild), wild)).toBeUndefined();
  });
  it("leaves undecided what rounding decides, wherever a device ends: past a kink, and past a pole", () => {
    const anywhere = (of: Ensemble, run = 0) => compare(of, sampleOf(of, { weights: new Float64Array(of.tokens), sink: 0 }, run));
    const crossing = parseEnsemble({
      tokens: 3,
      normalizer: "l1",
      logits: { kind: "gaussian", scale: 1 },
      values: { kind: "gaussian", scale: 1 },
      integrator: "euler",
      until: { steps: 60 },
    });
    const runs = Array.from({ length: 20 }, (_, run) => anywhere(crossing, run));
    expect(summarizeComparisons(runs.filter(({ compared }) => !compared))).toMatchObject({ runs: 0, exceeded: 0 });
    expect(runs.some(({ undecided, compared }) => undecided && !compared)).toBe(true);
    expect(runs.some(({ compared, weight, weightBound }) => compared && weight > weightBound)).toBe(true);
    // In run 17 Σa passes near 0: one ulp is amplified so far that a device ended 0.27 away.
    const pole = parityCases().find(({ name }) => name === "cross-entropy, sum, euler")?.ensemble as Ensemble;
    expect(anywhere(pole, 17)).toMatchObject({ undecided: true, compared: false });
  });
  it("leaves a tie undecided", () => {
    const tied = parseEnsemble({ tokens: 2, logits: "zero", values: "zero", integrator: "euler", until: { steps: 5 } });
    expect(verdict(sampleOf(tied, { sink: 1 }), tied)).toMatchObject({ undecided: 1, exceeded: 0 });
  });
});
