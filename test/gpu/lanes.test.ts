import { describe, expect, it } from "vitest";
import { asOnGpu } from "../../scripts/shared/asOnGpu.ts";
import { runWhole } from "../../src/ensemble/whole.ts";
import { losses } from "../../src/model/losses.ts";
import { type NormalizerKind, normalizerRow } from "../../src/model/normalizers.ts";
import type { Lanes } from "../../src/model/result.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { statuses } from "../../src/model/status.ts";
import { examine } from "../../src/verification/examine.ts";
import { judge } from "../../src/verification/judge.ts";
import { isSlow, someOnLavapipe } from "../support/driver.ts";
import { webgpu } from "../support/engine.ts";
import { expectSame, inBoth } from "../support/mappings.ts";

const one: Lanes = { count: 1, subgroupLanes: 1 };
const start = (loss: string, normalizer: string) => ({
  tokens: 7, // no multiple of a number of lanes
  dim: 5,
  loss,
  normalizer,
  // For a normalizer that divides by a sum, logits whose sum is seldom near 0.
  logits: normalizerRow({ kind: normalizer as NormalizerKind }).denominator
    ? { kind: "offset", mean: 1, scale: 0.3 }
    : { kind: "gaussian", scale: 1 },
  values: { kind: "gaussian", scale: 0.5 },
  runs: 21,
});
const fixed = (loss: string) => ({
  integrator: { kind: "euler", step: loss === "regression" ? 0.01 : 0.05 },
  until: { steps: 50 },
  record: { trajectories: 4, vectors: true, steps: [0, 10, 50] },
});
// As for reductions: over 50 steps, half an ulp each of numbers of order 1, and some ten roundings in every increment.
const tolerance = 2e-5;

describe("a run on the lanes of a subgroup is the run on one lane, in every observable", () => {
  const cases = [
    // With test/parity, which has each of them on one lane; those here sum, compare or sort over lanes, each in its way.
    ...["softmax", "sparsemax", ...(isSlow ? [] : ["softmax1", "sigmoid-norm", "l1", "l2"])].map((normalizer) => ({
      loss: "logistic",
      normalizer,
      lanes: 4,
    })),
    ...(isSlow ? ["cross-entropy", "regression"] : Object.keys(losses)).map((loss) => ({ loss, normalizer: "softmax", lanes: 2 })),
  ];
  it.each(cases)("$loss, $normalizer, $lanes lanes", async ({ loss, normalizer, lanes }) => {
    const ensemble = parseEnsemble({ ...start(loss, normalizer), ...fixed(loss) });
    expectSame(await inBoth(ensemble, { lanes: { count: lanes, subgroupLanes: lanes } }, { lanes: one }), tolerance);
  });
});

const { adapter } = await webgpu();
const some = <T>(most: number, cases: readonly T[]) => someOnLavapipe(adapter, most, cases);

describe("a run on a workgroup is the run on one lane, in every observable", () => {
  it.each(
    some(1, [
      ["exponential", "l1", { count: 4, subgroupLanes: 2, memory: false }],
      ["logistic", "softmax", { count: 4, subgroupLanes: 1, memory: false }],
      ["square", "relu", { count: 2, subgroupLanes: 1, memory: false }],
      ["regression", "softmax1", { count: 4, subgroupLanes: 2, memory: false }],
      // More lanes than tokens, and lanes that share a coordinate.
      ["cross-entropy", "softmax", { count: 16, subgroupLanes: 4, memory: true }],
      ["regression", "sum", { count: 4, subgroupLanes: 2, memory: true }],
    ] as const),
  )("%s, %s, $2", async (loss, normalizer, lanes) => {
    const ensemble = parseEnsemble({ ...start(loss, normalizer), ...fixed(loss) });
    const reduce = !lanes.memory;
    expectSame(await inBoth(ensemble, { lanes, reduce }, { lanes: one, reduce }), tolerance);
  });
});

function medianBin(counts: Uint32Array = new Uint32Array()): number {
  let left = counts.reduce((sum, count) => sum + count, 0) / 2;
  return counts.findIndex((count) => {
    left -= count;
    return left <= 0;
  });
}

