import { describe, expect, it } from "vitest";
import { stepLength } from "../../src/model/ensemble.ts";
import { normal, threefry } from "../../src/model/random.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { purposes } from "../../src/model/starts.ts";
import { Field } from "../../src/reference/field.ts";
import { type Noise, noiseOf } from "../../src/reference/noise.ts";
import { simulate } from "../../src/reference/simulate.ts";
import { drawStart } from "../../src/reference/start.ts";
import { copyOf } from "../../src/reference/state.ts";

/** Follows a run; the state is that at its end. */
function follow(specification: Record<string, unknown>, run = 0) {
  const ensemble = parseEnsemble(specification);
  const start = drawStart(ensemble, run);
  const state = { ...start, ...copyOf(start) };
  return { start, state, outcome: simulate(ensemble, state) };
}
const sum = (x: ArrayLike<number>) => Array.from(x).reduce((total, y) => total + y, 0);
const square = (x: ArrayLike<number>) => Array.from(x).reduce((total, y) => total + y * y, 0);
const descent = (learningRate: number) => ({ kind: "gradient-descent", learningRate });

describe("gradient noise where there is no gradient is a random walk", () => {
  // Weights that hang on no logit: logits have no gradient. Each is then the sum of what its noise adds.
  const still = {
    tokens: 64,
    dim: 2,
    normalizer: "uniform",
    train: "logits",
    noise: { kind: "gradient", scale: 0.3 },
    until: { steps: 40 },
  };
  /** (a(K) − a(0))/s of all tokens of 8 runs, 512 numbers. */
  const walked = (optimizer: object) =>
    Array.from({ length: 8 }, (_, run) => {
      const { start, state } = follow({ ...still, optimizer }, run);
      return [...state.logits].map((a, i) => (a - (start.logits[i] as number)) / 0.3);
    }).flat();
  // A sum of 512 squares of standard normals is 512 ± √1024, its mean is within 1/√512 of 0; each within 4 standard deviations, which the fixed seed decides once.
  const expectVariance = (moved: number[], variance: number) => {
    expect(Math.abs(square(moved) / variance - 512)).toBeLessThan(4 * 32);
    expect(Math.abs(sum(moved)) / Math.sqrt(512 * variance)).toBeLessThan(4);
  };
  it("of variance η²s² a step", () => expectVariance(walked(descent(0.1)), 40 * 0.1 ** 2));
  it("of variance s²Ση² under a schedule", () => {
    const optimizer = { kind: "gradient-descent", learningRate: { kind: "cosine", from: 0.2, to: 0, warmUp: 10, steps: 40 } } as const;
    const rates = Array.from({ length: 40 }, (_, k) => stepLength(parseEnsemble({ ...still, optimizer }), k));
    expectVariance(walked(optimizer), square(rates));
  });
  it("of variance η²s²Σ((1 − μᵐ)/(1 − μ))² with momentum, m from 1 to the number of steps", () => {
    const lasting = Array.from({ length: 40 }, (_, m) => 0.1 * ((1 - 0.7 ** (m + 1)) / 0.3));
    expectVariance(walked({ kind: "momentum", learningRate: 0.1, momentum: 0.7 }), square(lasting));
  });
  it("the same for each method, as it is added to the mean gradient of the stages", () => {
    const [one, ...others] = [
      { optimizer: descent(0.1) },
      ...["euler", "heun", "rk4"].map((kind) => ({ integrator: { kind, step: 0.1 } })),
    ].map((steps) => follow({ ...still, ...steps }).state.logits);
    for (const other of others) for (const [i, a] of other.entries()) expect(a).toBeCloseTo(one?.[i] as number, 13);
  });
});

it("inside a step noise has moved the state by its part, and a scale of 0 is no noise", () => {
  const ensemble = parseEnsemble({
    tokens: 3,
    normalizer: "uniform",
    integrator: { kind: "heun", step: 0.5 },
    until: { steps: 2 },
    noise: { kind: "gradient", scale: 1 },
    record: { times: { from: 0.625, to: 1, count: 2 } },
  });
  const start = drawStart(ensemble, 0);
  const logitsAt = (more: object, trajectory = true) =>
    simulate({ ...ensemble, ...more }, { ...start, ...copyOf(start) }, { trajectory }).recorded.map(({ logits }) => logits);
  const [inside, end] = logitsAt({});
  const [, before] = logitsAt({ until: { steps: 1 }, record: { times: { from: 0.25, to: 0.5, count: 2 }, trajectories: 0 } });
  for (const i of [0, 1, 2]) {
    const [from, to] = [before?.[i] as number, end?.[i] as number];
    expect(inside?.[i]).toBeCloseTo(from + 0.25 * (to - from), 13);
    expect(to).not.toBe(from);
  }
  expect(logitsAt({ noise: { kind: "label", scale: 0 } })).toEqual(logitsAt({ noise: undefined }));
});

