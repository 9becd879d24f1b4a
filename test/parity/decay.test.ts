import { describe, expect, it } from "vitest";
import type { RunOptions } from "../../src/model/result.ts";
import { statuses } from "../../src/model/status.ts";
import { expectParity } from "../support/parity.ts";

const base = {
  tokens: 5,
  dim: 4,
  logits: { kind: "gaussian", scale: 1 },
  values: { kind: "gaussian", scale: 0.5 },
  decay: { values: 0.1, logits: 0.03 },
  until: { time: 30 },
  runs: 12,
};

const follow = (specification: object, options: RunOptions = {}) => expectParity({ ...base, ...specification }, options);

describe("the flow with weight decay agrees with float64 on the device", () => {
  it.each([
    ["adaptive steps", {}],
    ["the other adaptive method", { integrator: "bosh3", loss: "square" }],
    ["fixed steps", { integrator: { kind: "heun", step: 0.25 } }],
    ["Euler's steps", { integrator: { kind: "euler", step: 0.25 } }],
    ["the tied model", { model: "tied", dim: 5, loss: "cross-entropy" }],
    ["values alone", { train: "values" }],
    ["logits alone", { train: "logits" }],
  ])("with %s", async (_, more) => void (await follow(more)));
  // With values in memory: inMemory.test.ts
  it("on two lanes", async () =>
    void (await follow({ loss: "square", integrator: "bosh3", until: { time: 5 } }, { lanes: { count: 2, subgroupLanes: 2 } })));
  it("comes to rest under a margin loss", async () => {
    const rows = await follow({ until: { time: 1e4 } });
    expect([...rows.status].every((status) => status === statuses.converged)).toBe(true);
  });
});
