import { expect, it } from "vitest";
import { asOnGpu } from "../../scripts/shared/asOnGpu.ts";
import { runWhole } from "../../src/ensemble/whole.ts";
import { composeReadable } from "../../src/gpu/compose.ts";
import { mappingOf } from "../../src/gpu/mapping.ts";
import { parseEnsemble } from "../../src/model/specification.ts";

const fast = { values: { kind: "gaussian", scale: 1 }, logits: { kind: "gaussian", scale: 1 }, runs: 512 };

it("steps that are not looked at change nothing, to the bit: runs of the same starts where each step is looked at, since a time to tip is asked for", async () => {
  const engine = await asOnGpu();
  for (const specification of [
    // Two lanes, the last index of one without a token; large steps, some of which never settle, and a threshold that many reach and leave.
    { tokens: 7, dim: 8, loss: "square", integrator: { kind: "euler", step: 2 }, until: { steps: 1500 }, polarizedAt: 0.4 },
    { tokens: 4, normalizer: { kind: "softmax", temperature: 0.5 }, integrator: { kind: "rk4", step: 0.5 }, until: { steps: 300 } },
  ]) {
    const unseen = parseEnsemble({ ...fast, ...specification });
    const seen = parseEnsemble({ ...fast, ...specification, record: { tippingTime: true } });
    const files = [unseen, seen].map((ensemble) => composeReadable(ensemble, "flow", mappingOf(ensemble)).match(/steps\/(un)?sure/)?.[0]);
    expect(files).toEqual(["steps/sure", "steps/unsure"]);
    const [rows, all] = [(await runWhole(engine, unseen)).rows, (await runWhole(engine, seen)).rows];
    // Leaders change, thresholds are reached: else there is nothing to overlook.
    for (const times of [rows.lockInTime, rows.polarizationTime])
      expect([...(times as Float32Array)].filter((time) => time > 0).length).toBeGreaterThan(50);
    for (const name of Object.keys(rows) as (keyof typeof rows)[]) expect(rows[name], name).toEqual(all[name]);
  }
});
