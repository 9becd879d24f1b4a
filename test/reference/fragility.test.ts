import { describe, expect, it } from "vitest";
import { cpuEngine } from "../../src/ensemble/cpu.ts";
import { inlinePool, performTask } from "../../src/ensemble/perform.ts";
import type { Layout } from "../../src/gpu/layout.ts";
import { plansOf } from "../../src/gpu/plan.ts";
import { none } from "../../src/model/columns.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { dominanceOf } from "../../src/reference/fragility.ts";
import { simulate } from "../../src/reference/simulate.ts";
import { drawStart } from "../../src/reference/start.ts";
import { runEnsemble } from "../../src/sweep/sweep.ts";

const record = { fragility: true };

describe("the end of a run, disturbed, under softmax", () => {
  const ensemble = parseEnsemble({ tokens: 4, dim: 3, until: { time: 30 }, record });
  const state = drawStart(ensemble, 3);
  const { row, vectors } = simulate(ensemble, state);
  const value = (i: number) => [0, 1, 2].map((k) => state.values[k * 4 + i] as number);
  const p = (i: number) => vectors.weights[i] as number;
  const output = [0, 1, 2].map((k) => [0, 1, 2, 3].reduce((sum, i) => sum + p(i) * (value(i)[k] as number), 0));
  const length = (x: number[]) => Math.hypot(...x);
  const tokens = { Sink: row.sink, Other: row.otherToken as number } as const;

  it.each(["Sink", "Other"] as const)(
    "moves the output by p‖v‖/10 where a value moves by a tenth, and to (y − p v)/(1 − p) where it is dropped: %s",
    (whom) => {
      const token = tokens[whom];
      const moved = (0.1 * p(token) * length(value(token))) / length(output);
      expect(row[`nudge${whom}`]).toBeCloseTo(moved, 12);
      expect(row[`adversarial${whom}`]).toBeCloseTo(moved, 12);
      const left = output.map((y, k) => (y - p(token) * (value(token)[k] as number)) / (1 - p(token)));
      expect(row[`removal${whom}`]).toBeCloseTo(length(left.map((y, k) => y - (output[k] as number))) / length(output), 10);
      const along = (y: number[]) => y.reduce((sum, x, k) => sum + x * (state.target[k] as number), 0);
      expect(row[`removal${whom}Flips`]).toBe(Number(along(left) > 0 !== along(output) > 0));
    },
  );

  it("has another token than the sink, each as often as any, by the run alone", () => {
    expect(tokens.Other).not.toBe(tokens.Sink);
    const others = Array.from({ length: 40 }, (_, run) => {
      const short = parseEnsemble({ tokens: 4, until: { time: 1e-3 }, record });
      return simulate(short, drawStart(short, run)).row;
    });
    expect(others.every(({ sink, otherToken }) => sink !== otherToken && (otherToken as number) < 4)).toBe(true);
    expect(new Set(others.map(({ otherToken }) => otherToken)).size).toBe(4);
  });
});

it("the stronger sink dominates: in one dimension, with logits and values by hand", () => {
  const ensemble = parseEnsemble({ tokens: 2, dim: 1, record });
  // Weights by softmax of logits 3 apart; the sink of the first run takes its value 5 and its logit, 1.5 above the mean, along.
  const first = { logits: Float64Array.of(3, 0), values: Float64Array.of(5, 0), target: Float64Array.of(1) };
  const second = { logits: Float64Array.of(10, 14), values: Float64Array.of(-1, -2), target: Float64Array.of(-1) };
  const p = 1 / (1 + Math.exp(10 - (12 + 1.5)));
  expect(dominanceOf(ensemble, first, second)).toBeCloseTo(2 * (p * 5 - (1 - p)), 12);
});

it("batches of a device end between two pairs", () => {
  const layout = { batch: 5, maxPoints: 9, maxRecorded: 0, maxSamples: 9 } as Layout;
  const sizes = (asked: object) => {
    const ensemble = parseEnsemble({ tokens: 3, runs: 9, record: asked });
    return plansOf([{ ensemble, first: 0, count: 9, samples: 0 }], layout).map(({ runs }) => runs);
  };
  expect(sizes(record)).toEqual([4, 5]);
  expect(sizes({})).toEqual([5, 4]);
});

it("over runs: quantiles and shares in the summary, dominance of each pair, in whatever tasks they are followed", async () => {
  const ensemble = parseEnsemble({ tokens: 3, runs: 9, until: { time: 20 }, record });
  const rows = performTask({ kind: "simulate", ensemble, first: 0, count: 9 }).rows;
  const dominates = [...(rows.dominates as Uint32Array)];
  expect(dominates.map((x) => x === none)).toEqual([0, 1, 0, 1, 0, 1, 0, 1, 1].map(Boolean));
  for (const [first, count] of [
    [0, 1],
    [1, 4],
    [4, 1],
  ] as const)
    expect([...(performTask({ kind: "simulate", ensemble, first, count }).rows.dominates as Uint32Array)]).toEqual(
      dominates.slice(first, first + count),
    );
  const { fragility } = await runEnsemble(cpuEngine(inlinePool), inlinePool, ensemble);
  const sorted = [...(rows.nudgeSink as Float64Array)].sort((a, b) => a - b);
  expect(fragility?.nudge?.sink).toMatchObject({ min: sorted[0], median: sorted[4], max: sorted[8] });
  expect(fragility?.removal?.flips?.other?.share).toBeCloseTo(
    [...(rows.removalOtherFlips as Uint32Array)].filter((x) => x === 1).length / 9,
    12,
  );
  expect(fragility?.dominance?.share).toBe(dominates.filter((x) => x === 1).length / 4);
  expect(Object.keys(fragility?.nudge ?? {})).toEqual(["sink", "other", "flips"]);
  expect(Object.keys(fragility ?? {})).toEqual(["nudge", "adversarial", "removal", "dominance"]);
  expect(
    "fragility" in
      (await runEnsemble(cpuEngine(inlinePool), inlinePool, { ...ensemble, record: { ...ensemble.record, fragility: false } })),
  ).toBe(false);
});
