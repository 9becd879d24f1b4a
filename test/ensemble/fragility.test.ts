import { describe, expect, it } from "vitest";
import { breakRun, fragilityOf } from "../../src/ensemble/fragility.ts";
import { performTask } from "../../src/ensemble/tasks.ts";
import { parsePoint } from "../../src/model/specification.ts";
import { simulate } from "../../src/reference/simulate.ts";
import { drawStart } from "../../src/reference/start.ts";

const parts = [0, 0.5, 1];

describe.each(["softmax", "sigmoid"])("the sink's value taken away, under %s", (normalizer) => {
  const point = parsePoint({ tokens: 4, dim: 3, normalizer, until: { time: 1e4 } });
  const state = drawStart(point, 2);
  const { row, vectors } = simulate(point, state);
  const rest = (part: number) =>
    [0, 1, 2].map((k) =>
      [...vectors.weights].reduce((sum, p, i) => sum + (i === row.sink ? 1 - part : 1) * p * (state.values[k * 4 + i] as number), 0),
    );
  const found = breakRun(point, 2, parts);

  it("leaves the loss of what the other tokens say", () => {
    const loss = (y: number[]) => Math.log1p(Math.exp(-y.reduce((sum, x, k) => sum + x * (state.target[k] as number), 0)));
    expect(found?.losses[0]).toBeCloseTo(row.loss, 12);
    for (const [i, part] of parts.entries()) expect(found?.losses[i]).toBeCloseTo(loss(rest(part)), 9);
  });

  it("moves the output by the sink's part of it: nearly all under softmax, less than half where four tokens share", () => {
    const [whole, left] = [rest(0), rest(1)];
    const change = Math.hypot(...whole.map((x, k) => x - (left[k] as number))) / Math.hypot(...whole);
    expect(found?.change).toBeCloseTo(change, 9);
    if (normalizer === "softmax") expect(change).toBeGreaterThan(0.9);
    else expect(change).toBeLessThan(0.5);
  });
});

it("has quantiles over the runs that have a sink, and none where there are none", () => {
  const point = parsePoint({ tokens: 3, runs: 5, until: { time: 100 } });
  const broken = performTask({ kind: "break", point, first: 0, count: 5, parts }) as ReturnType<typeof breakRun>[];
  const { runs, change, losses } = fragilityOf([...broken, undefined]);
  expect(runs).toBe(5);
  const sorted = broken.map((one) => one?.change as number).sort((a, b) => a - b);
  expect([change?.min, change?.median, change?.max]).toEqual([sorted[0], sorted[2], sorted[4]]);
  const last = broken.map((one) => one?.losses[2] as number).sort((a, b) => a - b);
  expect([losses.length, losses[2]?.median]).toEqual([3, last[2]]);
  // No token has any weight.
  const dark = parsePoint({ tokens: 3, normalizer: "linear", logits: "zero", train: "values", until: { time: 1 } });
  expect(breakRun(dark, 0, parts)).toBeUndefined();
  expect(fragilityOf([undefined])).toEqual({ runs: 0, losses: [] });
});
