import { describe, expect, it } from "vitest";
import { type Column, columnNames, columns, none } from "../../src/model/columns.ts";
import type { Sample } from "../../src/model/samples.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { statuses } from "../../src/model/status.ts";
import { simulate } from "../../src/reference/simulate.ts";
import { drawStart } from "../../src/reference/start.ts";
import { combine, type Verification } from "../../src/verification/judge.ts";
import { type Course, courseOf } from "../../src/verification/replays.ts";
import { changed, exactSample, verdict as verdictOf } from "../support/samples.ts";

const ensemble = parseEnsemble({
  tokens: 4,
  until: { steps: 2000 },
  integrator: { kind: "euler", step: 1 },
  record: { trajectories: 1, times: { from: 1, to: 2000, count: 5 } },
});
const wild = parseEnsemble({
  tokens: 4,
  normalizer: "linear",
  loss: "square",
  integrator: { kind: "euler", step: 3 },
  until: { steps: 10_000 },
});
/** Tokens leave the support all the time, where the gradient jumps. */
const jumping = parseEnsemble({ tokens: 8, normalizer: "sparsemax", values: { kind: "gaussian", scale: 10 } });
const verdict = (sample: Sample, of = ensemble) => verdictOf(sample, of);
const exact = exactSample(ensemble);

