import { describe, expect, it } from "vitest";
import { parityCases } from "../../scripts/shared/cases.ts";
import { none } from "../../src/model/columns.ts";
import type { Ensemble } from "../../src/model/ensemble.ts";
import type { Sample } from "../../src/model/samples.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import type { Trajectory } from "../../src/model/trajectory.ts";
import { referenceLosses } from "../../src/reference/losses/index.ts";
import { drawnFindings } from "../../src/verification/drawn.ts";
import { examine } from "../../src/verification/examine.ts";
import { judge, usedOf, type Worst } from "../../src/verification/judge.ts";
import { errorAcrossJump } from "../../src/verification/jumps.ts";
import { changed, exactSample, verdict } from "../support/samples.ts";

describe("a device that is right", () => {
  it("leaves undecided what rounding decides, wherever a device ends: past a kink, and past a pole", () => {
    const anywhere = (of: Ensemble, run = 0) =>
      verdict(changed(exactSample(of, run), "end", { sink: 0 }, { weights: new Float64Array(of.tokens) }), of);
    const crossing = parseEnsemble({
      tokens: 3,
      normalizer: "l1",
      logits: { kind: "gaussian", scale: 1 },
      values: { kind: "gaussian", scale: 1 },
      integrator: "euler",
      until: { steps: 100 },
    });
    const runs = Array.from({ length: 20 }, (_, run) => anywhere(crossing, run));
    expect(runs.some((v) => v?.runs === 0 && v.undecided === 1)).toBe(true);
    expect(runs.some((v) => v?.runs === 1 && v.exceeded === 1)).toBe(true);
    // In run 17 Σa passes near 0: one ulp is amplified so far that a device ended 0.27 away.
    const pole = parityCases().find(({ name }) => name === "cross-entropy, sum, euler")?.ensemble as Ensemble;
    expect(anywhere(pole, 17)).toMatchObject({ undecided: 1, runs: 0, exceeded: 0 });
    // By RK4 only what is rounded inside its steps is amplified so far.
    const inside = parityCases("all").find(({ name }) => name === "cross-entropy, sum, rk4")?.ensemble as Ensemble;
    expect(anywhere(inside, 17)).toMatchObject({ undecided: 1, runs: 0, exceeded: 0 });
  });
  it("compares runs that stop where the gradient jumps to 0, where other steps stop further apart than the tolerances", () => {
    // The hinge max(0, 1 − m), in place of a loss that takes a direction too.
    const { square } = referenceLosses;
    const slope = (y: Float64Array, beta: ArrayLike<number>) => (y.reduce((m, x, k) => m + x * (beta[k] as number), 0) < 1 ? -1 : 0);
    referenceLosses.square = {
      value: (y, { target }) => Math.max(0, 1 - y.reduce((m, x, k) => m + x * (target[k] as number), 0)),
      gradient: (y, { target }, out) => out.set(Array.from(out, (_, k) => slope(y, target) * (target[k] as number))),
    };
    try {
      const of = parseEnsemble({ tokens: 5, dim: 4, loss: "square", normalizer: "sparsemax" });
      const samples = Array.from({ length: 16 }, (_, run) => exactSample(of, run, 0.73));
      const verdictOf = (all: Sample[]) => judge(all.map((sample) => examine(of, sample)));
      expect(verdictOf(samples)).toMatchObject({ runs: 16, exceeded: 0 });
      const steep = (sample: Sample) => ({ valuesGradientNorm: sample.start.row.valuesGradientNorm * 1.001 });
      expect(verdictOf(samples.map((sample) => changed(sample, "start", steep(sample))))?.exceeded).toBe(16);
      const further = (sample: Sample) => ({ largestValue: sample.end.row.largestValue * 1.1 });
      expect(verdictOf(samples.map((sample) => changed(sample, "end", further(sample))))?.exceeded).toBe(16);
      // This run stops soon after a recorded time, at which its loss hangs on where steps end.
      const stopping = parseEnsemble({ tokens: 5, dim: 4, loss: "square", normalizer: "sigmoid-norm" });
      expect(verdict(exactSample(stopping, 101, 0.73), stopping)).toMatchObject({ runs: 1, exceeded: 0 });
      // The slope is constant, and steps grow by 10. In float32 dense output by tsit5 is then off by up to 51·2⁻²³ of the change over a step, here of some 0.1
      // at a time when no alignment is above 0.052.
      const constant = parseEnsemble({ tokens: 5, dim: 4, loss: "square", normalizer: "softmax" });
      const sample = exactSample(constant, 6);
      const by = (change: number) => {
        const alignments = sample.trajectory?.alignments.map((x, slot) => (slot === 12 ? x.map((y) => y + change) : x)) as number[][];
        return verdict({ ...sample, trajectory: { ...(sample.trajectory as Trajectory), alignments } }, constant);
      };
      expect(by(51 * 2 ** -23 * 0.1)).toMatchObject({ exceeded: 0, worst: { recorded: { of: "alignments" } } });
      expect(by(1e-4)).toMatchObject({ exceeded: 1 });
    } finally {
      referenceLosses.square = square;
    }
  });
  it("knows how far a step may be off that passes a jump", () => {
    // bosh3, the slope 1 before the jump and 0 after it. Just after the start its stages see 1, 0, 1, 0: it moves 2/9 + 4/9, and its estimate is
    // −5/72 + 1/9 = 1/24, so it is off by 16 times the estimate.
    const tolerances = { rtol: 1e-4, atol: 1e-6 };
    expect(Math.round(errorAcrossJump({ kind: "bosh3", ...tolerances }))).toBe(16);
    expect(Math.round(errorAcrossJump({ kind: "tsit5", ...tolerances }))).toBe(94); // of docs/engines.md
  });
  it("leaves a tie undecided", () => {
    const tied = parseEnsemble({ tokens: 2, logits: "zero", values: "zero", integrator: "euler", until: { steps: 64 } });
    expect(verdict(changed(exactSample(tied), "end", { sink: 1 }), tied)).toMatchObject({ undecided: 1, exceeded: 0 });
  });
  it("does not compare since when a token leads where decay has left no lead: rounding decides whether it does", () => {
    const decay = { values: 0.01, logits: 0.01 };
    const level = parseEnsemble({ tokens: 6, normalizer: "sigmoid", decay });
    const sample = exactSample(level, 12);
    expect(sample.end.row.lockInTime).toBe(0);
    expect(verdict(changed(sample, "end", { lockInTime: 1878 }), level)).toMatchObject({ runs: 1, exceeded: 0 });
  });
  it("does not compare the gap of logits that a symmetry ties: it is what rounding leaves", () => {
    const symmetric = parseEnsemble({
      tokens: 5,
      model: "tied",
      loss: "square",
      logits: "zero",
      target: { kind: "given", vector: [0.3, 0.3, 0.3, 0.3, 0.3] },
    });
    const sample = exactSample(symmetric);
    const logits = sample.end.vectors.logits.map((x, i) => x + (i === 2 ? 3e-6 : 0)); // as lavapipe ends
    const judged = verdict(changed(sample, "end", { logitGap: 3.3e-6 }, { logits }), symmetric);
    expect(judged).toMatchObject({ runs: 1, exceeded: 0 });
    expect(judged?.worst).not.toHaveProperty("logitGap");
  });
  it("allows a number at rest at 0 what the error norm of adaptive steps allows it", () => {
    const symmetric = parseEnsemble({
      tokens: 5,
      loss: "square",
      values: "identity",
      logits: "zero",
      target: { kind: "given", vector: [1, 1, 1, 1, 1] },
    });
    const sample = exactSample(symmetric);
    const off = (by: number) =>
      verdict(
        changed(sample, "end", { largestLogit: by }, { logits: sample.end.vectors.logits.map((x, i) => x + (i === 2 ? by : 0)) }),
        symmetric,
      );
    expect(off(6.85e-6)).toMatchObject({ runs: 1, exceeded: 0 }); // as lavapipe ends
    expect(off(3e-5)).toMatchObject({ runs: 1, exceeded: 1 });
  });
  it("knows how far other adaptive steps end where the first steps of the replays are close to the reference's", () => {
    const clock = parseEnsemble({ tokens: 4, until: { clock: 200 } });
    const sample = exactSample(clock, 43);
    const off = (by: number) => verdict(changed(sample, "end", { logTime: sample.end.row.logTime + by }), clock);
    expect(off(-6.3e-3)).toMatchObject({ runs: 1, exceeded: 0 }); // as SwiftShader ends
    expect(off(-0.05)).toMatchObject({ runs: 1, exceeded: 1 });
  });
  it("lets a weight below float32's range be 0, and a draw of a scale below it, and no larger ones", () => {
    const small = parseEnsemble({ tokens: 4, normalizer: "sigmoid", logits: { kind: "offset", mean: -90, scale: 3 } });
    const sample = exactSample(small, 29);
    const start = (entropy: number, from = sample) => verdict(changed(from, "start", { entropy }), small)?.worst["start"];
    expect(usedOf(start(0.662440538) as Worst)).toBeLessThanOrEqual(1); // as two drivers have it: two of the weights are 0
    expect(usedOf(start(0.3) as Worst)).toBeGreaterThan(1);
    const drawn = (scale: number) => {
      const of = parseEnsemble({ tokens: 4, normalizer: "linear", logits: { kind: "gaussian", scale } });
      const found = drawnFindings(of, { ...exactSample(of, 4), logits: new Float64Array(4) }).find(({ name }) => name === "logits");
      return (found?.exact ?? 0) ** 2 > (found?.floor ?? 0) ** 2;
    };
    expect([1e-38, 1e-36].map(drawn)).toEqual([false, true]);
  });
  it("leaves to the tolerances a run whose weights they decide from the start, and compares how it begins", () => {
    const of = (scale: number) => parseEnsemble({ tokens: 4, normalizer: "l1", logits: { kind: "gaussian", scale }, until: { time: 1 } });
    const anywhere = (scale: number, at: "start" | "end") => verdict(changed(exactSample(of(scale), 1), at, { loss: 2 }), of(scale));
    for (const scale of [1e-6, 1e-30]) {
      expect(anywhere(scale, "end"), String(scale)).toMatchObject({ runs: 0, undecided: 1, exceeded: 0 });
      expect(anywhere(scale, "start"), String(scale)).toMatchObject({ exceeded: 1 });
    }
    expect(verdict(exactSample(of(0.1), 1), of(0.1))).toMatchObject({ runs: 1, undecided: 0, exceeded: 0 });
  });
  it("lets what a normalizer divides lose what is below float32's range", () => {
    const small = (scale: number) =>
      parseEnsemble({ tokens: 4, normalizer: "l2", logits: { kind: "gaussian", scale }, until: { time: 1 } });
    const withoutLeast = (scale: number) => {
      const sample = exactSample(small(scale), 4);
      const kept = sample.start.vectors.weights.map((p) => (p > 0.02 ? p : 0)); // of scale 1e-18: a² above 2⁻¹²⁶
      const sum = kept.reduce((total, p) => total + p, 0);
      return verdict(changed(sample, "start", {}, { weights: kept.map((p) => p / sum) }), small(scale))?.exceeded;
    };
    expect([1e-18, 1e-3].map(withoutLeast)).toEqual([0, 1]);
    const divided = (by: number) => {
      const sample = exactSample(small(1e-18), 4); // of whose a² one, 0.0002 of their sum, is below the range
      return verdict(changed(sample, "start", { logitsGradientNorm: sample.start.row.logitsGradientNorm * by }), small(1e-18))?.exceeded;
    };
    expect([1.0002, 1.1].map(divided)).toEqual([0, 1]);
    // One token alone has all weight: its slope is a difference of 0, over 10⁻³⁶.
    const alone = parseEnsemble({
      tokens: 2,
      normalizer: "relu",
      logits: { kind: "given", vector: [1.5e-36, -1e-36] },
      until: { time: 1 },
    });
    const steep = changed(exactSample(alone), "start", { logitsGradientNorm: Number.POSITIVE_INFINITY });
    expect(verdict(steep, alone)).toMatchObject({ exceeded: 0 });
  });
  it("lets a ratio of norms lose the squares that are below float32's range", () => {
    const small = parseEnsemble({ tokens: 4, values: { kind: "gaussian", scale: 1e-19 }, until: { time: 1 } });
    const sample = exactSample(small, 30);
    expect(usedOf(verdict(changed(sample, "start", { normRatio: 0 }), small)?.worst["start"] as Worst)).toBeLessThanOrEqual(1); // as SwiftShader has it
    const larger = parseEnsemble({ tokens: 4, values: { kind: "gaussian", scale: 1e-15 }, until: { time: 1 } });
    const wrong = changed(exactSample(larger, 30), "start", { normRatio: 0 });
    expect(usedOf(verdict(wrong, larger)?.worst["start"] as Worst)).toBeGreaterThan(1);
  });
  it("places an event to a part of the interval between probes where its line is bent", () => {
    const linear = parseEnsemble({ tokens: 4, normalizer: "linear", logits: { kind: "gaussian", scale: 1e-30 } });
    const sample = exactSample(linear, 3);
    const at = (lockInTime: number) => verdict(changed(sample, "early", { lockInTime }), linear);
    expect(at(9.31322575e-8)).toMatchObject({ exceeded: 0 }); // as lavapipe has it; the reference, 1.2e-14
    expect(at(1e-5)).toMatchObject({ exceeded: 1 });
  });
  it("lets an event be off by more where a token left the support of the normalizer before it, not after it", () => {
    const relu = parseEnsemble({ tokens: 5, dim: 4, normalizer: "relu", until: { time: 1e4 } });
    const sample = exactSample(relu);
    const later = (name: "lockInTime" | "polarizationTime", by: number) =>
      verdict(changed(sample, "end", { [name]: (sample.end.row[name] as number) + by }), relu);
    // Logits first reach 0 long after 0.39, when the lead changes. It grows by 0.0175 per unit of time, and 4 rtol of it takes 0.023; 40 rtol would take 0.23.
    expect(later("lockInTime", 0.02)).toMatchObject({ runs: 1, exceeded: 0 });
    expect(later("lockInTime", 0.1)).toMatchObject({ runs: 1, exceeded: 1 });
    // The share grows by 1.3e-4 at 2838, when others are 0: 40 rtol of it takes 30.
    expect(later("polarizationTime", 25)).toMatchObject({ runs: 1, exceeded: 0 });
  });
  it("says nothing of when a lead changed that rounding gave a token at the start", () => {
    const lead = (scale: number) => {
      const tied = parseEnsemble({ tokens: 6, model: "tied", values: { kind: "gaussian", scale }, logits: { kind: "gaussian", scale: 1 } });
      return verdict(changed(exactSample(tied, 14), "early", { lockInTime: 3.6559999e-5 }), tied)?.exceeded; // as lavapipe has it; the reference, 0
    };
    expect([1e-18, 0.1].map(lead)).toEqual([0, 1]);
  });
  it("counts runs beyond float32's range, and compares no end of one that left it on the way", () => {
    const small = parseEnsemble({
      tokens: 3,
      normalizer: "softmax1",
      logits: { kind: "given", vector: [-200, -201, -202] },
      integrator: "euler",
      until: { steps: 64 },
    });
    const sample = exactSample(small);
    const empty = changed(sample, "end", { sink: none, sinkShare: Number.NaN, entropy: Number.NaN }, { weights: new Float64Array(3) });
    expect(verdict(empty, small)).toMatchObject({ runs: 0, beyondRange: 1, exceeded: 0 });
    const late = parseEnsemble({ tokens: 3, until: { clock: 200 }, integrator: { kind: "euler", step: 1 } });
    const flushed = changed(exactSample(late), "end", { loss: 0 }); // e^−200 and below
    expect(verdict(flushed, late)).toMatchObject({ runs: 1, beyondRange: 1, exceeded: 0 });
  });
});
