import { describe, expect, it } from "vitest";
import { type EnsembleResult, runWhole } from "../../src/ensemble/whole.ts";
import { designOf, factorsOf } from "../../src/model/design.ts";
import type { Ensemble } from "../../src/model/ensemble.ts";
import { type NormalizerKind, normalizerRow } from "../../src/model/normalizers.ts";
import { reductionOf } from "../../src/model/reductions.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { examine } from "../../src/verification/examine.ts";
import { judge } from "../../src/verification/judge.ts";
import { isSlow } from "../support/driver.ts";
import { webgpu } from "../support/engine.ts";
import { expectSame, inBoth, type Result } from "../support/mappings.ts";

/** The same ensemble in fewer coordinates and in all of them. */
async function both(ensemble: Ensemble): Promise<[Result, Result]> {
  const results = await inBoth(ensemble, { reduce: true }, { reduce: false });
  expect(results[0].reduction).toMatchObject({ kind: reductionOf(ensemble).kind });
  expect(results[1].reduction).toBeUndefined();
  return results;
}

const shapes = {
  logistic: { tokens: 7, dim: 5 },
  exponential: { tokens: 4, dim: 9 },
  square: { tokens: 4, dim: 11 },
  regression: { tokens: 5, dim: 6 },
} as const;
// Normalizers of each form in one reduction, and softmax in the others: a normalizer is given the same in all, and test/parity has each of them reduced.
const formed: readonly NormalizerKind[] = ["softmax", "sparsemax", "sigmoid", "l1", "sum"];
const cases = Object.entries(shapes).flatMap(([loss, shape]) =>
  formed
    .filter((normalizer) => (loss === "logistic" && !isSlow) || normalizer === "softmax")
    .map((normalizer) => ({
      loss,
      normalizer,
      start: {
        ...shape,
        loss,
        normalizer,
        // For a normalizer that divides by a sum, logits whose sum is seldom near 0.
        logits: normalizerRow({ kind: normalizer }).denominator ? { kind: "offset", mean: 1, scale: 0.3 } : { kind: "gaussian", scale: 1 },
        values: { kind: "gaussian", scale: 0.5 },
        runs: 16,
      },
    })),
);

const [plain] = cases as [(typeof cases)[number]];
/** In adaptive steps, whose programs are several times as long, the smallest shapes that are reduced. */
const small: Record<string, object> = {
  logistic: { tokens: 4, dim: 3 },
  exponential: { tokens: 4, dim: 3 },
  square: { tokens: 3, dim: 6 },
  regression: { tokens: 3, dim: 4 },
};
/** Decay of logits does not move values. */
const decaying = { ...plain, loss: "logistic with decay of logits", start: { ...plain.start, decay: { logits: 0.05 } } };

describe("a run in fewer coordinates is the run in all of them", () => {
  // At a fixed step only rounding differs: over 50 steps, half an ulp (6e-8) each of numbers of order 1, and some ten
  // roundings in every increment of a twentieth of it.
  const tolerance = 2e-5;
  it.each([...cases, decaying])("at a fixed step, in every observable: $loss, $normalizer", async ({ loss, start }) => {
    const integrator = { kind: "euler", step: loss === "regression" ? 0.01 : 0.05 };
    const record = { trajectories: 4, vectors: true, steps: [0, 10, 50] };
    expectSame(await both(parseEnsemble({ ...start, integrator, until: { steps: 50 }, record })), tolerance);
  });
  it.each([...cases.filter(({ normalizer }) => normalizer === "softmax"), decaying])(
    "with adaptive steps: $loss, $normalizer",
    async ({ start, loss }) => {
      const until = loss === "regression" ? { time: 20 } : {};
      const [reduced, full] = await both(parseEnsemble({ ...start, ...small[start.loss], until }));
      let equal = 0;
      reduced.samples.forEach(({ end: { vectors } }, run) => {
        const other = full.samples[run]?.end.vectors.weights as Float64Array;
        const largest = Math.max(1, ...other.map(Math.abs));
        if (vectors.weights.every((p, i) => Math.abs(p - (other[i] as number)) < 1e-3 * largest)) equal++;
      });
      // 10 rtol: error estimates are the same, so steps are too, until rounding decides about one of them.
      expect(equal).toBeGreaterThanOrEqual(15);
      const steps = ({ rows }: EnsembleResult) => [...rows.steps].reduce((sum, x) => sum + x, 0);
      expect(steps(reduced) / steps(full)).toBeGreaterThan(0.95);
      expect(steps(reduced) / steps(full)).toBeLessThan(1.05);
    },
  );
});

