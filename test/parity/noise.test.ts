import { describe, expect, it } from "vitest";
import { runWhole } from "../../src/ensemble/whole.ts";
import { columnNames } from "../../src/model/columns.ts";
import type { RunOptions } from "../../src/model/result.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { webgpu } from "../support/engine.ts";
import { expectParity } from "../support/parity.ts";

const base = {
  tokens: 5,
  dim: 3,
  logits: { kind: "gaussian", scale: 1 },
  values: { kind: "gaussian", scale: 0.5 },
  optimizer: { kind: "momentum", learningRate: 0.05 },
  noise: { kind: "label", scale: 0.5 },
  until: { steps: 100 },
  runs: 8,
  record: { times: { count: 12 } },
};
const heun = { optimizer: undefined, integrator: { kind: "heun", step: 0.1 } };
const gradient = { kind: "gradient", scale: 0.5 };

// With values in memory: inMemory.test.ts
describe("noise agrees with float64 on the device", () => {
  it.each<[string, object, RunOptions?]>([
    ["on a distribution", { loss: "cross-entropy" }],
    ["on a response, the same in all stages of a step", { loss: "regression", ...heun, integrator: { kind: "heun", step: 0.01 } }],
    [
      "of samples, over steps of two stages",
      { loss: "regression", noise: { kind: "batch", size: 3 }, ...heun, integrator: { kind: "heun", step: 0.01 } },
    ],
    ["of the gradient of the tied model", { noise: gradient, model: "tied", dim: 5, optimizer: { kind: "adam", learningRate: 0.01 } }],
    ["of the gradient, over steps of two stages, with decay", { noise: gradient, ...heun, decay: { values: 0.1, logits: 0.05 } }],
    ["of the gradient, on two lanes", { noise: gradient, loss: "square" }, { lanes: { count: 2, subgroupLanes: 2 } }],
  ])("%s", async (_, more, options) => void (await expectParity({ ...base, ...more }, options)));
});

describe("bits", () => {
  const rowsOf = async (specification: object, options: RunOptions = {}) => {
    const { rows } = await runWhole(await webgpu(), parseEnsemble({ ...base, ...specification }), options);
    return columnNames.map((name) => [...rows[name]]);
  };
  it("a run's noise hangs on its number, not on the batch, on how steps are cut into dispatches, or on runs beside it", async () => {
    const all = await rowsOf({ noise: gradient, runs: 40 });
    expect(await rowsOf({ noise: gradient, runs: 40 }, { trials: 7 })).toEqual(all);
    expect(await rowsOf({ noise: gradient, runs: 9 })).toEqual(all.map((column) => column.slice(0, 9)));
  });
});
