import { describe, expect, it } from "vitest";
import { crossed, parityCases, tiedCases } from "../../scripts/shared/cases.ts";
import { runWhole } from "../../src/ensemble/whole.ts";
import { columnNames, none, vectorNames } from "../../src/model/columns.ts";
import { designOf } from "../../src/model/design.ts";
import type { Ensemble } from "../../src/model/ensemble.ts";
import { losses } from "../../src/model/losses.ts";
import { normalizers } from "../../src/model/normalizers.ts";
import type { RunBatch } from "../../src/model/result.ts";
import { arrayOf } from "../../src/model/rows.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { Field } from "../../src/reference/field.ts";
import { observe, simulate } from "../../src/reference/simulate.ts";
import { examine } from "../../src/verification/examine.ts";
import { judge } from "../../src/verification/judge.ts";
import { isSlow } from "../support/driver.ts";
import { webgpu } from "../support/engine.ts";
import { variations } from "../support/variations.ts";

/** Runs an ensemble on the device, and compares all that it says of every run with the float64 reference. */
async function expectParity(ensemble: Ensemble): Promise<void> {
  const recording = { ...ensemble, record: { ...ensemble.record, trajectories: ensemble.runs } };
  const { samples } = await runWhole(await webgpu(), recording, { samples: ensemble.runs });
  const verification = judge(samples.map((sample) => examine(recording, sample)));
  expect(verification, JSON.stringify(verification?.worst)).toMatchObject({ exceeded: 0 });
  // Where rounding decides (whether a run under `sum` ends soundly, where a logit under `l1` has crossed 0) nothing is compared.
  expect(verification?.runs).toBeGreaterThanOrEqual(0.25 * ensemble.runs);
  // No sink is undecided but under `uniform`, where all are.
  if (ensemble.normalizer.kind !== "uniform") expect(verification?.sinkAgreement).toBe(1);
}

describe("every loss, normalizer and integrator agrees with float64 on the device", () => {
  const cases = parityCases().filter(
    ({ name }) => crossed(name) && (name.endsWith("euler") || /^(logistic|cross-entropy), softmax,/.test(name)),
  );
  it.each([...cases, ...(isSlow ? [] : tiedCases())])("$name", async ({ ensemble }) => expectParity(ensemble));
});

describe("every parameter reaches the device", () => {
  const ensembles = [...variations("loss", Object.keys(losses)), ...variations("normalizer", Object.keys(normalizers))].filter(
    // At their defaults they are among the cases above.
    ({ loss, normalizer }) => {
      const initial = parseEnsemble({ tokens: 6, loss: loss.kind, normalizer: normalizer.kind });
      return JSON.stringify([loss, normalizer]) !== JSON.stringify([initial.loss, initial.normalizer]);
    },
  );
  it.each(ensembles)("$loss, $normalizer", async (ensemble) =>
    expectParity({ ...ensemble, runs: 8, until: { steps: 300 }, integrator: { kind: "euler", step: 0.05 } }),
  );
});

describe("so do", () => {
  const base = { tokens: 8, runs: 8, until: { steps: 3000 }, integrator: { kind: "euler", step: 1 } };
  it.each([
    ["the paper's start", {}],
    ["a temperature", { normalizer: { kind: "softmax", temperature: 0.3 } }],
    ["only values trained", { train: "values", integrator: { kind: "heun", step: 1 } }],
    ["only logits trained", { train: "logits", integrator: { kind: "rk4", step: 1 } }],
    ["only logits trained, until the sink has all but some 1e-6", { train: "logits", integrator: "tsit5", until: { time: 1e6 } }],
    ["two tokens, one dimension", { tokens: 2, dim: 1 }],
    ["one dimension, many tokens", { tokens: 40, dim: 1 }],
    ["few tokens, many dimensions", { tokens: 2, dim: 60 }],
    ["n = d = 20", { tokens: 20, runs: 4, integrator: { kind: "euler", step: 1 }, until: { steps: 300 } }],
    ["large logits, where exp underflows", { logits: { kind: "gaussian", scale: 100 } }],
    ["large negative logits under sigmoid", { normalizer: "sigmoid", logits: { kind: "offset", mean: -40, scale: 12 } }],
    [
      "a large margin, where the slope underflows",
      {
        values: { kind: "identity", scale: 300 },
        target: { kind: "given", vector: [1, 0, 0, 0, 0, 0, 0, 0] },
        logits: { kind: "given", vector: [9, 0, 0, 0, 0, 0, 0, 0] },
      },
    ],
  ])("%s", async (_, more) => expectParity(parseEnsemble({ ...base, ...more })));
});

