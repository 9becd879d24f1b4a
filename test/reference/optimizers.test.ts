import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Ensemble } from "../../src/model/ensemble.ts";
import { optimizerKinds } from "../../src/model/optimizers.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { statuses } from "../../src/model/status.ts";
import { referenceOptimizers } from "../../src/reference/optimizers/index.ts";
import { simulate } from "../../src/reference/simulate.ts";
import { drawStart } from "../../src/reference/start.ts";
import { copyOf, type Flowing, type State } from "../../src/reference/state.ts";
import { pullsOf } from "../support/marginOrbit.ts";

/** Follows a run; the state is that at its end. */
function follow(ensemble: Ensemble, run = 0, start: State = drawStart(ensemble, run)) {
  const state = { ...start, ...copyOf(start) };
  return { start, state, outcome: simulate(ensemble, state) };
}
const of = (specification: object) => parseEnsemble({ tokens: 5, dim: 3, ...specification });
const sum = (x: ArrayLike<number>) => Array.from(x).reduce((total, y) => total + y, 0);
const distance = (x: Flowing, y: Flowing) =>
  Math.max(
    ...[...x.logits].map((a, i) => Math.abs(a - (y.logits[i] as number))),
    ...[...x.values].map((v, i) => Math.abs(v - (y.values[i] as number))),
  );

describe("PyTorch's own optimizers, step by step", () => {
  const golden = JSON.parse(readFileSync(`${import.meta.dirname}/../golden/torch/optimizers.json`, "utf8"));
  it.each(golden.runs as { optimizer: object; decay: number; states: { step: number; logits: number[]; values: number[][] }[] }[])(
    "$optimizer with decay $decay",
    ({ optimizer, decay, states }) => {
      for (const { step, logits, values } of states) {
        const ensemble = parseEnsemble({
          tokens: 4,
          dim: 3,
          optimizer,
          decay: { values: decay, logits: decay },
          until: { steps: step },
          target: { kind: "given", vector: golden.target },
          values: { kind: "given", matrix: golden.values },
          logits: { kind: "given", vector: golden.logits },
        });
        const { state } = follow(ensemble);
        // Each step rounds some ten numbers of size 1, by 1e-16 each; a flow that polarizes amplifies that little over 200 steps.
        const off = distance(state, { logits: Float64Array.from(logits), values: Float64Array.from(values.flat()) });
        expect(off, `step ${step}`).toBeLessThan(1e-15 * (10 + 5 * step));
      }
    },
  );
});

describe("optimizers that are one another", () => {
  const end = (optimizer: object, more: object = {}) => {
    const { state, outcome } = follow(of({ optimizer: { learningRate: 0.1, ...optimizer }, until: { steps: 300 }, ...more }), 2);
    return { state, vectors: outcome.vectors };
  };
  it.each([{ kind: "gradient-descent" }, { kind: "momentum", momentum: 0 }, { kind: "nesterov", momentum: 0 }])(
    "%j is Euler's method, bit for bit",
    (optimizer) => {
      for (const more of [
        {},
        { loss: "square", normalizer: "sigmoid" },
        { model: "tied", dim: 5 },
        { train: "logits" },
        { decay: { values: 0.1, logits: 0.3 } },
      ]) {
        const euler = follow(of({ integrator: { kind: "euler", step: 0.1 }, until: { steps: 300 }, ...more }), 2);
        const bits = distance(end(optimizer, more).state, euler.state);
        // With decay the gradient is summed in another order.
        expect(bits).toBeLessThanOrEqual("decay" in more ? 1e-13 : 0);
      }
    },
  );
  it.each([
    { kind: "rmsprop", decay: 0, epsilon: 0 },
    { kind: "adam", beta1: 0, beta2: 0, epsilon: 0 },
    { kind: "lion", beta1: 0 },
  ])("%j is sign descent, bit for bit", (optimizer) => {
    for (const more of [{}, { loss: "cross-entropy", normalizer: "sparsemax" }])
      expect(end(optimizer, more)).toEqual(end({ kind: "sign" }, more));
  });
  it("Adam's first step is η·sign(G), but for ε", () => {
    const ensemble = of({ optimizer: { kind: "adam", learningRate: 0.01, epsilon: 1e-12 }, until: { steps: 1 } });
    const { state, start } = follow(ensemble, 1);
    const signed = follow(of({ optimizer: { kind: "sign", learningRate: 0.01 }, until: { steps: 1 } }), 1, start);
    expect(distance(state, start)).toBeCloseTo(0.01, 8);
    // |G| is above 1e-5 here, so that ε takes less than 1e-7 of a step.
    expect(distance(state, signed.state)).toBeLessThan(0.01 * 1e-7);
  });
});

