import { describe, expect, it } from "vitest";
import { alike } from "../../src/ensemble/alike.ts";
import { cpuEngine } from "../../src/ensemble/cpu.ts";
import { fragility } from "../../src/ensemble/fragility.ts";
import { inlinePool } from "../../src/ensemble/perform.ts";
import { columnNames, none, sinkColumns } from "../../src/model/columns.ts";
import type { Rows } from "../../src/model/rows.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { sinkOf } from "../../src/reference/observables.ts";
import { runEnsemble } from "../../src/sweep/sweep.ts";

const equal = (n: number, x: number) => ({ kind: "given", vector: new Array<number>(n).fill(x) });
const all = (n: number) => Array.from({ length: n }, (_, token) => token);
const found = (specification: Record<string, unknown>) => alike(parseEnsemble(specification)).sort((a, b) => a - b);
const bare = { tokens: 5, logits: "zero", values: "identity", loss: "square", target: equal(5, 1) };

describe("the largest shares", () => {
  it("are tied within 4 float32 ulp, and no further, whatever their signs and scale", () => {
    // An ulp is 2⁻²⁵ from 1/4 to 1/2.
    const weights = (ulps: number, scale: number) =>
      Float64Array.of(0.375, -0.375 - ulps * 2 ** -25, 0.25 - ulps * 2 ** -25).map((p) => scale * p);
    for (const scale of [1, -3e20, 1e-20]) {
      for (const ulps of [0, 1, 4]) expect(sinkOf(weights(ulps, scale))).toBe(none);
      for (const ulps of [5, 100]) expect(sinkOf(weights(ulps, scale))).toBe(1);
    }
    expect(sinkOf(new Float64Array(3))).toBe(none);
  });
});

describe("tokens that are alike", () => {
  it.each([2, 9, 64])("are those of the same logit and value: %i tokens", (n) => {
    const zero = { tokens: n, dim: 2, logits: "zero", values: "zero" };
    expect(found(zero)).toEqual(all(n));
    expect(found({ ...zero, headStart: { token: 1, by: 0.1 } })).toEqual(n === 2 ? [] : all(n).filter((i) => i !== 1));
    expect(found({ ...zero, values: "identity" })).toEqual(n < 4 ? [] : all(n).slice(2));
  });
  it("are those that a permutation of tokens and coordinates takes to one another, under either model", () => {
    expect(found(bare)).toEqual(all(5));
    expect(found({ ...bare, integrator: "euler", until: { steps: 10_000 } })).toEqual(all(5));
    expect(found({ ...bare, normalizer: "sparsemax", train: "logits" })).toEqual(all(5));
    expect(found({ ...bare, loss: "logistic", until: { clock: 50 } })).toEqual(all(5));
    expect(found({ ...bare, target: { kind: "given", vector: [1, 0.4, 0.4, 0.4, 0] } })).toEqual([1, 2, 3]);
    const tied = { ...bare, model: "tied", logits: { kind: "offset", mean: 1, scale: 0 } };
    expect(found(tied)).toEqual(all(5));
    expect(found({ ...tied, headStart: { token: 4, by: 1e-8 } })).toEqual([0, 1, 2, 3]);
  });
  it("are all where one matrix and its logits begin at 0, whatever the targets", () => {
    const zero = { model: "tied", tokens: 6, logits: "zero", values: "zero" };
    expect(found(zero)).toEqual(all(6));
    // Here the targets decide: z' = −g (p·a).
    expect(found({ ...zero, logits: equal(6, 1) })).toEqual([]);
  });
  it("are those whose shares stay equal, not those whose logits and alignments are equal at the start alone", () => {
    const start = (matrix: number[][], vector: number[]) => ({
      tokens: 3,
      loss: "square",
      logits: "zero",
      values: { kind: "given", matrix },
      target: { kind: "given", vector },
    });
    // In both Vp − β is the first unit vector. Here all alignments stay equal, and nothing moves a logit.
    const plane = [
      [1, 1, 1],
      [0.5, 0.3, 0],
      [0, 0.4, 0.7],
    ];
    expect(found(start(plane, [0, 0.8 / 3, 1.1 / 3]))).toEqual(all(3));
    // Here token 2 loses weight, which turns the gradient, and tokens 0 and 1 part.
    const parting = [
      [1, 1, 0],
      [0.5, 0.3, 0],
      [0, 0.4, 1],
    ];
    expect(found(start(parting, [-1 / 3, 0.8 / 3, 1.4 / 3]))).toEqual([]);
    expect(found({ ...start(parting, [1, 0, 0]), loss: "logistic" })).toEqual([0, 1]); // it sees the first coordinate alone
  });
  it.each([1e-6, 1e-9, 1e-10])("are none that a head start of %f tells apart", (by) => {
    expect(found({ ...bare, headStart: { token: 3, by } })).toEqual([0, 1, 2, 4]);
  });
  it("are not looked for beyond a size, but for those of the same bits", () => {
    const large = { ...bare, tokens: 257, dim: 257, target: equal(257, 0.1) };
    expect(found(large)).toEqual([]);
    expect(found({ ...large, values: "zero" })).toEqual(all(257));
  });
});

