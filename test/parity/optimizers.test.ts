import { describe, expect, it } from "vitest";
import { runWhole } from "../../src/ensemble/whole.ts";
import { columnNames } from "../../src/model/columns.ts";
import { optimizerKinds } from "../../src/model/optimizers.ts";
import type { RunOptions } from "../../src/model/result.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { isSlow } from "../support/driver.ts";
import { webgpu } from "../support/engine.ts";
import { expectParity as parity } from "../support/parity.ts";

const base = {
  tokens: 5,
  dim: 3,
  logits: { kind: "gaussian", scale: 1 },
  values: { kind: "gaussian", scale: 0.5 },
  until: { steps: 200 },
  runs: 8,
  record: { times: { count: 12 } },
};
const adam = { kind: "adam", learningRate: 0.01 };
/** Such that 200 steps move a run by some units. */
const rates: Record<string, number> = { sign: 0.003, lion: 0.003, rmsprop: 0.0005, adam: 0.01, normalized: 0.02 };
const optimizer = (kind: string) => ({ kind, learningRate: rates[kind] ?? 0.05 });

/** Compares all that the device says of every run with the float64 reference. */
const expectParity = async (specification: object, options: RunOptions = {}) => void (await parity({ ...base, ...specification }, options));

describe("every optimizer agrees with float64 on the device", () => {
  it.each(optimizerKinds)("%s", (kind) => expectParity({ optimizer: optimizer(kind) }));
  it.each(optimizerKinds)("%s with decay, in all components", (kind) =>
    // At rest some of them go to and fro, with a phase that rounding decides: these runs are on the way.
    expectParity({ optimizer: optimizer(kind), decay: { values: 0.1, logits: 0.05 }, until: { steps: 100 } }),
  );
});

describe("adam agrees with float64 on the device", () => {
  // A driver compiles each program in seconds: on the slow one some of them are taken.
  const some = <T>(all: T[]) => (isSlow ? all.slice(0, 2) : all);
  it.each(some(["sigmoid", "sparsemax", "linear", "l2", "relu", "softmax1"]))("under %s", (normalizer) =>
    expectParity({ optimizer: adam, normalizer, logits: { kind: "offset", mean: 1, scale: 0.3 } }),
  );
  it.each(some(["cross-entropy", "regression", "exponential"]))("with %s loss", (loss) => expectParity({ optimizer: adam, loss }));
  it.each(["values", "logits"])("where only %s are trained", (train) => expectParity({ optimizer: adam, train }));
  it("with other parameters", () => expectParity({ optimizer: { ...adam, beta1: 0.5, beta2: 0.9, epsilon: 1e-3 } }));
  it("with decay in its gradient", () => expectParity({ optimizer: { ...adam, decoupled: false }, decay: { values: 0.3, logits: 0.1 } }));
});

describe("schedules agree with float64 on the device, in every time too", () => {
  it.each([
    { kind: "constant", from: 0.05, warmUp: 40 },
    { kind: "linear", from: 0.05, to: 0.01, warmUp: 13, steps: 150 },
    { kind: "cosine", from: 0.05, to: 0.001, warmUp: 13, steps: 300 },
  ])("$kind", (learningRate) => expectParity({ optimizer: { kind: "momentum", learningRate }, polarizedAt: 0.4 }));
});

describe("the tied model agrees with float64 on the device", () => {
  it.each(["adam", "sign", "normalized"])("%s", (kind) =>
    expectParity({ model: "tied", dim: 5, optimizer: { kind, learningRate: 0.003 }, values: { kind: "gaussian", scale: 0.7 } }),
  );
});

describe("layouts agree with float64 on the device", () => {
  const layouts: [string, object][] = [
    ["adam", { count: 2, subgroupLanes: 2 }],
    ["normalized", { count: 2, subgroupLanes: 2 }],
    ["normalized", { count: 4, subgroupLanes: 1 }],
  ];
  // With values in memory: noise.test.ts
  it.each(layouts.slice(0, isSlow ? 2 : 3))("%s on %j", (kind, lanes) =>
    expectParity({ optimizer: optimizer(kind), loss: "square", decay: { values: 0.1 }, until: { steps: 60 } }, { lanes } as RunOptions),
  );
  it("in all components where a reduction would hold", () => expectParity({ optimizer: optimizer("normalized") }, { reduce: false }));
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
    const [one, other] = [{}, { trials: 7 }].map((options) => rowsOf({ optimizer: { ...adam, learningRate } }, options));
    expect(await one).toEqual(await other);
  });
});