it("Lion takes the sign of β₁m + (1 − β₁)G, and keeps β₂m + (1 − β₂)G", () => {
  const memory = [new Float64Array(2)];
  const chosen = { kind: "lion", learningRate: 1, beta1: 0.9, beta2: 0.5, decoupled: true } as const;
  const [d, c] = [new Float64Array(2), new Float64Array(2)];
  const seen = [
    [1, -1],
    [-2, 4],
    [0.5, 1],
  ].map((gradient, k) => {
    referenceOptimizers.lion.signed?.(Float64Array.from(gradient), memory, chosen, c);
    referenceOptimizers.lion.direction(Float64Array.from(gradient), memory, k + 1, chosen, d);
    return [...d, ...c];
  });
  // m is ±0.5 after the first step, then 0.5·0.5 − 0.5·2 = −0.75 and −0.5·0.5 + 0.5·4 = 1.75.
  const expected = [
    [0.1, -0.1],
    [0.25, -0.05],
    [-0.625, 1.675],
  ];
  for (const [k, [first, second]] of (expected as [number, number][]).entries()) {
    expect(seen[k]?.slice(0, 2)).toEqual([Math.sign(first), Math.sign(second)]);
    expect(seen[k]?.[2]).toBeCloseTo(first, 14);
    expect(seen[k]?.[3]).toBeCloseTo(second, 14);
  }
});

describe("what optimizers leave as it is", () => {
  it.each([
    ["gradient-descent", true],
    ["momentum", true],
    ["nesterov", true],
    ["normalized", true],
    ["sign", false],
    ["adam", false],
    ["rmsprop", false],
    ["lion", false],
  ] as const)("Σa under %s: %s", (kind, conserved) => {
    const { state, start } = follow(of({ optimizer: { kind, learningRate: 0.01 }, until: { steps: 1000 } }), 4);
    const moved = Math.abs(sum(state.logits) - sum(start.logits));
    if (conserved) expect(moved).toBeLessThan(1e-11);
    else expect(moved).toBeGreaterThan(1e-3);
  });
  it("what is frozen, and what has no gradient", () => {
    for (const kind of optimizerKinds) {
      const optimizer = { kind, learningRate: 0.01 };
      const frozen = (train: string) => follow(of({ optimizer, train, until: { steps: 20 }, decay: { values: 1, logits: 1 } }));
      for (const [train, part] of [
        ["logits", "values"],
        ["values", "logits"],
      ] as const) {
        const { state, start } = frozen(train);
        expect(state[part]).toEqual(start[part]);
        expect(state[train]).not.toEqual(start[train]);
      }
      const uniform = follow(of({ optimizer, normalizer: "uniform", until: { steps: 20 } }));
      expect(uniform.state.logits).toEqual(uniform.start.logits);
    }
  });
});

