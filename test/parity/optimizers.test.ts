import { describe, expect, it } from "vitest";
import { runWhole } from "../../src/ensemble/whole.ts";
import { columnNames } from "../../src/model/columns.ts";
import { type OptimizerKind, optimizerKinds } from "../../src/model/optimizers.ts";
import type { RunOptions } from "../../src/model/result.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { webgpu } from "../support/engine.ts";
import { expectParity } from "../support/parity.ts";

const base = {
  tokens: 4,
  dim: 3,
  logits: { kind: "gaussian", scale: 1 },
  values: { kind: "gaussian", scale: 0.5 },
  until: { steps: 200 },
  runs: 8,
  record: { times: { count: 12 } },
};
const tied = { model: "tied", dim: 4, values: { kind: "gaussian", scale: 0.7 } };
const offset = { logits: { kind: "offset", mean: 1, scale: 0.3 } };
// At rest some of them go to and fro, with a phase that rounding decides: with decay runs are on the way.
const decay = { decay: { values: 0.1, logits: 0.05 }, until: { steps: 100 } };
const lanes = (count: number, subgroupLanes: number): RunOptions => ({ lanes: { count, subgroupLanes } });
/** Such that 200 steps move a run by some units. */
const rates: Partial<Record<OptimizerKind, number>> = { sign: 0.003, lion: 0.003, rmsprop: 0.0005, adam: 0.01, normalized: 0.02 };

/** What an optimizer is followed with: its parameters, the rest of the specification, and how. */
type Case = [parameters: object, more: object, options?: RunOptions];
/**
 * A driver compiles each program in seconds, so kinds are crossed: every normalizer, loss, schedule and layout stands beside some optimizer, and every
 * optimizer whose step hangs on decay by itself (`normalized`, `lion`, `adam`) is followed without it and with it. With values in memory: noise.test.ts.
 */
const crossed: Partial<Record<OptimizerKind, Case[]>> = {
  "gradient-descent": [[{}, { ...decay, normalizer: "softmax1", loss: "exponential" }]],
  momentum: [[{ learningRate: { kind: "cosine", from: 0.05, to: 0.001, warmUp: 13, steps: 300 } }, { polarizedAt: 0.4 }]],
  nesterov: [
    [
      { learningRate: { kind: "linear", from: 0.05, to: 0.01, warmUp: 13, steps: 150 } },
      { ...decay, ...offset, train: "logits", normalizer: "l2" },
    ],
  ],
  sign: [[{}, tied]],
  lion: [
    [{}, { ...offset, normalizer: "relu" }],
    // Steps of one length are rounded to one side in each: a number that is rounded twice a step, for decay too, is off by more than a bound.
    [{ learningRate: 0.001 }, { ...offset, ...decay, normalizer: "linear", until: { steps: 600 } }],
  ],
  normalized: [
    [{ learningRate: { kind: "constant", from: 0.02, warmUp: 40 } }, { polarizedAt: 0.4 }],
    [{}, { ...decay, tokens: 5, loss: "square", until: { steps: 60 } }, lanes(4, 1)],
  ],
  rmsprop: [[{}, { ...offset, loss: "cross-entropy", train: "values", normalizer: "sigmoid" }]],
  adam: [
    [{}, { loss: "regression" }],
    [{}, { ...decay, tokens: 5, loss: "square", until: { steps: 60 } }, lanes(2, 2)],
    [{ decoupled: false }, { ...offset, normalizer: "sparsemax", decay: { values: 0.3, logits: 0.1 } }],
    [{ learningRate: 0.003, beta1: 0.5, beta2: 0.9, epsilon: 1e-3 }, tied],
  ],
};
const cases = optimizerKinds.flatMap((kind) =>
  (
    crossed[kind] ??
    ([
      [{}, {}],
      [{}, decay],
    ] satisfies Case[])
  ).map(([parameters, more, options]) => {
    const optimizer = { kind, learningRate: rates[kind] ?? 0.05, ...parameters };
    return {
      says: `${kind}, ${JSON.stringify({ ...parameters, ...more, ...options })}`,
      specification: { ...base, optimizer, ...more },
      options,
    };
  }),
);

describe("every optimizer agrees with float64 on the device", () => {
  it.each(cases)("$says", async ({ specification, options }) => void (await expectParity(specification, options)));
});

describe("bits", () => {
  const rowsOf = async (specification: object, options: RunOptions = {}) => {
    const { rows } = await runWhole(await webgpu(), parseEnsemble({ ...base, runs: 40, ...specification }), options);
    return columnNames.map((name) => [...rows[name]]);
  };
  it("without momentum its methods are gradient descent", async () => {
    const plain = await rowsOf({ optimizer: { kind: "gradient-descent", learningRate: 0.05 } });
    for (const kind of ["momentum", "nesterov"])
      expect(await rowsOf({ optimizer: { kind, learningRate: 0.05, momentum: 0 } })).toEqual(plain);
  });
  it("results do not depend on how steps are cut into dispatches", async () => {
    const learningRate = { kind: "cosine", from: 0.02, to: 0.001, warmUp: 20, steps: 200 };
    const [one, other] = [{}, { trials: 7 }].map((options) => rowsOf({ optimizer: { kind: "adam", learningRate } }, options));
    expect(await one).toEqual(await other);
  });
});