describe("a tied run", () => {
  const follow = async (specification: object) => {
    const parts: Record<string, number[]>[] = [];
    const engine = cpuEngine(inlinePool);
    const ensemble = parseEnsemble({ runs: 5, ...specification });
    const report = await runEnsemble(engine, inlinePool, ensemble, {
      onPart: ({ rows }) => void parts.push(Object.fromEntries(columnNames.map((name) => [name, [...rows[name]]]))),
    });
    const rows = Object.fromEntries(columnNames.map((name) => [name, parts.flatMap((part) => part[name] as number[])]));
    return { ensemble, report, rows: rows as Record<keyof Rows, number[]> };
  };

  it.each<Record<string, unknown>>([
    { tokens: 4, normalizer: "uniform" },
    { tokens: 4, logits: "zero", values: "zero" },
    { tokens: 4, model: "tied", logits: "zero", values: "zero" },
    { ...bare, model: "tied", logits: { kind: "offset", mean: 1, scale: 0 } },
  ])("has no sink and no number of one; its shares, loss and entropy remain: %j", async (specification) => {
    const { report, rows } = await follow(specification);
    for (const name of sinkColumns.filter((column) => column in rows))
      expect(new Set(rows[name]), name).toEqual(new Set([rows[name][0] === none ? none : Number.NaN]));
    for (const name of ["sinkShare", "shortfall", "entropy", "loss"] as const) expect(rows[name].every(Number.isFinite), name).toBe(true);
    expect(report.sink).toEqual({
      counts: rows.sinkShare.slice(0, 1).flatMap(() => report.sink.counts.map(() => 0)),
      tied: 5,
      negativeWeight: 0,
    });
    expect(report).toMatchObject({ predictors: {} });
    expect(report.sinkShare).toBeDefined();
    expect(report.massiveActivation).not.toHaveProperty("sinkNorm");
  });
  it("is none where a head start or drawn values decide", async () => {
    const zero = { tokens: 4, logits: "zero", values: "zero" };
    expect((await follow({ ...zero, headStart: { token: 2, by: 0.1 } })).report.sink).toMatchObject({ counts: [0, 0, 5, 0], tied: 0 });
    expect((await follow({ ...zero, values: "gaussian" })).report.sink.tied).toBe(0);
    expect((await follow({ ...zero, model: "tied", logits: "gaussian" })).report.sink.tied).toBe(0);
  });
  it("has no sink's value that could be taken away", async () => {
    const ensemble = parseEnsemble({ ...bare, model: "tied", logits: { kind: "offset", mean: 1, scale: 0 } });
    expect(await fragility(ensemble, inlinePool, { runs: 2, parts: [0, 1] })).toEqual({ runs: 0, losses: [], disturbed: {} });
  });
});