describe("sign descent under a margin loss", () => {
  const ensemble = (steps: number) => parseEnsemble({ tokens: 8, optimizer: { kind: "sign", learningRate: 1e-2 }, until: { steps } });
  it("keeps differences of alignments, moves V by sign(β)1ᵀ, and lets the best aligned token win", () => {
    const sinks = Array.from({ length: 24 }, (_, run) => {
      const { state, start, outcome } = follow(ensemble(1500), run);
      const [before, after] = [pullsOf(start), pullsOf(state)];
      const norm = sum(start.target.map(Math.abs));
      // 1,500 steps of 0.01 round values of up to 15 by 1e-15 each time.
      after.forEach((u, i) => void expect(u - (before[i] as number)).toBeCloseTo(15 * norm, 9));
      for (const [at, v] of state.values.entries())
        expect(v - (start.values[at] as number)).toBeCloseTo(15 * Math.sign(start.target[Math.floor(at / 8)] as number), 10);
      return outcome.row.sink === before.indexOf(Math.max(...before));
    });
    expect(sinks.every(Boolean)).toBe(true);
  });
});

describe("what moves values under a margin loss", () => {
  it.each([
    { kind: "adam", epsilon: 0 },
    { kind: "rmsprop", epsilon: 0 },
  ])("%j: sign(β)cᵀ alone, but with ε another matrix", (optimizer) => {
    const spread = (more: object) => {
      const { state, start } = follow(of({ optimizer: { learningRate: 0.01, ...optimizer, ...more }, until: { steps: 100 } }), 3);
      const [n, d] = [start.logits.length, start.target.length];
      const moved = (i: number, k: number) =>
        ((state.values[k * n + i] as number) - (start.values[k * n + i] as number)) * Math.sign(start.target[k] as number);
      expect(Math.max(...start.logits.map((_, i) => Math.abs(moved(i, 0))))).toBeGreaterThan(0.1);
      return Math.max(
        ...[...start.logits].flatMap((_, i) => Array.from({ length: d - 1 }, (_, k) => Math.abs(moved(i, k + 1) - moved(i, 0)))),
      );
    };
    // 100 steps of 0.01 round numbers of size 1, by 1e-16 each.
    expect(spread({})).toBeLessThan(1e-13);
    expect(spread({ epsilon: 0.1 })).toBeGreaterThan(1e-3);
  });
});

describe("normalized descent", () => {
  it("follows the orbit of the flow, to the order of its step", () => {
    const start = drawStart(of({}), 3);
    const off = (learningRate: number) => {
      const { outcome } = follow(
        of({ optimizer: { kind: "normalized", learningRate }, until: { steps: Math.round(6 / learningRate) } }),
        3,
        start,
      );
      const { loss } = outcome.row;
      // The flow falls from the loss at the start: to the time at which it has this one.
      let [early, late] = [0, 1e3];
      const at = (time: number) =>
        follow(of({ integrator: { kind: "tsit5", rtol: 1e-11, atol: 1e-12 }, until: { time, converge: false } }), 3, start).outcome;
      for (let i = 0; i < 44; i++) {
        const middle = (early + late) / 2;
        if (at(middle).row.loss > loss) early = middle;
        else late = middle;
      }
      const { weights } = at(late).vectors;
      return Math.max(...weights.map((p, i) => Math.abs(p - (outcome.vectors.weights[i] as number))));
    };
    const [coarse, fine] = [off(0.02), off(0.01)];
    expect(coarse).toBeLessThan(0.02);
    expect(coarse / fine).toBeGreaterThan(1.8);
    expect(coarse / fine).toBeLessThan(2.2);
  });
});

describe("momentum at small steps", () => {
  it.each(["momentum", "nesterov"])("is the flow at time ηk/(1 − μ): %s", (kind) => {
    const mu = 0.8;
    const flow = follow(of({ integrator: { kind: "tsit5", rtol: 1e-11, atol: 1e-12 }, until: { time: 20, converge: false } }), 1);
    const off = (steps: number) => {
      const learningRate = (20 * (1 - mu)) / steps;
      return distance(follow(of({ optimizer: { kind, learningRate, momentum: mu }, until: { steps } }), 1, flow.start).state, flow.state);
    };
    const [coarse, fine] = [off(2000), off(4000)];
    expect(coarse / fine).toBeGreaterThan(1.8);
    expect(coarse / fine).toBeLessThan(2.2);
  });
});