// After three steps from starts of order 1, only evaluation differs: some 30 operations deep, each good to some 10 ulp
// of 1.2e-7 relative to terms of at most the size of the result or 1.
const tolerance = 4e-5;
const near = (x: number, y: number) => (Number.isNaN(y) ? Number.isNaN(x) : Math.abs(x - y) <= tolerance * Math.max(1, Math.abs(y)));

describe("a gradient's norm", () => {
  it("is right where a is so small that the squares of its terms' factors are beyond float32's range", async () => {
    const logits = { kind: "gaussian", scale: 1e-27 };
    const small = parseEnsemble({ model: "tied", tokens: 7, normalizer: "sum", logits, integrator: "euler", until: { steps: 1 }, runs: 4 });
    const { samples } = await runWhole(await webgpu(), small, { samples: 4 });
    for (const { run, start, target, ...state } of samples) {
      const expected = new Field(small, { ...state, target }).at(state);
      const { valuesGradientNorm: exact } = observe(expected).row;
      expect(start.row.valuesGradientNorm / exact, String(run)).toBeCloseTo(1, 4);
    }
  });
});

describe("every observable agrees with float64 on the device", () => {
  // With whole runs above, each kind is in some pair on the driver that compiles slowest too.
  const cases = [...(isSlow ? [] : parityCases().filter(({ name }) => crossed(name) && name.endsWith("euler"))), ...tiedCases()];
  it.each(cases)("$name", async ({ ensemble: long }) => {
    const steps = [0, 1, 3];
    const { times: _times, ...record } = long.record as typeof long.record & { times?: object };
    const ensemble = { ...long, until: { steps: 3 }, runs: 8, record: { ...record, trajectories: 8, vectors: true, steps } };
    const batches: RunBatch[] = [];
    const { samples, trajectories } = await runWhole(await webgpu(), ensemble, {
      samples: 8,
      onBatch: (batch) => void batches.push(batch),
    });
    const { rows, vectors } = batches[0] as RunBatch;
    const design = designOf(ensemble)?.map(Math.fround);
    for (const { run, logits, values, target } of samples) {
      const outcome = simulate(
        ensemble,
        { logits: logits.slice(), values: values.slice(), target, ...(design && { design }) },
        { trajectory: true },
      );
      for (const name of columnNames) {
        const [got, expected] = [rows[name][run] as number, outcome.row[name]];
        if (arrayOf(name, Float32Array) === Float32Array) expect(near(got, expected), `${name}: ${got}, reference ${expected}`).toBe(true);
        // No two tokens are nearly equal here, so sinks and ranks are the same.
        else expect(got, name).toBe(expected);
      }
      for (const [v, name] of vectorNames.entries())
        outcome.vectors[name].forEach((expected, token) => {
          const got = vectors?.[(v * ensemble.tokens + token) * 8 + run] as number;
          expect(near(got, expected), `${name} ${token}: ${got}, reference ${expected}`).toBe(true);
        });
      const { run: _, steps: recordedSteps, ...series } = trajectories[run] as (typeof trajectories)[number];
      expect(recordedSteps).toEqual(steps);
      for (const [name, entries] of Object.entries(series))
        outcome.recorded.forEach((entry, j) => {
          const expected = [entry[name as "loss"] as unknown].flatMap((x) => (typeof x === "number" ? [x] : [...(x as Float64Array)]));
          const got = [entries[j]].flat() as number[];
          expect(got.length).toBe(expected.length);
          expected.forEach((x, i) => {
            expect(near(got[i] as number, x), `${name} ${j} ${i}: ${got[i]}, reference ${x}`).toBe(true);
          });
        });
    }
    expect(rows.sink.some((sink) => sink !== none)).toBe(long.normalizer.kind !== "uniform"); // under which all are tied
  });
});