/** Four columns of 9 entries that differ by 2e-5 of their length: one Gram-Schmidt sweep makes them orthogonal only to some 1e-3. */
const nearlyParallel = Array.from({ length: 9 }, (_, k) =>
  Array.from({ length: 4 }, (_, i) => Math.sin(1 + k) + 2e-5 * Math.sin(5 * k + 7 * i + i * k)),
);

describe("a run in fewer coordinates agrees with float64", () => {
  const euler = { integrator: { kind: "euler", step: 0.5 }, until: { steps: 200 } };
  const anyNorm = { tokens: 6, target: "gaussian" };
  it.each([
    ["many dimensions", { tokens: 8, dim: 300 }],
    ["many tokens and many dimensions", { tokens: 100, dim: 1000, runs: 1, until: { steps: 5 } }],
    ["a target of any norm", anyNorm],
    ["a target of 0", { tokens: 3, target: { kind: "given", vector: [0, 0, 0] } }],
    ["square loss in many dimensions", { tokens: 4, dim: 60, loss: "square" }],
    ["square loss from values of 0", { tokens: 4, dim: 9, loss: "square", values: "zero" }],
    ["square loss from an identity", { tokens: 4, dim: 9, loss: "square", values: { kind: "identity", scale: 1 } }],
    [
      "square loss from values that are nearly parallel",
      { tokens: 4, dim: 9, loss: "square", values: { kind: "given", matrix: nearlyParallel } },
    ],
    [
      "more samples than dimensions",
      { tokens: 5, dim: 4, loss: { kind: "regression", samples: 9 }, integrator: { kind: "euler", step: 0.02 } },
    ],
    [
      "fewer samples than dimensions",
      { tokens: 5, dim: 9, loss: { kind: "regression", samples: 3 }, integrator: { kind: "euler", step: 0.02 } },
    ],
  ])("%s", async (_, more) => {
    const ensemble = parseEnsemble({ runs: 6, ...euler, ...more });
    const { samples, reduction } = await runWhole(await webgpu(), ensemble, { samples: ensemble.runs });
    expect(reduction).toBeDefined();
    const summary = judge(samples.map((sample) => examine(ensemble, sample)));
    expect(summary).toMatchObject({ runs: ensemble.runs, exceeded: 0 });
  });
  it("keeps values that tie at the start tied", async () => {
    const ensemble = parseEnsemble({ ...euler, ...anyNorm, values: { kind: "identity", scale: 1 }, runs: 8 });
    const { rows } = await runWhole(await webgpu(), ensemble);
    expect([...rows.byValueNorm].every((token) => token === 0xffffffff)).toBe(true);
  });
});

describe("reductionOf", () => {
  const kind = (specification: object) => {
    const { kind, dim } = reductionOf(parseEnsemble({ tokens: 8, ...specification }));
    return [kind, dim];
  };
  it("chooses a reduction that holds, and only if it saves something", () => {
    expect(kind({})).toEqual(["margin", 1]);
    for (const train of ["values", "logits"]) expect(kind({ train })).toEqual(["margin", 1]); // followed in test/parity
    expect(kind({ dim: 1 })).toEqual(["none", 1]);
    expect(kind({ loss: "square" })).toEqual(["none", 8]);
    expect(kind({ loss: "square", dim: 9 })).toEqual(["none", 9]);
    expect(kind({ loss: "square", dim: 10 })).toEqual(["span", 9]);
    expect(kind({ loss: "cross-entropy" })).toEqual(["none", 8]);
    expect(kind({ loss: { kind: "regression", samples: 5 } })).toEqual(["eigenbasis", 5]);
    expect(reductionOf(parseEnsemble({ tokens: 8 }), false)).toMatchObject({ kind: "none", dim: 8 });
  });
  it("has the design's own factors", () => {
    const ensemble = parseEnsemble({ tokens: 4, dim: 6, loss: { kind: "regression", samples: 5, conditionNumber: 3 } });
    const { left, right, singular } = factorsOf(ensemble) as NonNullable<ReturnType<typeof factorsOf>>;
    expect([...singular].map((s) => +s.toFixed(12))).toEqual([1, 5 / 6, 2 / 3, 1 / 2, 1 / 3].map((s) => +s.toFixed(12)));
    designOf(ensemble)?.forEach((x, at) => {
      const [row, column] = [Math.floor(at / 6), at % 6];
      const sum = singular.reduce((total, s, k) => total + s * (left[k]?.[row] as number) * (right[k]?.[column] as number), 0);
      expect(x).toBeCloseTo(sum, 12);
    });
  });
});