describe("a run of the tied model on several lanes is the run on one lane, in every observable", () => {
  it.each(
    some(1, [
      ["logistic", "softmax", 4, 4],
      ["logistic", "sigmoid", 4, 2],
      ["regression", "softmax", 2, 1],
    ] as const),
  )("%s, %s, %d lanes, %d of a subgroup", async (loss, normalizer, count, subgroupLanes) => {
    const { dim: _, ...tied } = start(loss, normalizer);
    const ensemble = parseEnsemble({ model: "tied", ...tied, ...fixed(loss) });
    expectSame(await inBoth(ensemble, { lanes: { count, subgroupLanes } }, { lanes: one }), tolerance);
  });
});

describe("adaptive runs on several lanes", () => {
  it.each(
    some(1, [
      ["logistic", "softmax", { count: 4, subgroupLanes: 4, memory: false }],
      ["square", "softmax", { count: 4, subgroupLanes: 2, memory: false }],
      ["square", "softmax", { count: 4, subgroupLanes: 2, memory: true }],
      ["cross-entropy", "sigmoid", { count: 2, subgroupLanes: 2, memory: false }],
    ] as const),
  )("%s, %s, $2: steps, events and distributions as on one", async (loss, normalizer, lanes) => {
    const record = { times: { count: 9 }, trajectories: 3 };
    const ensemble = parseEnsemble({
      ...start(loss, normalizer),
      until: { time: loss === "square" ? 1000 : 100 },
      polarizedAt: 0.5,
      record,
    });
    const [many, single] = await inBoth(ensemble, { lanes }, { lanes: one });
    const summary = judge(many.samples.map((sample) => examine(ensemble, sample)));
    expect(summary).toMatchObject({ exceeded: 0 });
    const agreeing = (name: "status" | "steps" | "polarizationTime" | "lockInTime", within: number) =>
      [...many.rows[name]].filter((x, run) => {
        const other = single.rows[name][run] as number;
        return Object.is(x, other) || Math.abs(x - other) <= within * Math.abs(other);
      }).length;
    if (loss === "square") expect(many.rows.status.includes(statuses.converged)).toBe(true);
    expect(agreeing("status", 0)).toBeGreaterThanOrEqual(0.9 * ensemble.runs);
    // 10 rtol; rounding sometimes decides whether a step is accepted.
    expect(agreeing("steps", 0)).toBeGreaterThanOrEqual(0.8 * ensemble.runs);
    expect(agreeing("polarizationTime", 1e-3)).toBeGreaterThanOrEqual(0.9 * ensemble.runs);
    expect(agreeing("lockInTime", 1e-3)).toBeGreaterThanOrEqual(0.9 * ensemble.runs);
    for (let slot = 0; slot < (many.tallies?.times ?? 0); slot++)
      for (const name of ["entropy", "sinkShare"] as const) {
        // not the loss: where it has come to 0 it is rounding
        const [got, expected] = [many, single].map(({ tallies }) => tallies?.histogram(name, slot).counts as Uint32Array);
        const total = (counts?: Uint32Array) => counts?.reduce((sum, count) => sum + count, 0);
        expect(total(got)).toBe(total(expected));
        expect(Math.abs(medianBin(got) - medianBin(expected))).toBeLessThanOrEqual(1); // rounding moves a run over an edge
      }
  });
});

describe("large shapes", () => {
  it.each(
    some(1, [
      ["4,096 tokens of 20 dimensions under logistic loss", { tokens: 4096, dim: 20, runs: 2, until: { time: 100 } }],
      ["the tied model, 90 tokens", { model: "tied", tokens: 90, runs: 2, until: { time: 100 } }],
      // With the longer code of a GPU, which reads many numbers at once; tokens fill its rounds, and do not.
      ["4,096 tokens of 70 dimensions", { tokens: 4096, dim: 70, loss: "cross-entropy", runs: 1, until: { time: 10 } }, asOnGpu],
      ["70 tokens of 4,096 dimensions", { tokens: 70, dim: 4096, loss: "cross-entropy", runs: 1, until: { time: 10 } }, asOnGpu],
    ] as const),
  )("%s agree with float64", async (_, specification, engine = webgpu) => {
    // Few recorded times: each is dear to follow in float64, and what is recorded is tested above.
    const ensemble = parseEnsemble({ ...specification, record: { times: { count: 9 } } });
    const { samples } = await runWhole(await engine(), ensemble, { samples: 1 });
    expect(judge(samples.map((sample) => examine(ensemble, sample)))).toMatchObject({ runs: 1, exceeded: 0 });
  });
});
