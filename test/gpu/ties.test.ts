import { describe, expect, it } from "vitest";
import { cpuEngine } from "../../src/ensemble/cpu.ts";
import { inlinePool } from "../../src/ensemble/perform.ts";
import { none, sinkColumns } from "../../src/model/columns.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { runEnsemble } from "../../src/sweep/sweep.ts";
import { webgpu } from "../support/engine.ts";

const runs = 6;
const equal = (n: number, x: number) => ({ kind: "given", vector: new Array<number>(n).fill(x) });
const zero = { logits: "zero", values: "zero" };
const identity = { tokens: 5, logits: "zero", values: "identity", loss: "square" };
const tied = { model: "tied", tokens: 5, logits: { kind: "offset", mean: 1, scale: 0 }, loss: "square" };
/** Columns 0 and 1 are the same. */
const columns = [
  [0.9, 0.9, 0.2],
  [0.1, 0.1, 0.4],
];

/** Both engines. */
async function both(specification: Record<string, unknown>) {
  const ensemble = parseEnsemble({ runs, ...specification });
  const reports = [];
  for (const engine of [await webgpu(), cpuEngine(inlinePool)]) {
    const sinks: number[] = [];
    const absent = new Set<boolean>();
    const { sink, sinkShare, predictors } = await runEnsemble(engine, inlinePool, ensemble, {
      onPart: ({ rows }) => {
        sinks.push(...rows.sink);
        for (const name of sinkColumns) for (const x of rows[name] ?? []) absent.add(x === none || Number.isNaN(x));
      },
    });
    reports.push({ sink, sinkShare, predictors, sinks, absent: [...absent] });
  }
  return reports;
}

describe("tied runs have no sink on either engine", () => {
  it.each<[string, Record<string, unknown>]>([
    ["uniform", { tokens: 8, normalizer: "uniform" }],
    ...[2, 64].map((n): [string, Record<string, unknown>] => [`zero logits and values, ${n} tokens`, { tokens: n, dim: 2, ...zero }]),
    ["zero, under sigmoid", { tokens: 5, normalizer: "sigmoid", ...zero }],
    ["zero, in one matrix", { tokens: 6, model: "tied", ...zero }],
    ["identity, equal targets of 1", { ...identity, target: equal(5, 1) }],
    ["identity, equal targets of 0.3", { ...identity, target: equal(5, 0.3) }],
    ["one matrix, equal targets of 1", { ...tied, target: equal(5, 1) }],
    ["one matrix, equal targets of 0.3", { ...tied, target: equal(5, 0.3) }],
    ["two equal columns", { tokens: 3, dim: 2, logits: "zero", values: { kind: "given", matrix: columns }, target: equal(2, 1) }],
  ])("%s", async (_, specification) => {
    for (const { sink, sinkShare, predictors, absent } of await both(specification)) {
      expect(sink).toEqual({ counts: sink.counts.map(() => 0), tied: runs, negativeWeight: 0 });
      expect(predictors).toEqual({});
      expect(absent).toEqual([true]);
      expect(sinkShare?.max).toBeGreaterThanOrEqual(1 / sink.counts.length);
    }
  });
});

describe("runs that are decided keep their sink on both engines", () => {
  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ["a head start", { tokens: 5, ...zero, headStart: { token: 3, by: 0.1 } }, { counts: [0, 0, 0, runs, 0] }],
    ["a small head start", { ...identity, target: equal(5, 1), headStart: { token: 3, by: 1e-3 } }, { counts: [0, 0, 0, runs, 0] }],
    [
      "the third column, where two are equal",
      { tokens: 3, dim: 2, logits: "zero", values: { kind: "given", matrix: columns }, target: equal(2, -1) },
      { counts: [0, 0, runs] },
    ],
    ["drawn values", { tokens: 2, logits: "zero" }, {}],
    ["drawn logits", { tokens: 8, dim: 2 }, {}],
    ["drawn targets", identity, {}],
    ["drawn targets, one matrix of zeros", { ...tied, values: "zero" }, {}],
  ])("%s", async (_, specification, expected) => {
    const [device, cpu] = await both(specification);
    expect(device?.sink).toMatchObject({ tied: 0, ...expected });
    expect(cpu?.sinks).toEqual(device?.sinks);
    expect(cpu?.absent).toEqual([false]);
  });
});
