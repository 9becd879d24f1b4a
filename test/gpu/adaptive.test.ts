import { describe, expect, it } from "vitest";
import { cpuEngine } from "../../src/ensemble/cpu.ts";
import { inlinePool } from "../../src/ensemble/perform.ts";
import { type EnsembleResult, runWhole } from "../../src/ensemble/whole.ts";
import { columnNames, none } from "../../src/model/columns.ts";
import { recordedTimes } from "../../src/model/ensemble.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { statuses } from "../../src/model/status.ts";
import { tallied, talliedNames } from "../../src/model/tallies.ts";
import { shares } from "../../src/reference/observables.ts";
import { histogramQuantiles } from "../../src/statistics/overTime.ts";
import { endings } from "../support/endings.ts";
import { webgpu } from "../support/engine.ts";
import { quantiles } from "../support/quantiles.ts";

const bytes = ({ rows, tallies, trajectories }: EnsembleResult) => [
  ...columnNames.map((name) => Buffer.from(rows[name].buffer as ArrayBuffer).toString("base64")),
  Buffer.from(tallies?.words.slice().buffer as ArrayBuffer).toString("base64"),
  JSON.stringify(trajectories),
];

describe("adaptive runs on the device", () => {
  const specification = { tokens: 4, dim: 3, record: { trajectories: 5 } };

  it.each([
    ["logistic", "tsit5"],
    ["square", "bosh3"],
  ])("are the same bytes however their steps are cut into dispatches: %s, %s", async (loss, integrator) => {
    const engine = await webgpu();
    const ensemble = parseEnsemble({ ...specification, loss, integrator, runs: 300 });
    const whole = bytes(await runWhole(engine, ensemble, { trials: 100_000 }));
    for (const trials of [1, 7]) expect(bytes(await runWhole(engine, ensemble, { trials }))).toEqual(whole);
    expect(bytes(await runWhole(engine, ensemble))).toEqual(whole);
  });

  it.each(Object.entries(endings))("end as %s", async (status, { device }) => {
    const { rows } = await runWhole(await webgpu(), parseEnsemble({ ...device, runs: 3 }));
    expect([...rows.status]).toEqual(Array(3).fill(statuses[status as keyof typeof statuses]));
    if (status === "max-steps") expect([...rows.steps]).toEqual([5, 5, 5]);
    if (status === "completed") expect([...rows.time]).toEqual([1e6, 1e6, 1e6]);
  });

  it("find a step where the slope is so steep that its square overflows", async () => {
    // e^60 is 10²⁶. Steps of 10⁻²⁶ lead down from there.
    const values = { kind: "given", matrix: [[-60, 0]] };
    const target = { kind: "given", vector: [1] };
    const steep = { tokens: 2, dim: 1, loss: "exponential", normalizer: "sparsemax", logits: { kind: "given", vector: [1, 0] } };
    const ensemble = parseEnsemble({ ...steep, values, target, runs: 1 });
    const [device, cpu] = [await runWhole(await webgpu(), ensemble), await runWhole(cpuEngine(inlinePool), ensemble)];
    expect([device.rows.status[0], cpu.rows.status[0]]).toEqual([statuses.completed, statuses.completed]);
    expect(Math.abs((device.rows.steps[0] as number) - (cpu.rows.steps[0] as number))).toBeLessThan(10);
  });

  it("converge when the reference's do", async () => {
    // Under regression loss runs come to rest slowly, so a looser test for convergence ends them earlier.
    const ensemble = parseEnsemble({ tokens: 4, loss: "regression", runs: 32 });
    const [device, cpu] = [await runWhole(await webgpu(), ensemble), await runWhole(cpuEngine(inlinePool), ensemble)];
    const late = [...device.rows.time].map((time, run) => Math.abs(Math.log2(time / (cpu.rows.time[run] as number))));
    expect([...device.rows.status].filter((status) => status === statuses.converged).length).toBeGreaterThan(16);
    // Rounding decides about a doubling of time here and there.
    expect(late.filter((doublings) => doublings < 0.5).length).toBeGreaterThan(24);
  });

  it("take the same steps whatever is recorded", async () => {
    const at = (count: number) => ({ trajectories: 20, times: { from: 0.01, to: 1e6, count } });
    const [few, many] = [
      await runWhole(await webgpu(), parseEnsemble({ tokens: 4, runs: 20, record: at(2) })),
      await runWhole(await webgpu(), parseEnsemble({ tokens: 4, runs: 20, record: at(500) })),
    ];
    for (const name of columnNames) expect(many.rows[name]).toEqual(few.rows[name]);
    expect(many.trajectories[0]?.weights.length).toBe(500);
  });

  it("land exactly on the end", async () => {
    const end = 1000.0001;
    const { rows } = await runWhole(await webgpu(), parseEnsemble({ tokens: 2, runs: 2, until: { time: end } }));
    expect([...rows.status]).toEqual([statuses.completed, statuses.completed]);
    expect([...rows.time]).toEqual([Math.fround(end), Math.fround(end)]);
  });

  it("keep the distributions over time of all runs, to the resolution of their bins", async () => {
    const runs = 400;
    const ensemble = parseEnsemble({ tokens: 4, dim: 3, runs, record: { trajectories: runs, times: { from: 0.1, to: 1e6, count: 9 } } });
    const { tallies, trajectories } = await runWhole(await webgpu(), ensemble);
    const values = {
      entropy: (run: number, slot: number) => shares(Float64Array.from(trajectories[run]?.weights[slot] as number[])).entropy,
      sinkShare: (run: number, slot: number) => shares(Float64Array.from(trajectories[run]?.weights[slot] as number[])).sinkShare,
      loss: (run: number, slot: number) => trajectories[run]?.loss[slot] as number,
    };
    for (const name of talliedNames)
      for (let slot = 0; slot < 9; slot++) {
        const histogram = tallies?.histogram(name, slot);
        expect(histogram?.counts.reduce((sum, count) => sum + count, 0)).toBe(runs);
        const told = histogramQuantiles(name, histogram as NonNullable<typeof histogram>);
        const exact = quantiles(Array.from({ length: runs }, (_, run) => values[name](run, slot)));
        for (const key of ["mean", "min", "q05", "q25", "median", "q75", "q95", "max"] as const) {
          const width = ["min", "max"].includes(key) ? 0 : 2 ** -tallied[name].bits;
          // 1e-5: the trajectory's entry is computed from a rounded state, and by another program.
          expect(Math.abs((told?.[key] as number) / (exact?.[key] as number) - 1), `${name} ${slot} ${key}`).toBeLessThan(width + 1e-5);
        }
      }
  });

  it("keep the same distributions as the CPU engine, to the tolerance", async () => {
    for (const loss of ["logistic", "square"]) {
      const ensemble = parseEnsemble({ tokens: 3, runs: 200, loss });
      const [device, cpu] = [await runWhole(await webgpu(), ensemble), await runWhole(cpuEngine(inlinePool), ensemble)];
      for (const slot of recordedTimes(ensemble).keys())
        for (const name of ["entropy", "sinkShare"] as const) {
          const [a, b] = [device, cpu].map(({ tallies }) => histogramQuantiles(name, tallies?.histogram(name, slot) as never));
          for (const key of ["min", "median", "max"] as const)
            expect(Math.abs((a?.[key] as number) - (b?.[key] as number))).toBeLessThan(
              1e-3 + 2 ** -tallied[name].bits * (b?.[key] as number),
            );
        }
    }
  });

  it("leave runs without a sound state out of distributions, and count one that ended early with its last state", async () => {
    const engine = await webgpu();
    const wrong = await runWhole(engine, parseEnsemble({ ...(endings["diverged"]?.device as object), runs: 3 }));
    expect(wrong.tallies?.words.every((word) => word === 0)).toBe(true);
    const early = await runWhole(engine, parseEnsemble({ tokens: 4, loss: "square", runs: 50, record: { trajectories: 50 } }));
    expect([...early.rows.status]).toEqual(Array(50).fill(statuses.converged));
    for (const slot of [0, 40, 63]) expect(early.tallies?.histogram("loss", slot).counts.reduce((sum, count) => sum + count, 0)).toBe(50);
    for (const { run, weights } of early.trajectories) {
      expect(early.rows.time[run] as number).toBeLessThan(500);
      expect(weights[63]).toEqual(weights[62]);
    }
  });

  it("go on when others have ended: a few slow runs among many", async () => {
    // Regression's runs end after very different numbers of steps.
    const ensemble = parseEnsemble({ tokens: 3, loss: { kind: "regression", samples: 3, conditionNumber: 5 }, runs: 500 });
    const engine = await webgpu();
    const [all, few] = [await runWhole(engine, ensemble, { trials: 16 }), await runWhole(engine, { ...ensemble, runs: 40 })];
    const steps = [...all.rows.steps];
    expect(Math.max(...steps)).toBeGreaterThan(2 * Math.min(...steps));
    for (const name of columnNames) expect([...all.rows[name].slice(0, 40)]).toEqual([...few.rows[name]]);
    expect(all.rows.sink.includes(none)).toBe(false);
  });
});
