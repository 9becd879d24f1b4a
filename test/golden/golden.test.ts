import { describe, expect, it } from "vitest";
import { fine } from "../../scripts/shared/cases.ts";
import { cpuEngine } from "../../src/ensemble/cpu.ts";
import { inlinePool } from "../../src/ensemble/perform.ts";
import { runWhole } from "../../src/ensemble/whole.ts";
import type { Ensemble } from "../../src/model/ensemble.ts";
import type { Trajectory } from "../../src/model/trajectory.ts";
import { simulate } from "../../src/reference/simulate.ts";
import { drawStart } from "../../src/reference/start.ts";
import { webgpu } from "../support/engine.ts";
import { distance, type Golden, goldens, replay } from "./golden.ts";

const worst = (trajectory: Trajectory | undefined, checkpoints: Golden["checkpoints"]) =>
  Math.max(...checkpoints.map(({ weights }, i) => distance(trajectory?.weights[i] ?? [], weights)));

it("covers every loss and normalizer of the notebook that is built", () => {
  expect(goldens.map(({ model, loss, normalizer }) => `${model ? `${model} ` : ""}${loss} ${normalizer}`).sort()).toEqual(
    [
      "cross-entropy softmax",
      ...["l2", "sigmoid", "softmax", "softmax"].map((normalizer) => `logistic ${normalizer}`),
      "regression softmax",
      "regression softmax",
      ...["l1", "l2", "relu", "sigmoid", "softmax", "sum"].map((normalizer) => `square ${normalizer}`),
      "tied logistic softmax",
    ].sort(),
  );
});

describe.each(goldens)("$name", (golden) => {
  it("replays on the CPU engine within 1e-9 at every checkpoint", async () => {
    // Float64 rounding over 1e5 steps, 1e-16·√steps·(sensitivity of the flow), stays far below 1e-9.
    const { ensemble, checkpoints } = replay(golden);
    const { trajectories } = await runWhole(cpuEngine(inlinePool), ensemble);
    expect(trajectories[0]?.steps).toEqual(checkpoints.map(({ step }) => step));
    expect(worst(trajectories[0], checkpoints)).toBeLessThan(1e-9);
    for (const [i, { logits, sink, sinkColumnNorm, loss }] of checkpoints.entries()) {
      if (logits) expect(distance(trajectories[0]?.logits[i] ?? [], logits)).toBeLessThan(1e-9);
      if (sinkColumnNorm !== undefined) expect(trajectories[0]?.valueNorms[i]?.[sink as number]).toBeCloseTo(sinkColumnNorm, 9);
      if (loss !== undefined) expect(trajectories[0]?.loss[i]).toBeCloseTo(loss, 9);
    }
  });

  it("has Euler approach adaptive steps at first order as the step is halved", () => {
    const { ensemble } = replay(golden);
    const until = { time: 64 * golden.learningRate };
    const end = (of: Ensemble) => simulate(of, drawStart(of, 0)).vectors.weights;
    const exact = end(fine({ ...ensemble, until }));
    const error = (parts: number) =>
      distance(end({ ...ensemble, until, integrator: { kind: "euler", step: golden.learningRate / parts } }), exact);
    // The next term of the error is O(step) relative to the first.
    expect(Math.abs(Math.log2(error(4) / error(8)) - 1)).toBeLessThan(0.1);
  });

  it("replays on the device within 5e-5 up to 30,000 steps", async () => {
    // NumPy in float32 stays within 5.4e-6 of these files; a device's exp and division are some 10 times coarser.
    const { ensemble, checkpoints } = replay(golden, 30_000);
    const { trajectories } = await runWhole(await webgpu(), ensemble);
    expect(trajectories[0]?.steps).toEqual(checkpoints.map(({ step }) => step));
    expect(worst(trajectories[0], checkpoints)).toBeLessThan(5e-5);
  });
});

// Of the tied model the files hold the attention vector itself; of the others the logits, which are compared above.
it.each(goldens.filter(({ model }) => model === "tied"))("$name ends with the attention vector of the notebook", (golden) => {
  const vectors = golden.checkpoints.filter(({ a }) => a);
  expect(vectors.length).toBeGreaterThan(10);
  for (const { step, a } of [vectors[10], vectors.at(-1)] as typeof vectors) {
    const { ensemble } = replay(golden, step);
    const state = drawStart(ensemble, 0);
    simulate(ensemble, state);
    expect(distance(state.logits, a as number[])).toBeLessThan(1e-9);
  }
});
