import { describe, expect, it } from "vitest";
import { runWhole } from "../../src/ensemble/whole.ts";
import { type Column, columns, columnsOf } from "../../src/model/columns.ts";
import { disturbances, disturbed } from "../../src/model/fragility.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { examine } from "../../src/verification/examine.ts";
import { judge } from "../../src/verification/judge.ts";
import { webgpu } from "../support/engine.ts";

const record = { fragility: true };
const fixed = { integrator: { kind: "euler", step: 1 }, until: { steps: 300 } };

describe("the ends of runs, disturbed, agree with float64 on the device", () => {
  it.each([
    ["softmax, logistic loss along β alone", { tokens: 5, dim: 6, ...fixed }],
    ["linear, square loss in the span of the start", { tokens: 3, dim: 6, normalizer: "linear", loss: "square", until: { time: 20 } }],
    [
      "sparsemax, cross-entropy",
      { tokens: 5, dim: 3, normalizer: "sparsemax", loss: "cross-entropy", integrator: { kind: "euler", step: 0.1 }, until: { steps: 50 } },
    ],
    [
      "sigmoid, regression, tied",
      {
        tokens: 4,
        model: "tied",
        normalizer: "sigmoid",
        loss: "regression",
        integrator: { kind: "euler", step: 1e-3 },
        until: { steps: 200 },
      },
    ],
  ])("%s", async (_, more) => {
    const ensemble = parseEnsemble({ runs: 8, record, ...more });
    const { samples, rows } = await runWhole(await webgpu(), ensemble, { samples: 8 });
    const verification = judge(samples.map((sample) => examine(ensemble, sample)));
    expect(verification, JSON.stringify(verification?.worst)).toMatchObject({ exceeded: 0 });
    for (const name of columnsOf(ensemble).filter((column) => columns[column].asked)) {
      const worst = verification?.worst[name];
      // A flag is compared where it is decided; a number within a bound in which no fault of a tenth can hide.
      expect(worst?.bound, name).toBeLessThanOrEqual(columns[name].type === "real" ? 0.1 * (worst?.reference as number) : 0);
    }
    expect(Object.keys(rows)).toEqual(columnsOf(ensemble));
  });
});

const each = disturbances.flatMap((disturbance) =>
  disturbed.map((whom) => `${disturbance}${whom === "sink" ? "Sink" : "Other"}` as Column),
);
it("are asked for: seven columns more, and flips where there is an answer, and dominance where runs have targets of their own", () => {
  const asked = (more: object) => columnsOf(parseEnsemble({ tokens: 3, record, ...more })).filter((name) => columns[name].asked);
  const flips = each.map((name) => `${name}Flips`);
  expect(asked({}).sort()).toEqual(["otherToken", ...each, ...flips, "dominates"].sort());
  expect(asked({ loss: "cross-entropy" }).sort()).toEqual(["otherToken", ...each, ...flips].sort());
  expect(asked({ loss: "regression" }).sort()).toEqual(["otherToken", ...each].sort());
  expect(asked({ model: "tied" })).not.toContain("dominates");
  expect(asked({ target: { kind: "given", vector: [1, 0, 0] } })).not.toContain("dominates");
});