describe("square loss at zero error", () => {
  /** λ_max(‖p‖² I + Σ p_i² (v_i − z)(v_i − z)ᵀ), by the power method. */
  function sharpness({ values }: Flowing, weights: Float64Array, d: number): number {
    const n = weights.length;
    const z = Array.from({ length: d }, (_, k) => sum(weights.map((p, i) => p * (values[k * n + i] as number))));
    let x = Array.from({ length: d }, (_, k) => 1 + 0.1 * k);
    let size = 0;
    for (let round = 0; round < 400; round++) {
      const along = [...weights].map((p, i) => p * p * sum(x.map((y, k) => y * ((values[k * n + i] as number) - (z[k] as number)))));
      const square = sum(weights.map((p) => p * p));
      const next = x.map((y, k) => square * y + sum(along.map((c, i) => c * ((values[k * n + i] as number) - (z[k] as number)))));
      size = Math.sqrt(sum(next.map((y) => y * y)) / sum(x.map((y) => y * y)));
      x = next.map((y) => y / size);
    }
    return size;
  }
  /** The sharpness at the end of the runs that settle, of eight that begin with spread logits. */
  const ends = (optimizer: object): number[] => {
    const found = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((run) => {
      const logits = { kind: "gaussian", scale: 2 };
      const { state, outcome } = follow(parseEnsemble({ tokens: 8, loss: "square", logits, optimizer, until: { steps: 2000 } }), run);
      return outcome.row.loss < 1e-20 ? [sharpness(state, outcome.vectors.weights, 8)] : [];
    });
    expect(found.length).toBeGreaterThanOrEqual(4);
    return found;
  };
  it.each([
    [{ kind: "gradient-descent", learningRate: 4 }, 2 / 4],
    [{ kind: "momentum", learningRate: 6, momentum: 0.5 }, (2 * 1.5) / 6],
  ])("%j ends with a sharpness below %d, which shorter steps exceed", (optimizer, limit) => {
    expect(Math.max(...ends(optimizer))).toBeLessThan(limit);
    expect(Math.max(...ends({ ...optimizer, learningRate: 0.5 }))).toBeGreaterThan(limit);
  });
  it("settles nowhere above η = 2n", () => {
    const { outcome } = follow(
      parseEnsemble({ tokens: 4, loss: "square", optimizer: { kind: "gradient-descent", learningRate: 8.5 }, until: { steps: 3000 } }),
    );
    expect([statuses.completed, statuses.diverged, statuses["non-finite"]]).toContain(outcome.row.status);
    expect(outcome.row.loss > 1e-6 || outcome.row.status !== statuses.completed).toBe(true);
  });
});

