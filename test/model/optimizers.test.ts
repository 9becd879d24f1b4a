import { describe, expect, it } from "vitest";
import { canConverge, endOf, recordedTimes, stepsOf } from "../../src/model/ensemble.ts";
import { familyOf } from "../../src/model/families.ts";
import { parseSpecification } from "../../src/model/grid.ts";
import { momentOf } from "../../src/model/moment.ts";
import { optimizerKinds } from "../../src/model/optimizers.ts";
import { reductionOf } from "../../src/model/reductions.ts";
import { rateAt, type Schedule, timeAt } from "../../src/model/schedules.ts";
import { parseEnsemble } from "../../src/model/specification.ts";

const adam = { kind: "adam", learningRate: 1e-3 };

describe("a specification with an optimizer", () => {
  it("has its defaults, and no integrator", () => {
    const ensemble = parseEnsemble({ tokens: 4, optimizer: adam });
    expect(ensemble.optimizer).toEqual({ kind: "adam", learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decoupled: true });
    expect("integrator" in ensemble).toBe(false);
    expect(ensemble.until).toEqual({ steps: 10_000 });
    expect([endOf(ensemble), stepsOf(ensemble)]).toEqual([10, 10_000]);
    expect(ensemble.record).toMatchObject({ times: { from: 1e-3, to: 10, count: 64 } });
  });
  it("reads back as itself, its grid too", () => {
    for (const grid of [
      {},
      { grid: { optimizer: [adam, { kind: "sign", learningRate: 0.1 }], "decay.values": [0, 0.1] } },
      { grid: { "optimizer.learningRate": [1e-3, 1e-2] } },
      { grid: { "noise.kind": ["label", "gradient"], "noise.scale": [0, 0.1] } },
      { grid: { noise: ["label", { kind: "gradient", scale: 1 }] } },
      { loss: "regression", grid: { "noise.kind": ["batch"], "noise.size": [1, 4] } },
    ]) {
      const once = parseSpecification({
        tokens: 4,
        optimizer: "grid" in grid && "optimizer" in (grid.grid as object) ? undefined : adam,
        ...grid,
      });
      expect(parseSpecification(once.canonical)).toEqual(once);
    }
  });
  it("is of one family with others that differ in numbers alone", () => {
    const family = (optimizer: object, more = {}) => familyOf(parseEnsemble({ tokens: 4, optimizer, ...more }));
    expect(family({ ...adam, beta1: 0.5, epsilon: 1e-3, learningRate: 0.1 })).toBe(family(adam));
    expect(family(adam, { decay: { values: 0.1 } })).not.toBe(family(adam));
    expect(family(adam, { decay: { values: 0.1 } })).not.toBe(family(adam, { decay: { logits: 0.1 } }));
    expect(new Set(optimizerKinds.map((kind) => family({ kind, learningRate: 0.1 }))).size).toBe(optimizerKinds.length);
    const noisy = [
      ["label", 0.1],
      ["label", 0.2],
      ["gradient", 0.1],
      ["label", 0],
    ].map(([kind, scale]) => family(adam, { noise: { kind, scale } }));
    expect(noisy.map((text) => noisy.indexOf(text))).toEqual([0, 0, 2, 3]);
    expect(noisy[3]).toBe(family(adam));
    const cosine = { kind: "cosine", from: 0.1, to: 0, steps: 100 };
    expect(family({ ...adam, learningRate: cosine })).not.toBe(family(adam));
  });
  it("keeps reductions where the optimizer is the same in all coordinates, and without noise and decay of values", () => {
    const kindOf = (more: object) => reductionOf(parseEnsemble({ tokens: 4, ...more })).kind;
    const of = (kind: string) => kindOf({ optimizer: { kind, learningRate: 0.1 } });
    expect(optimizerKinds.filter((kind) => of(kind) === "margin")).toEqual(["gradient-descent", "momentum", "nesterov", "normalized"]);
    expect(kindOf({ decay: { values: 0.1 } })).toBe("none");
    expect(kindOf({ decay: { logits: 0.1 } })).toBe("margin");
    expect(kindOf({ integrator: "euler", noise: "label" })).toBe("none");
    expect(kindOf({})).toBe("margin");
  });
  it("refuses batches of a loss without samples", () => {
    expect(() => parseEnsemble({ tokens: 4, optimizer: adam, noise: "batch" })).toThrow(
      "noise: expected label or gradient with logistic loss, which has no samples (batch goes with regression), got batch",
    );
  });
  it("can converge with decay under a margin loss", () => {
    const converges = (more: object) => canConverge(parseEnsemble({ tokens: 4, ...more }));
    expect([{}, { decay: { logits: 1 } }, { decay: { values: 1 } }, { loss: "square" }].map(converges)).toEqual([false, false, true, true]);
  });
});

describe("schedules", () => {
  const all: (number | Schedule)[] = [
    0.3,
    { kind: "constant", from: 0.3, warmUp: 7 },
    { kind: "linear", from: 0.3, to: 0.1, warmUp: 0, steps: 40 },
    { kind: "linear", from: 0.1, to: 0.3, warmUp: 5, steps: 40 },
    { kind: "cosine", from: 0.3, to: 0, warmUp: 0, steps: 40 },
    { kind: "cosine", from: 0.3, to: 0.05, warmUp: 9, steps: 40 },
  ];
  it.each(all)("flow time is the sum of the rates: %j", (schedule) => {
    let sum = 0;
    for (let k = 0; k < 60; k++) {
      expect(Math.abs(timeAt(schedule, k) - sum)).toBeLessThanOrEqual(1e-14 * (1 + sum));
      sum += rateAt(schedule, k);
    }
  });
  it("rise over the warm-up, fall to their end, and stay there", () => {
    const rates = (schedule: Schedule, ...at: number[]) => at.map((k) => Number(rateAt(schedule, k).toFixed(12)));
    expect(rates({ kind: "linear", from: 1, to: 0, warmUp: 4, steps: 14 }, 0, 3, 4, 9, 13, 14, 90)).toEqual([0.25, 1, 1, 0.5, 0.1, 0, 0]);
    expect(rates({ kind: "cosine", from: 1, to: 0.5, warmUp: 0, steps: 6 }, 0, 2, 3, 6, 7)).toEqual([1, 0.875, 0.75, 0.5, 0.5]);
  });
  it("give each time its step and the part of it", () => {
    const learningRate = { kind: "linear", from: 1, to: 0, steps: 10 } as const;
    const ensemble = parseEnsemble({
      tokens: 2,
      optimizer: { kind: "sign", learningRate },
      until: { steps: 12 },
      record: { steps: [0, 1, 2, 10] },
    });
    expect(recordedTimes(ensemble).map((time) => momentOf(ensemble, time))).toEqual([0, 1, 2, 10].map((ticks) => ({ ticks, rest: 0 })));
    expect(momentOf(ensemble, 1.45)).toEqual({ ticks: 1, rest: Math.fround(0.45) });
    // From step 10 on the rate is 0, and the end is reached at the end of step 10.
    expect(momentOf(ensemble, endOf(ensemble))).toEqual({ ticks: 10, rest: 0 });
  });
});