describe("verification", () => {
  it("passes a device that is exact, in every column, at the start, after the first steps and over time", () => {
    const verification = verdict(exact);
    expect(verification).toMatchObject({ runs: 1, exceeded: 0, undecided: 0, beyondRange: 0, worstWeight: 0, sinkAgreement: 1 });
    const compared = columnNames.filter((name) => !columns[name].start && !columns[name].exists);
    for (const key of [...compared, "start", "firstSteps", "recorded"])
      expect(verification?.worst[key], key).toMatchObject({ difference: 0, run: 0 });
  });
  it("has a bound of the size of float32's rounding, in which no fault can hide", () => {
    // 2,000 roundings of 2⁻²³ all of one sign would add up to 2.4e-4 at most; random ones to some 5e-6, and 4 times that.
    expect(verdict(exact)?.bound).toBeLessThan(2.4e-4);
  });

  // A fault of a thousandth of a number is seen, of a step or token more, and a number where there is none or the other way.
  const wrong = (name: Column, x: number): number[] => {
    if (columns[name].type === "flag") return [1 - x];
    if (columns[name].type !== "real") return [x === none ? 0 : x + 1];
    return Number.isNaN(x) ? [1] : [x * 1.001 + (x === 0 ? 1 : 0), Number.NaN];
  };
  it.each(columnNames.filter((name) => !columns[name].exists && name !== "status"))("sees a fault in %s", (name) => {
    const at = columns[name].start ? "start" : "end";
    for (const value of wrong(name, exact[at].row[name])) {
      const verification = verdict(changed(exact, at, { [name]: value }));
      expect(verification?.exceeded, String(value)).toBe(1);
      const found = verification?.worst[at === "start" ? "start" : name];
      expect(found?.difference ?? Number.POSITIVE_INFINITY).toBeGreaterThan(found?.bound as number);
    }
  });
  it("sees a fault in the start as it was drawn, at the start, after the first steps, in a vector and in what is recorded", () => {
    const shifted = (x: Float64Array, by: number) => x.map((y, i) => (i === 1 ? y * (1 + by) : y));
    const { vectors } = exact.start;
    const trajectory = {
      ...exact.trajectory,
      alignments: exact.trajectory?.alignments.map((x) => x.map((y) => -y)),
    } as Sample["trajectory"];
    const tallied = exact.tallied?.map((bin, i) => (i === 3 ? bin + 2 : bin)) as Uint32Array;
    const faults: [string, Sample][] = [
      ["start", { ...exact, logits: shifted(exact.logits, 1e-5) }],
      ["start", { ...exact, values: shifted(exact.values, 1e-5) }],
      ["start", { ...exact, target: shifted(exact.target, 1e-4) }],
      ["start", changed(exact, "start", {}, { alignments: shifted(vectors.alignments, 1e-4) })],
      ["start", changed(exact, "start", { logitsGradientNorm: exact.start.row.logitsGradientNorm * 1.0001 })],
      ["firstSteps", changed(exact, "early", { loss: exact.early.row.loss * 1.001 })],
      ["alignments", changed(exact, "end", {}, { alignments: shifted(exact.end.vectors.alignments, 1e-2) })],
      ["recorded", { ...exact, trajectory: trajectory as NonNullable<Sample["trajectory"]> }],
      ["recorded", { ...exact, tallied }],
    ];
    for (const [key, sample] of faults) {
      const verification = verdict(sample);
      expect(verification?.exceeded, key).toBe(1);
      const { difference, bound } = verification?.worst[key] as Verification["worst"][string];
      expect(difference, key).toBeGreaterThan(bound);
    }
  });
  it("sees a number that is missing, wherever it is, among numbers that are right", () => {
    const nan = (x: Float64Array, at: number) => x.map((y, i) => (i === at ? Number.NaN : y));
    const series = exact.trajectory as NonNullable<Sample["trajectory"]>;
    const lacking = (slot: number): Sample["trajectory"] & object => ({
      ...series,
      alignments: series.alignments.map((x, i) => (i === slot ? x.map(() => Number.NaN) : x)),
    });
    for (const at of [0, 2]) {
      const faults: [string, Sample][] = [
        ["start", { ...exact, values: nan(exact.values, at) }],
        ["start", changed(exact, "start", {}, { alignments: nan(exact.start.vectors.alignments, at) })],
        ["recorded", { ...exact, trajectory: lacking(at) }],
        ["recorded", { ...exact, tallied: exact.tallied?.map((bin, i) => (i === 3 * at ? 0 : bin)) as Uint32Array }],
      ];
      for (const [key, sample] of faults) {
        const verification = verdict(sample);
        expect(verification?.exceeded, `${key} ${at}`).toBe(1);
        expect(verification?.worst[key], `${key} ${at}`).not.toHaveProperty("value");
      }
    }
  });
  it("fails a run that ended sound on one side alone, and compares nothing of one that ended unsound on both", () => {
    expect(verdict(changed(exact, "end", { status: statuses.diverged }))?.exceeded).toBe(1);
    const unsound = exactSample(wild);
    expect(verdict(changed(unsound, "end", { status: statuses.completed }), wild)?.exceeded).toBe(1);
    expect(verdict(unsound, wild)).toBeUndefined();
  });
  it("follows a run that completed to its end, also where the reference would have ended it as converged before", () => {
    const converging = parseEnsemble({ tokens: 3, loss: "square" });
    const sample = exactSample({ ...converging, until: { time: 1000, maxSteps: 20_000, converge: false } });
    expect(simulate(converging, drawStart(converging, 0)).row.status).toBe(statuses.converged);
    expect(verdict(sample, converging)).toMatchObject({ runs: 1, exceeded: 0 });
  });
  it("follows the first steps by the device's own steps, also where its end would have cut one that it rejected", () => {
    const end = { time: 1e6, maxSteps: 2, converge: false };
    const { row, vectors } = simulate({ ...jumping, until: end }, drawStart(jumping, 42));
    const { until, ...course } = courseOf(jumping, { row: { ...row, status: 0 }, vectors }) as Course;
    const again = simulate({ ...jumping, until }, drawStart(jumping, 42), course);
    expect(again.row).toMatchObject({ steps: 2, rejected: 2, time: row.time });
    expect(again.row.loss).toBeCloseTo(row.loss, 12);
  });
  it("takes the very steps of the device first, so that a step which moves logits by a thousandth too much is seen", () => {
    const plain = parseEnsemble({ tokens: 4 });
    const right = exactSample(plain, 0, 0.73); // by other steps than the reference takes by itself
    expect(verdict(right, plain)).toMatchObject({ runs: 1, exceeded: 0 });
    const moved = right.early.vectors.logits.map((x, i) => x + 1e-3 * (x - (right.logits[i] as number)));
    const wrong = changed(right, "early", {}, { logits: moved });
    const found = verdict(wrong, plain);
    expect(found).toMatchObject({ runs: 1, exceeded: 1, worst: { firstSteps: { of: "logits" } } });
    // Of steps whose lengths are not known the tolerances hide it.
    expect(verdict({ ...wrong, ends: [] }, plain)).toMatchObject({ runs: 1, exceeded: 0 });
  });
  it("follows a run more often where few replays don't explain it: the tolerances decide it, or it fails", () => {
    // With this first step a later one passes a jump by a small estimate. A few hundredths more or less, and it does not.
    const other = exactSample(jumping, 238, 0.4365);
    expect(verdict(other, jumping)).toMatchObject({ runs: 0, undecided: 1, exceeded: 0 });
    const right = exactSample(jumping, 3);
    const wrong = changed(right, "end", { sinkNorm: right.end.row.sinkNorm * 1.01 });
    expect(verdict(wrong, jumping)).toMatchObject({ runs: 1, exceeded: 1 });
  });
  it("of a sweep adds up counts and keeps what used most of its bound", () => {
    const other = exactSample(ensemble, 1);
    const both = combine([verdict(exact), verdict(changed(other, "end", { loss: 2 }))].filter((v) => v !== undefined));
    expect(both).toMatchObject({ runs: 2, exceeded: 1, sinkAgreement: 1, worst: { loss: { run: 1, value: 2 } } });
    const counted = { ...(verdict(exact) as Verification), runs: 16 };
    const [one, many] = [
      { ...counted, decided: 1, sinkAgreement: 0 },
      { ...counted, decided: 9, sinkAgreement: 1 },
    ];
    expect(combine([one, many])).toMatchObject({ runs: 32, decided: 10, sinkAgreement: 0.9 });
  });
});