describe("weight decay", () => {
  const decay = { values: 0.05, logits: 0.02 };
  it("takes Σa to e^(−λt) Σa under the flow", () => {
    const { state, start } = follow(
      of({ decay, integrator: { kind: "tsit5", rtol: 1e-10, atol: 1e-12 }, until: { time: 30, converge: false } }),
      2,
    );
    expect(sum(state.logits)).toBeCloseTo(sum(start.logits) * Math.exp(-0.02 * 30), 8);
  });
  it("takes what values have across β to e^(−λt) of it under a margin loss", () => {
    const { state, start } = follow(
      of({ decay, integrator: { kind: "tsit5", rtol: 1e-10, atol: 1e-12 }, until: { time: 30, converge: false } }),
      2,
    );
    const [n, beta] = [start.logits.length, start.target];
    const square = sum(beta.map((b) => b * b));
    const across = ({ values }: Flowing, i: number): number[] => {
      const v = [...beta].map((_, k) => values[k * n + i] as number);
      const along = sum(v.map((x, k) => x * (beta[k] as number))) / square;
      return v.map((x, k) => x - along * (beta[k] as number));
    };
    for (let i = 0; i < n; i++)
      for (const [k, x] of across(state, i).entries()) expect(x).toBeCloseTo((across(start, i)[k] as number) * Math.exp(-0.05 * 30), 9);
  });
  it("takes VᵀV − aaᵀ to e^(−2λt) of it under linear weights", () => {
    const ensemble = of({
      normalizer: "linear",
      loss: "square",
      decay: { values: 0.05, logits: 0.05 },
      integrator: { kind: "tsit5", rtol: 1e-10, atol: 1e-12 },
      until: { time: 10, converge: false },
    });
    const { state, start } = follow(ensemble, 1);
    const gap = ({ values, logits }: Flowing, i: number, j: number) =>
      [0, 1, 2].reduce((total, k) => total + (values[5 * k + i] as number) * (values[5 * k + j] as number), 0) -
      (logits[i] as number) * (logits[j] as number);
    for (let i = 0; i < 5; i++) for (let j = 0; j < 5; j++) expect(gap(state, i, j)).toBeCloseTo(gap(start, i, j) * Math.exp(-1), 8);
  });
  it("shrinks by 1 − ηλ a step what has no gradient, where it is decoupled", () => {
    const { state, start } = follow(
      of({ optimizer: { kind: "adam", learningRate: 0.1 }, normalizer: "uniform", decay, until: { steps: 50 } }),
    );
    for (const [i, a] of state.logits.entries()) expect(a / (start.logits[i] as number)).toBeCloseTo((1 - 0.1 * 0.02) ** 50, 13);
  });
});

describe("weight decay decides whether a sink is left: n = 8, λ_V = 0.01, logistic loss", () => {
  // m from 1/(1 + e^m) = nλ_V m, and λ_a* = λ_V m².
  let margin = 1;
  for (let i = 0; i < 200; i++) margin += 0.5 * (1 / (1 + Math.exp(margin)) / 0.08 - margin);
  const threshold = 0.01 * margin * margin;
  const end = (part: number, scale: number, focused: boolean) => {
    const beta = [1, 0, 0, 0, 0, 0, 0, 0];
    const matrix = beta.map((b) => beta.map((_, i) => (focused && b === 1 ? (i === 0 ? 3 : 0.2) : 0)));
    return follow(
      parseEnsemble({
        tokens: 8,
        target: { kind: "given", vector: beta },
        logits: focused ? { kind: "given", vector: beta.map((b) => 4 * b) } : { kind: "gaussian", scale },
        values: focused ? { kind: "given", matrix } : { kind: "gaussian", scale },
        decay: { values: 0.01, logits: part * threshold },
        until: { time: 1e5 },
        integrator: { kind: "tsit5", rtol: 1e-6, atol: 1e-9 },
      }),
      1,
    ).outcome.row;
  };
  it("the threshold is 0.03202", () => expect(threshold).toBeCloseTo(0.03202, 5));
  it.each([
    [0.9, 0.605],
    [1.1, 0.559],
    [1.5, 0.475],
  ])("from a focused start at %d of the threshold it stays, at a share of %d", (part, share) => {
    const row = end(part, 0, true);
    expect(row.status).toBe(statuses.converged);
    expect(row.sinkShare).toBeCloseTo(share, 3);
  });
  it("above the fold, at 2.06, it does not; and from a small start at 1.1 none appears", () => {
    expect(end(2.2, 0, true).sinkShare).toBeCloseTo(0.125, 4);
    expect(end(1.1, 0.01, false).sinkShare).toBeCloseTo(0.125, 4);
  });
  it("from a small start below the threshold one appears", () => expect(end(0.9, 0.01, false).sinkShare).toBeCloseTo(0.605, 3));
});
