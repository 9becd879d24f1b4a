import { describe, expect, it } from "vitest";
import { breakRun } from "../../src/ensemble/breakRun.ts";
import { cpuEngine } from "../../src/ensemble/cpu.ts";
import { fragility } from "../../src/ensemble/fragility.ts";
import { inlinePool, type Pool } from "../../src/ensemble/perform.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { simulate } from "../../src/reference/simulate.ts";
import { drawStart } from "../../src/reference/start.ts";
import { runEnsemble } from "../../src/sweep/sweep.ts";

const parts = [0, 0.5, 1];

describe.each(["softmax", "sigmoid"])("the sink's value taken away, under %s", (normalizer) => {
  const ensemble = parseEnsemble({ tokens: 4, dim: 3, normalizer, until: { time: 1e4 } });
  const state = drawStart(ensemble, 2);
  const { row, vectors } = simulate(ensemble, state);
  const rest = (part: number) =>
    [0, 1, 2].map((k) =>
      [...vectors.weights].reduce((sum, p, i) => sum + (i === row.sink ? 1 - part : 1) * p * (state.values[k * 4 + i] as number), 0),
    );
  const found = breakRun(ensemble, 2, parts);

  it("leaves the loss of the output of the other tokens", () => {
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

describe("over runs", () => {
  const ensemble = parseEnsemble({ tokens: 3, runs: 5, until: { time: 100 } });

  it("has quantiles over the runs that have a sink, each counted once", async () => {
    const { runs, change, losses, disturbed } = await fragility(ensemble, inlinePool, { runs: 5, parts });
    expect(runs).toBe(5);
    const each = [0, 1, 2, 3, 4].map((run) => breakRun(ensemble, run, parts));
    const sorted = (numbers: (number | undefined)[]) => (numbers as number[]).sort((a, b) => a - b);
    const changes = sorted(each.map((one) => one?.change));
    expect([change?.min, change?.median, change?.max]).toEqual([changes[0], changes[2], changes[4]]);
    expect(losses.map(({ median }) => median)).toEqual(parts.map((_, i) => sorted(each.map((one) => one?.losses[i]))[2]));
    // The same as a sweep that asks for it has, but for dominance.
    const asked = { ...ensemble, record: { ...ensemble.record, fragility: true } };
    const { fragility: swept } = await runEnsemble(cpuEngine(inlinePool), inlinePool, asked);
    const { dominance, ...others } = swept ?? {};
    expect(dominance?.share).toBeDefined();
    expect(disturbed).toEqual(others);
  });

  it("has no quantiles where no run has a sink", async () => {
    // No token has any weight.
    const dark = parseEnsemble({ tokens: 3, normalizer: "linear", logits: "zero", train: "values", until: { time: 1 } });
    expect(breakRun(dark, 0, parts)).toBeUndefined();
    expect(await fragility(dark, inlinePool, { runs: 1, parts })).toEqual({ runs: 0, losses: [], disturbed: {} });
  });

  it("ends between tasks when it is no longer wanted", async () => {
    const controller = new AbortController();
    let tasks = 0;
    const pool: Pool = {
      ...inlinePool,
      perform: (task) => {
        if (++tasks === 2) controller.abort();
        return inlinePool.perform(task);
      },
    };
    const running = fragility({ ...ensemble, runs: 400 }, pool, { runs: 400, parts, signal: controller.signal });
    await expect(running).rejects.toMatchObject({ failure: "interrupted" });
    expect(tasks).toBe(2);
  });
});
