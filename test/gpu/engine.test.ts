import { describe, expect, it } from "vitest";
import { cpuEngine } from "../../src/ensemble/cpu.ts";
import { inlinePool } from "../../src/ensemble/perform.ts";
import { runWhole } from "../../src/ensemble/whole.ts";
import { Kernels } from "../../src/gpu/kernels.ts";
import { layOut } from "../../src/gpu/layout.ts";
import { mappingOf, noTraits } from "../../src/gpu/mapping.ts";
import type { PipelineCache } from "../../src/gpu/program.ts";
import { columnNames, none } from "../../src/model/columns.ts";
import { recordedTimes } from "../../src/model/ensemble.ts";
import type { Rows } from "../../src/model/rows.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { isSound, statuses } from "../../src/model/status.ts";
import { simulate } from "../../src/reference/simulate.ts";
import { drawStart } from "../../src/reference/start.ts";
import { isOnCpu } from "../support/driver.ts";
import { webgpu } from "../support/engine.ts";

/** Units in the last place between two numbers, as float32. */
function ulps(x: number, y: number): number {
  const order = (value: number) => {
    const bits = new Int32Array(Float32Array.of(value).buffer)[0] as number;
    return bits < 0 ? -2147483648 - bits : bits;
  };
  return Math.abs(order(x) - order(y));
}

const bytes = (rows: Rows) => columnNames.map((name) => Buffer.from(rows[name].buffer as ArrayBuffer).toString("base64"));

describe("starts drawn on the device", () => {
  it("are the reference's normals within 4 float32 ulp, 266,240 of them", async () => {
    const specification = {
      tokens: 8,
      dim: 8,
      runs: 4096 - 512,
      seed: 4_000_000_000,
      values: { kind: "gaussian", scale: 1 },
      logits: { kind: "gaussian", scale: 1 },
      target: "gaussian",
      integrator: "euler",
      until: { steps: 1 },
    };
    const ensemble = parseEnsemble(specification);
    const { samples } = await runWhole(await webgpu(), ensemble, { samples: ensemble.runs });
    let worst = 0;
    let count = 0;
    for (const sample of samples) {
      const start = drawStart(ensemble, sample.run);
      for (const part of ["logits", "values", "target"] as const)
        start[part].forEach((x, i) => {
          worst = Math.max(worst, ulps(x, sample[part][i] as number));
          count++;
        });
    }
    expect(count).toBe((4096 - 512) * 80);
    expect(worst).toBeLessThanOrEqual(4);
  });

  it.each([
    { values: { kind: "identity", scale: 2 }, logits: { kind: "offset", mean: -1, scale: 0.5 }, target: "unit" },
    { values: "zero", logits: "zero", target: "gaussian", headStart: { token: 2, by: 0.25 } },
    {
      dim: 2,
      values: {
        kind: "given",
        matrix: [
          [1, 2, 3],
          [4, 5, 6],
        ],
      },
      logits: { kind: "given", vector: [0.5, -1, 2] },
      target: { kind: "given", vector: [7, -8] },
    },
  ])("are the reference's: %j", async (start) => {
    const ensemble = parseEnsemble({ tokens: 3, runs: 5, integrator: "euler", until: { steps: 1 }, ...start });
    const { samples } = await runWhole(await webgpu(), ensemble, { samples: 5 });
    for (const sample of samples) {
      const reference = drawStart(ensemble, sample.run);
      for (const part of ["logits", "values", "target"] as const)
        reference[part].forEach((x, i) => {
          // A normal's 4 ulp, then a scale, a sum and (unit) a norm of 3 terms with a root and a division.
          expect(Math.abs((sample[part][i] as number) - x)).toBeLessThanOrEqual(2 ** -24 * 20 * Math.max(1, Math.abs(x)));
        });
    }
  });

  // A response's numbers are normals, 4 ulp. Of a distribution softmax(x) with −10 ≤ x ≤ 0 the numerator and the sum have 3 + 2·10 ulp of exp
  // each, 5 of x, which is rounded twice, 3 of the sum and 2.5 of the division (WGSL, section 15.7.4).
  it.each([
    { loss: "regression", within: 4 },
    { loss: "cross-entropy", within: 62 },
  ])("are the reference's: the target of $loss", async ({ loss, within }) => {
    const ensemble = parseEnsemble({ tokens: 3, loss, runs: 64, integrator: "euler", until: { steps: 1 } });
    const { samples } = await runWhole(await webgpu(), ensemble, { samples: 64 });
    for (const { run, target } of samples)
      drawStart(ensemble, run).target.forEach((x, i) => {
        expect(ulps(x, target[i] as number)).toBeLessThanOrEqual(within);
      });
  });
});

