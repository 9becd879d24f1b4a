import { describe, expect, it } from "vitest";
import { parseSpecification } from "../../src/model/grid.ts";
import { label } from "../../src/report/format.ts";
import { factsOf, timeName } from "../../src/report/sentences.ts";
import type { SweepReport } from "../../src/sweep/sweep.ts";

describe("the facts", () => {
  const isTaken = (specification: object) => {
    try {
      return parseSpecification({ tokens: 4, ...specification }).points.length > 0;
    } catch {
      return false;
    }
  };
  const facts = (specification: object) => {
    const { points } = parseSpecification({ tokens: 4, runs: 5000, ...specification });
    const report = { points } as unknown as SweepReport;
    return [factsOf(report), timeName(report)];
  };
  it("are what all points have in common", () => {
    const base = { integrator: { kind: "euler", step: 0.5 }, until: { steps: 300 } };
    expect(facts(base)).toEqual(["logistic loss, 4 tokens, dimension 4, 5,000 runs, euler steps of 0.5, for 300 steps", "flow time"]);
    expect(facts({ ...base, grid: { loss: ["logistic", "square"], "integrator.step": [0.1, 0.2] } })[0]).toBe(
      "4 tokens, dimension 4, 5,000 runs each, euler steps, for 300 steps",
    );
    expect(facts({ model: "tied", grid: { tokens: [2, 4] }, until: { time: 1e5 } })[0]).toBe(
      "tied model, logistic loss, 5,000 runs each, adaptive tsit5 steps, to time 1e5",
    );
  });
  it("name every setting that is no default, and say how a given matrix was read", () => {
    const [line] = facts({
      normalizer: { kind: "softmax", temperature: 0.5 },
      values: {
        kind: "given",
        matrix: [
          [1, 2, 3, 4],
          [5, 6, 7, 8],
        ],
      },
      dim: 2,
      seed: 7,
      integrator: { kind: "tsit5", rtol: 1e-5 },
      headStart: { token: 1, by: 0.25 },
      train: "logits",
    });
    expect(line).toMatch(
      /to time 1e6, normalizer.temperature 0.5, values given, values.matrix \(2 × 4, a column a token, checksum [0-9a-f]{8}\), headStart.token 1, headStart.by 0.25, train logits, integrator.rtol 0.00001, seed 7$/,
    );
  });
  it("differ wherever one setting does", () => {
    const variations = [
      {},
      { model: "tied" },
      { tokens: 5 },
      { dim: 3 },
      { loss: "square" },
      { normalizer: "sigmoid" },
      { seed: 2 },
      { runs: 4999 },
      { train: "values" },
      { normalizer: { kind: "softmax", temperature: 0.51 } },
      { normalizer: { kind: "softmax", temperature: 0.511 } },
      { target: "gaussian" },
      { target: { kind: "given", vector: [1, 0, 0, 0] } },
      { target: { kind: "given", vector: [0, 1, 0, 0] } },
      { values: "identity" },
      { values: "zero" },
      { values: { kind: "gaussian", scale: 0.2 } },
      {
        values: {
          kind: "given",
          matrix: [
            [1, 2, 3, 4],
            [0, 0, 0, 0],
            [0, 0, 0, 0],
            [0, 0, 0, 0],
          ],
        },
      },
      {
        values: {
          kind: "given",
          matrix: [
            [1, 0, 0, 0],
            [2, 0, 0, 0],
            [3, 0, 0, 0],
            [4, 0, 0, 0],
          ],
        },
      },
      { logits: "zero" },
      { logits: "gaussian" },
      { logits: { kind: "offset", mean: 2 } },
      { logits: { kind: "offset", scale: 0.2 } },
      { headStart: { token: 0, by: 0.1 } },
      { headStart: { token: 1, by: 0.1 } },
      { headStart: { token: 0, by: 0.2 } },
      { integrator: "bosh3" },
      { integrator: "euler" },
      { integrator: { kind: "euler", step: 0.2 } },
      { integrator: { kind: "tsit5", rtol: 1e-5 } },
      { integrator: { kind: "tsit5", atol: 1e-5 } },
      { until: { time: 1000 } },
      { until: { time: 1000.5 } },
      { until: { clock: 1000 } },
      { until: { time: 1e6, maxSteps: 10 } },
      { until: { time: 1e6, converge: false } },
      { polarizedAt: 0.8 },
      { integrator: "euler", until: { steps: 10 } },
      { integrator: "euler", until: { steps: 11 } },
      { record: { trajectories: 2 } },
      { record: { vectors: true } },
      { record: { times: { count: 5 } } },
      { record: { times: { from: 0.5 } } },
      { loss: { kind: "regression", samples: 4 } },
      { loss: { kind: "regression", conditionNumber: 2 } },
      { optimizer: { kind: "adam", learningRate: 0.2 } },
      { optimizer: { kind: "lion", learningRate: 0.2 } },
      { optimizer: { kind: "adam", learningRate: 0.1 } },
      { integrator: { kind: "rk4", step: 0.5 } },
      { record: { times: { to: 10 } } },
    ];
    const grids = [
      undefined,
      { model: ["value-softmax", "tied"] },
      { tokens: [4, 5] },
      { loss: ["logistic", "square"] },
      { "until.time": [10, 100] },
      { "integrator.kind": ["euler", "rk4"] },
      { "integrator.step": [0.1, 0.2] },
      { "optimizer.kind": ["adam", "lion"] },
      { "optimizer.learningRate": [0.1, 0.2] },
    ];
    for (const grid of grids) {
      /** What each line stands for: keys that the grid sets make some variations equal, or are refused beside them. */
      const seen = new Map<string, string>();
      const meanings = new Set<string>();
      for (const variation of variations) {
        const specification = { ...variation, grid };
        if (!isTaken(specification)) continue;
        const [line = ""] = facts(specification);
        const means = JSON.stringify(parseSpecification({ tokens: 4, runs: 5000, ...specification }).points);
        expect(seen.get(line) ?? means, `${line}, ${JSON.stringify(grid)}`).toBe(means);
        seen.set(line, means);
        meanings.add(means);
      }
      if (!grid) expect(meanings.size).toBe(variations.length);
      expect(seen.size, JSON.stringify(grid)).toBe(meanings.size);
      expect(meanings.size, JSON.stringify(grid)).toBeGreaterThan(1);
    }
  });
  it("name the margin's own clock where times are its", () => {
    expect(facts({ until: { clock: 1000 } })).toEqual([
      "logistic loss, 4 tokens, dimension 4, 5,000 runs, adaptive tsit5 steps, to 1000 of the margin's own clock",
      "τ",
    ]);
    expect(facts({ until: { clock: 10 }, grid: { "until.clock": [10, 100] } })[1]).toBe("τ");
    expect(facts({ grid: { until: [{ clock: 10 }, { time: 10 }] } })[1]).toBe("flow time or τ");
  });
});

describe("a point's name", () => {
  it("is another one for each value of a grid", () => {
    const values: Record<string, unknown[]> = {
      target: [
        { kind: "given", vector: [1, 0] },
        { kind: "given", vector: [0, 1] },
      ],
      "values.matrix": [[[1, 2]], [[1, 3]], [[1], [2]]],
      optimizer: [
        { kind: "adam", learningRate: { kind: "cosine", from: 0.1, to: 0.01, steps: 5 } },
        { kind: "adam", learningRate: { kind: "cosine", from: 0.1, to: 0.02, steps: 5 } },
      ],
      record: [{ times: { count: 5 } }, { times: { count: 6 } }],
      "record.vectors": [true, false],
      "record.fragility": [true, false],
      "record.steps": [[1, 2], [1, 3], [12]],
    };
    const names = Object.entries(values).flatMap(([key, each]) => each.map((value) => label({ parameters: { [key]: value } })));
    expect(names.filter((name, i) => names.indexOf(name) < i)).toEqual([]);
    expect(label({ parameters: { normalizer: "softmax", "record.vectors": true, optimizer: values["optimizer"]?.[0] } })).toBe(
      "softmax, record.vectors true, adam learningRate (cosine from 0.1 to 0.01 steps 5)",
    );
  });
});