describe("what noise hangs on", () => {
  it("the seed, the run, the step, its purpose, the token and the component, by the Threefry of contract", () => {
    const seen = [
      [1, 0],
      [1, 5],
      [2, 0],
    ].flatMap(([seed, run]) => {
      const more = { tokens: 3, dim: 2, seed, normalizer: "uniform", loss: "exponential", target: { kind: "given", vector: [0, 0] } };
      return [1, 2, 3].flatMap((steps) => {
        const { start, state } = follow(
          { ...more, optimizer: descent(1), noise: { kind: "gradient", scale: 1 }, until: { steps }, values: "zero" },
          run,
        );
        const drawn = (purpose: keyof typeof purposes, token: number, component: number) =>
          sum(
            Array.from({ length: steps }, (_, step) =>
              normal(threefry(threefry([seed as number, purposes[purpose]], [run as number, step]), [token * 65536 + component, 0])[0]),
            ),
          );
        for (let i = 0; i < 3; i++) {
          expect(state.logits[i]).toBeCloseTo((start.logits[i] as number) - drawn("logitNoise", i, 0), 12);
          for (let k = 0; k < 2; k++) expect(state.values[3 * k + i]).toBeCloseTo(-drawn("valueNoise", i, k), 12);
        }
        return [...state.logits, ...state.values];
      });
    });
    expect(new Set(seen).size).toBe(seen.length);
  });
});

it("a batch counts each sample as often as it is drawn, and all of them alike on average", () => {
  const ensemble = parseEnsemble({
    tokens: 2,
    dim: 3,
    loss: { kind: "regression", samples: 5 },
    integrator: "euler",
    noise: { kind: "batch", size: 2 },
  });
  const start = drawStart(ensemble, 4);
  const noise = noiseOf(ensemble, start) as Noise;
  const here = new Field(ensemble, start).at(start);
  const design = start.design as Float64Array;
  const parts = [0, 1, 2, 3, 4].map((sample) => {
    const x = design.subarray(3 * sample, 3 * sample + 3);
    const residual = x.reduce((total, each, k) => total + each * (here.output[k] as number), -(start.target[sample] as number));
    return x.map((each) => 2 * residual * each);
  });
  const steps = 2000;
  const seen = [0, 0, 0, 0, 0];
  for (let step = 0; step < steps; step++) {
    noise.begin(step);
    const key = threefry([1, purposes.batchNoise], [4, step]);
    const drawn = [0, 1].map((place) => threefry(key, [place, 0])[0] % 5);
    for (const sample of drawn) seen[sample] = (seen[sample] as number) + 1;
    for (const [k, g] of noise.at(here).gradient.entries())
      expect(g).toBeCloseTo((5 / 2) * sum(drawn.map((sample) => parts[sample]?.[k] as number)), 10);
  }
  // A sample is drawn 2/5 times a step; its count is binomial (2 · steps, 1/5), within 4 standard deviations.
  for (const count of seen) expect(Math.abs(count - (2 / 5) * steps)).toBeLessThan(4 * Math.sqrt(2 * steps * 0.2 * 0.8));
  expect(here.gradient[0]).toBeCloseTo(sum(parts.map(([g]) => g as number)), 12);
});

