import { it } from "vitest";
import type { RunOptions } from "../../src/model/result.ts";
import { someOnLavapipe } from "../support/driver.ts";
import { webgpu } from "../support/engine.ts";
import { expectParity } from "../support/parity.ts";

const base = {
  tokens: 5,
  dim: 3,
  logits: { kind: "gaussian", scale: 1 },
  values: { kind: "gaussian", scale: 0.5 },
  runs: 8,
};
const noisy = {
  optimizer: { kind: "momentum", learningRate: 0.05 },
  noise: { kind: "label", scale: 0.5 },
  until: { steps: 100 },
  record: { times: { count: 12 } },
};
const gradient = { kind: "gradient", scale: 0.5 };
const memory = { count: 16, subgroupLanes: 4, memory: true };

const cases: readonly [string, object, RunOptions][] = [
  [
    "noise of the gradient",
    {
      ...noisy,
      noise: gradient,
      loss: "square",
      optimizer: { kind: "normalized", learningRate: 0.02 },
      decay: { values: 0.1 },
      until: { steps: 30 },
    },
    { lanes: memory },
  ],
  [
    "noise on a distribution",
    { ...noisy, loss: "cross-entropy", optimizer: { kind: "adam", learningRate: 0.01 }, decay: { values: 0.1 }, until: { steps: 60 } },
    { lanes: memory },
  ],
  [
    "noise of samples",
    {
      ...noisy,
      loss: { kind: "regression", samples: 4 },
      noise: "batch",
      optimizer: { kind: "gradient-descent", learningRate: 0.001 },
      until: { steps: 60 },
    },
    { lanes: { count: 8, subgroupLanes: 4, memory: true } },
  ],
  [
    "decay, with adaptive steps",
    { dim: 4, loss: "square", integrator: "bosh3", decay: { values: 0.1, logits: 0.03 }, until: { time: 5 }, runs: 12 },
    { lanes: memory },
  ],
];
const { adapter } = await webgpu();
it.each(someOnLavapipe(adapter, 1, cases))(
  "values in memory agree with float64 on the device: %s",
  async (_, more, options) => void (await expectParity({ ...base, ...more }, options)),
);