describe("an ensemble on the device", () => {
  const specification = { tokens: 6, dim: 4, runs: 500, until: { steps: 777 }, integrator: { kind: "euler", step: 0.5 } };

  it("gives the same bytes every time, however its steps are divided into dispatches", async () => {
    const engine = await webgpu();
    const whole = bytes((await runWhole(engine, parseEnsemble(specification))).rows);
    const steps = [1, 2, 3, 5, 8, 13, 100, 101, 400, 776];
    const cut = bytes((await runWhole(engine, parseEnsemble({ ...specification, record: { trajectories: 1, steps } }))).rows);
    expect(bytes((await runWhole(engine, parseEnsemble(specification))).rows)).toEqual(whole);
    expect(cut).toEqual(whole);
  });

  it("gives a run the same row whatever the number of runs, also beyond the first batch", async () => {
    const engine = await webgpu();
    const ensemble = parseEnsemble({ tokens: 2, dim: 1, runs: 2 ** 17 + 70, until: { steps: 20 }, integrator: { kind: "euler", step: 1 } });
    const { rows } = await runWhole(engine, ensemble);
    const few = (await runWhole(engine, { ...ensemble, runs: 100 })).rows;
    for (const name of columnNames) expect([...rows[name].slice(0, 100)]).toEqual([...few[name]]);
    for (const run of [2 ** 17 - 1, 2 ** 17, 2 ** 17 + 69]) {
      const { row } = simulate(ensemble, drawStart(ensemble, run));
      for (const name of ["loss", "sinkShare", "entropy", "initialEntropy"] as const)
        expect(Math.abs((rows[name][run] as number) - row[name])).toBeLessThan(2e-6); // 20 steps of a few ulp each
      expect(rows.sink[run]).toBe(row.sink);
    }
  });

  it("ends runs as the reference does: diverged, non-finite, stalled, no shares", async () => {
    const engine = await webgpu();
    const end = async (more: object) => {
      const { rows } = await runWhole(engine, parseEnsemble({ tokens: 4, runs: 3, ...more }));
      return { status: [...rows.status], sink: [...rows.sink], entropy: [...rows.entropy], steps: [...rows.steps] };
    };
    const wild = { normalizer: "linear", loss: "square" };
    expect((await end({ ...wild, integrator: { kind: "euler", step: 3 } })).status).toEqual(Array(3).fill(statuses.diverged));
    // The tied model's state is a and U: z = U a may be of any size, as long as a and the output are bounded.
    const steep = {
      model: "tied",
      tokens: 4,
      runs: 3,
      values: { kind: "identity", scale: 1e6 },
      logits: { kind: "given", vector: [1e7, 2e7, 3e7, 4e7] },
      integrator: { kind: "euler", step: 1e-9 },
      until: { steps: 2 },
    };
    const { rows } = await runWhole(cpuEngine(inlinePool), parseEnsemble(steep));
    // Rounding decides whether such short steps move it; none of the runs ends because it is unbounded.
    for (const { status, steps } of [rows, await end(steep)]) expect([[...status].every(isSound), ...steps]).toEqual([true, 2, 2, 2]);
    const leap = await end({
      ...wild,
      values: { kind: "gaussian", scale: 1e6 },
      logits: { kind: "offset", mean: 1000 },
      integrator: { kind: "rk4", step: 1e6 },
    });
    expect(leap).toMatchObject({ status: Array(3).fill(statuses["non-finite"]), steps: [1, 1, 1] });
    const still = await end({
      integrator: "euler",
      until: { steps: 10_000 },
      logits: "zero",
      values: "zero",
      normalizer: "linear",
      loss: "square",
      target: { kind: "given", vector: [0, 0, 0, 0] },
    });
    expect(still).toEqual({
      status: Array(3).fill(statuses.stalled),
      sink: Array(3).fill(none),
      entropy: Array(3).fill(Number.NaN),
      steps: Array(3).fill(10_000),
    });
  });

  it("stalls in float32 where float64 still moves, late under Euler", async () => {
    // Square loss near its minimum: increments fall below half an ulp in float32 long before they do in float64.
    const ensemble = parseEnsemble({
      tokens: 3,
      loss: "square",
      runs: 4,
      integrator: { kind: "euler", step: 0.02 },
      until: { steps: 4000 },
    });
    const engine = await webgpu();
    const { rows } = await runWhole(engine, ensemble);
    // A GPU rounds once where a driver on the CPU rounds twice, so the last bit may change for longer: on an H200 three of the four stalled.
    const stalled = [...rows.status].filter((status) => status === statuses.stalled);
    expect(stalled.length).toBeGreaterThanOrEqual(isOnCpu(engine.adapter?.description) ? 4 : 3);
    for (let run = 0; run < 4; run++) expect(simulate(ensemble, drawStart(ensemble, run)).row.status).toBe(statuses.completed);
  });

  it("holds the last state of a diverged run at every later recorded step", async () => {
    const ensemble = parseEnsemble({
      tokens: 4,
      runs: 1,
      normalizer: "linear",
      loss: "square",
      integrator: { kind: "euler", step: 3 },
      until: { steps: 200 },
      record: { trajectories: 1, steps: [0, 100, 200] },
    });
    const { trajectories, rows } = await runWhole(await webgpu(), ensemble);
    expect(rows.status[0]).toBe(statuses.diverged);
    expect(trajectories[0]?.steps).toEqual([0, rows.steps[0], rows.steps[0]]);
    expect(trajectories[0]?.weights[2]).toEqual(trajectories[0]?.weights[1]);
    expect(trajectories[0]?.weights[1]).not.toEqual(trajectories[0]?.weights[0]);
  });

  it("stops when it is interrupted", async () => {
    const stop = new AbortController();
    const ensemble = parseEnsemble({ tokens: 8, runs: 4096, integrator: "euler", until: { steps: 1_000_000 } });
    const running = runWhole(await webgpu(), ensemble, { signal: stop.signal, onProgress: () => stop.abort() });
    await expect(running).rejects.toMatchObject({ failure: "interrupted" });
  });

  it("stops while its programs compile, without waiting for them", async () => {
    const stop = new AbortController();
    const cache = { pipeline: () => new Promise(() => {}), warm: new WeakSet() } as unknown as PipelineCache; // never done
    const none = {} as never;
    const kernels = new Kernels(none, none, { mapping: none } as never, cache, none, none, stop.signal);
    const ready = kernels.ready(["flow"]);
    stop.abort();
    await expect(ready).rejects.toMatchObject({ failure: "interrupted" });
  });
});