describe("label noise", () => {
  /** Frozen equal weights, one dimension: y' = −(y − β)/n under square loss, with β as a step sees it. */
  const linear = {
    tokens: 2,
    dim: 1,
    loss: "square",
    train: "values",
    logits: "zero",
    noise: { kind: "label", scale: 0.5 },
    until: { steps: 30 },
  };
  it.each([
    ["euler", (x: number) => 1 - x],
    ["heun", (x: number) => 1 - x + (x * x) / 2],
    ["rk4", (x: number) => 1 - x + (x * x) / 2 - x ** 3 / 6 + x ** 4 / 24],
  ])("moves the target of a step, the same for all stages: %s", (kind, factor) => {
    const { start, state } = follow({ ...linear, integrator: { kind, step: 0.4 } }, 3);
    let y = sum(start.values) / 2;
    for (let k = 0; k < 30; k++) {
      const beta = (start.target[0] as number) + 0.5 * normal(threefry(threefry([1, purposes.targetNoise], [3, k]), [0, 0])[0]);
      y = beta + factor(0.4 / 2) * (y - beta);
    }
    expect(sum(state.values) / 2).toBeCloseTo(y, 13);
  });

  it("is added to the response of a regression, and less its mean to a distribution", () => {
    const step = (loss: object) =>
      follow({ tokens: 2, dim: 3, ...loss, train: "values", logits: "zero", optimizer: descent(1), until: { steps: 1 } }, 2);
    const moved = (loss: object) => {
      const [noisy, plain] = [{ noise: { kind: "label", scale: 0.5 } }, {}].map((noise) => step({ ...loss, ...noise }).state.values);
      return [0, 2, 4].map((at) => 2 * ((noisy?.[at] as number) - (plain?.[at] as number)));
    };
    const normals = Array.from({ length: 4 }, (_, k) => 0.5 * normal(threefry(threefry([1, purposes.targetNoise], [2, 0]), [k, 0])[0]));
    const mean = sum(normals.slice(0, 3)) / 3;
    for (const [k, x] of moved({ loss: "cross-entropy" }).entries()) expect(x).toBeCloseTo((normals[k] as number) - mean, 13);
    const design = [
      [1, 0, 2],
      [0, 1, -1],
      [1, 1, 0],
      [3, 0, 0],
    ];
    const given = moved({ loss: "regression", target: { kind: "given", design, response: [1, 0, 0, 1] } });
    // −∂L/∂y = 2Xᵀ(b − X y)
    for (const [k, x] of given.entries())
      expect(x).toBeCloseTo(2 * sum(design.map((row, s) => (row[k] as number) * (normals[s] as number))), 12);
  });

  it("keeps Σa, which gradient noise does not", () => {
    const moved = (kind: string) => {
      const { start, state } = follow({
        tokens: 5,
        dim: 3,
        optimizer: { kind: "momentum", learningRate: 0.01 },
        noise: { kind, scale: 1 },
        until: { steps: 1000 },
      });
      return Math.abs(sum(state.logits) - sum(start.logits));
    };
    expect(moved("label")).toBeLessThan(1e-11); // 1,000 steps round five logits of some units
    expect(moved("gradient")).toBeGreaterThan(0.1);
  });

  /** Square loss in one dimension at zero error, y = 1 with the logits and values given. */
  const atRest = (logits: number[], values: number[], eta: number, steps: number, scale: number) => ({
    tokens: 3,
    dim: 1,
    loss: "square",
    target: { kind: "given", vector: [1] },
    logits: { kind: "given", vector: logits },
    values: { kind: "given", matrix: [values] },
    optimizer: descent(eta),
    noise: { kind: "label", scale },
    until: { steps },
  });

  it("under square loss takes (a_i − ā)² − (v_i − y)² near uniform to 1 − (ηg/n)² of it a step, g the gradient that the step sees", () => {
    // Near uniform a_i − ā and v_i − y each take in −ηg/n times the other. What is left out is smaller by the size of the two, 1e-6.
    const [logits, values] = [
      [3e-6, -2e-6, -1e-6],
      [1 + 1e-6, 1 - 3e-6, 1 + 2e-6],
    ];
    const { state, outcome } = follow(atRest(logits, values, 0.9, 40, 0.5), 5);
    let [y, factor] = [1, 1];
    for (let k = 0; k < 40; k++) {
      const g = y - 1 - 0.5 * normal(threefry(threefry([1, purposes.targetNoise], [5, k]), [0, 0])[0]);
      factor *= 1 - (0.3 * g) ** 2;
      y -= 0.3 * g;
    }
    const gap = (a: ArrayLike<number>, v: ArrayLike<number>, z: number, i: number) =>
      ((a[i] as number) - sum(a) / 3) ** 2 - ((v[i] as number) - z) ** 2;
    const z = sum([...state.values].map((v, i) => v * (outcome.vectors.weights[i] as number)));
    expect(z).toBeCloseTo(y, 9);
    expect(factor).toBeLessThan(0.5);
    for (const i of [0, 1, 2]) expect(gap(state.logits, state.values, z, i) / gap(logits, values, 1, i)).toBeCloseTo(factor, 3);
  });

  it("under square loss drives weights back to uniform", () => {
    // By the law above |a_i − ā ± (v_i − y)|² falls as e^(−(ηs/n)²k) near uniform: 30 such times, of which the way from the focused start takes a part.
    const [eta, s] = [1, 1];
    const excess = (scale: number, run: number) =>
      square(follow(atRest([2, 0, 0], [1, 1, 1], eta, Math.round(30 / ((eta * s) / 3) ** 2), scale), run).outcome.vectors.weights) - 1 / 3;
    expect(excess(0, 0)).toBeGreaterThan(0.2);
    const after = Array.from({ length: 6 }, (_, run) => excess(s, run));
    for (const x of after) expect(x).toBeLessThan(0.001 * excess(0, 0));
  });
});
