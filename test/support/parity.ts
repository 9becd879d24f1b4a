import { expect } from "vitest";
import { runWhole } from "../../src/ensemble/whole.ts";
import type { RunOptions } from "../../src/model/result.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { examine } from "../../src/verification/examine.ts";
import { judge } from "../../src/verification/judge.ts";
import { webgpu } from "./engine.ts";

/** Runs an ensemble on the device, and compares all that it says of every run, also inside steps, with the float64 reference. */
export async function expectParity(specification: object, options: RunOptions = {}) {
  const ensemble = parseEnsemble({ ...specification });
  const recording = { ...ensemble, record: { ...ensemble.record, trajectories: ensemble.runs } };
  const { samples, rows } = await runWhole(await webgpu(), recording, { ...options, samples: ensemble.runs });
  const verification = judge(samples.map((sample) => examine(recording, sample)));
  expect(verification, JSON.stringify(verification?.worst)).toMatchObject({ exceeded: 0, sinkAgreement: 1 });
  const { runs = 0, undecided = ensemble.runs } = verification ?? {};
  expect(runs, `rounding decides the course of ${undecided} of ${ensemble.runs} runs: take shorter steps, or fewer`).toBeGreaterThanOrEqual(
    0.5 * ensemble.runs,
  );
  return rows;
}