describe("mappingOf", () => {
  const lanes = (specification: Record<string, unknown>, subgroup: number, isGpu = false) =>
    Object.values(mappingOf(parseEnsemble(specification), {}, { subgroup, isGpu }).lanes);
  it.each([
    ["a small run on one lane", { tokens: 8 }, 32, [1, 1]],
    ["as few of a subgroup as hold it unrolled", { tokens: 16, dim: 8, loss: "square" }, 32, [4, 4]],
    ["more unrolled where there are no subgroups", { tokens: 12, dim: 8, loss: "square" }, 1, [1, 1]],
    ["a whole subgroup", { tokens: 1024 }, 32, [32, 32]],
    ["a workgroup of subgroups", { tokens: 4096, dim: 4, loss: "cross-entropy" }, 32, [256, 32]],
    ["a workgroup without any", { tokens: 4096 }, 1, [256, 1]],
    ["a workgroup as wide as its memory allows", { tokens: 64, dim: 60, loss: "cross-entropy" }, 1, [32, 1]],
  ])("takes %s", (_, specification, subgroup, expected) => {
    expect(lanes(specification, subgroup)).toEqual(expected);
  });
  it.each([
    ["one lane with few values", { tokens: 4, loss: "square", dim: 8, integrator: "euler" }, [1, 1]],
    ["two where one would spill", { tokens: 8, dim: 8, loss: "square", integrator: "euler" }, [2, 2]],
    ["more where the stages of an adaptive step are to be kept", { tokens: 16, dim: 8, loss: "square" }, [4, 4]],
    ["no more where they would hold nearly as much", { tokens: 16, dim: 16, loss: "square" }, [8, 8]],
    ["more for many tokens", { tokens: 128 }, [16, 16]],
    [
      "values in memory where a subgroup's registers would be full",
      { tokens: 96, loss: "square", dim: 96, integrator: "euler" },
      [128, 32, true],
    ],
    ["values in memory where a workgroup's registers would be full", { tokens: 64, dim: 64, loss: "cross-entropy" }, [64, 32, true]],
  ])("takes on a GPU %s", (_, specification, expected) => {
    expect(lanes(specification, 32, true)).toEqual(expected);
  });
  it("depends only on shape, method and subgroups", () => {
    expect(lanes({ tokens: 16, dim: 8, loss: "square", runs: 1, seed: 9 }, 8)).toEqual(
      lanes({ tokens: 16, dim: 8, loss: "square", runs: 1e6 }, 8),
    );
  });
});

describe("layOut", () => {
  const limits = { maxStorageBufferBindingSize: 2 ** 27, maxBufferSize: 2 ** 28, ...noTraits };
  it("keeps every buffer within a binding", () => {
    const layout = layOut(parseEnsemble({ tokens: 20, dim: 20, loss: "square", integrator: "euler", runs: 1_000_000 }), limits);
    expect(layout.batch * layout.state.words * 4).toBeLessThanOrEqual(2 ** 27);
    expect((layout.batch + 1) * layout.state.words * 4).toBeGreaterThan(2 ** 27);
  });
  it("refuses a tolerance that float32 can't keep", () => {
    expect(() => layOut(parseEnsemble({ tokens: 4, integrator: { kind: "tsit5", rtol: 1e-7 } }), limits)).toThrow(
      /^integrator.rtol: expected at least 1e-6 on the WebGPU engine.*got 1e-7; --engine cpu takes it as it is$/,
    );
  });
  it("refuses what can't fit, and says what would fit fit", () => {
    // 2 n words for each coordinate, of the values and of those kept for the test of convergence, and some more.
    expect(() => layOut(parseEnsemble({ tokens: 4096, dim: 4096, loss: "cross-entropy" }), limits)).toThrow(
      /^dim: expected at most 40\d\d with 4096 tokens on this device, got 4096; --engine cpu takes it as it is$/,
    );
    expect(() => layOut(parseEnsemble({ tokens: 4096, dim: 4000, loss: "cross-entropy" }), limits)).not.toThrow();
    const small = { ...limits, maxStorageBufferBindingSize: 2 ** 20 };
    expect(() => layOut(parseEnsemble({ tokens: 300, dim: 500, loss: "square" }), small)).toThrow(
      /^dim: expected at most \d+ coordinates with 300 tokens on this device, got 500, which comes down to 301;/,
    );
    expect(() => layOut(parseEnsemble({ tokens: 4096, dim: 4096 }), limits)).not.toThrow();
    const plain = parseEnsemble({ tokens: 8, runs: 1_000_000 });
    const ensemble = { ...plain, record: { ...plain.record, trajectories: 1_000_000 } };
    const fit = Number(
      /expected at most (\d+)/.exec(
        (() => {
          try {
            layOut(ensemble, limits);
            return "";
          } catch (error) {
            return (error as Error).message;
          }
        })(),
      )?.[1],
    );
    // At each recorded time the number of steps, four numbers a token and three more, and the state in one coordinate.
    const entryBytes = 4 * (36 + 8 + 8) * recordedTimes(ensemble).length;
    expect(fit * entryBytes).toBeLessThanOrEqual(2 ** 27);
    expect((fit + 1) * entryBytes).toBeGreaterThan(2 ** 27);
    expect(() => layOut({ ...ensemble, record: { ...ensemble.record, trajectories: fit } }, limits)).not.toThrow();
    expect(() => layOut({ ...ensemble, record: { ...ensemble.record, trajectories: fit + 1 } }, limits)).toThrow(`expected at most ${fit}`);
  });
});
