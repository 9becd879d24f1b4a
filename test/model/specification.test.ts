import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { columns, columnsOf } from "../../src/model/columns.ts";
import { endOf, recordedTimes, stepsOf } from "../../src/model/ensemble.ts";
import { SinkflowError } from "../../src/model/errors.ts";
import { parseSpecification } from "../../src/model/grid.ts";
import { losses } from "../../src/model/losses.ts";
import { readSpecification } from "../../src/model/source.ts";
import { parseEnsemble, specificationKeys } from "../../src/model/specification.ts";
import { listed, refused } from "../support/refused.ts";

const problem = (text: string, settings: string[] = []): string => {
  try {
    readSpecification(text, "spec.yaml", settings);
  } catch (error) {
    expect(error).toBeInstanceOf(SinkflowError);
    expect((error as SinkflowError).failure).toBe("input");
    return (error as Error).message;
  }
  throw new Error(`accepted: ${text}`);
};

describe("defaults", () => {
  it("fill in everything but tokens", () => {
    expect(parseEnsemble({ tokens: 8 })).toEqual({
      model: "value-softmax",
      tokens: 8,
      dim: 8,
      normalizer: { kind: "softmax", temperature: 1 },
      loss: { kind: "logistic" },
      target: { kind: "unit" },
      values: { kind: "gaussian", scale: 0.1 },
      logits: { kind: "offset", mean: 1, scale: 0.1 },
      train: "both",
      integrator: { kind: "tsit5", rtol: 1e-4, atol: 1e-6 },
      decay: { values: 0, logits: 0 },
      until: { time: 1e6, maxSteps: 20_000, converge: true },
      polarizedAt: 0.9,
      runs: 4096,
      seed: 1,
      record: { times: { from: 0.01, to: 1e6, count: 64 }, trajectories: 0, vectors: false, fragility: false, tippingTime: false },
    });
  });
  it("have no column that is not asked for", () => {
    const asked = (record: object) => columnsOf(parseEnsemble({ tokens: 2, record })).filter((name) => columns[name].asked);
    expect(asked({})).toEqual([]);
    expect(asked({ tippingTime: true })).toEqual(["tippingTime"]);
    expect(asked({ lossAt: 1e-3, times: { count: 3 } })).toEqual(["timeToLoss"]);
    expect(() => parseEnsemble({ tokens: 2, record: { lossAt: 0 } })).toThrow("record.lossAt: expected at least 1e-30, got 0");
    expect(() => parseEnsemble({ tokens: 2, record: { tippingTime: 1 } })).toThrow("record.tippingTime: expected a boolean, got 1");
  });
  it("leave runs within int32, in which tables number them", () => {
    expect(parseEnsemble({ tokens: 2, runs: 2 ** 31 - 1 }).runs).toBe(2_147_483_647);
    expect(() => parseEnsemble({ tokens: 2, runs: 2 ** 31 })).toThrow("runs: expected at most 2147483647, got 2147483648");
    expect(() => parseEnsemble({ tokens: 2, runs: 2 ** 31 - 1, record: { trajectories: 2 ** 24 + 1 } })).toThrow(
      "record.trajectories: expected at most 16777216, got 16777217",
    );
  });
  it("are what the canonical form holds, so that it reads back as itself", () => {
    const once = parseSpecification({ tokens: 4, loss: "square", values: { kind: "identity" } });
    expect(parseSpecification(once.canonical)).toEqual(once);
  });
  it("reads the end as steps or as time where the step is fixed", () => {
    const steps = (until: object) => stepsOf(parseEnsemble({ tokens: 2, integrator: "euler", until }));
    expect(steps({ time: 100 })).toBe(1000);
    expect(steps({ steps: 7 })).toBe(7);
    expect(stepsOf(parseEnsemble({ tokens: 2 }))).toBeUndefined();
  });
  it("ends by loss where nothing else is said", () => {
    const ends = Object.fromEntries(Object.keys(losses).map((loss) => [loss, endOf(parseEnsemble({ tokens: 2, loss }))]));
    expect(ends).toEqual(Object.fromEntries(Object.entries(losses).map(([loss, { time }]) => [loss, time])));
    expect(ends).toMatchObject({ logistic: 1e6, exponential: 1e6, square: 1e3, "cross-entropy": 1e4, regression: 1e3 });
  });
  it("fill in what belongs to the margin's own clock as they do with a time", () => {
    const ensemble = parseEnsemble({ tokens: 8, until: { clock: 200 } });
    expect(ensemble.until).toEqual({ clock: 200, maxSteps: 20_000, converge: true });
    expect(Object.keys(ensemble.until)).toEqual(["clock", "maxSteps", "converge"]);
    expect(ensemble.record).toMatchObject({ times: { from: 0.01, to: 200, count: 64 } });
    const fixed = parseEnsemble({ tokens: 8, loss: "exponential", until: { clock: 20 }, integrator: "rk4" });
    expect(fixed.until).toEqual({ clock: 20 });
    expect([endOf(fixed), stepsOf(fixed)]).toEqual([20, 200]);
    const grid = parseSpecification({ tokens: 8, grid: { "until.clock": [5, 50], loss: ["logistic", "exponential"] } });
    expect(grid.points.map(({ ensemble }) => endOf(ensemble))).toEqual([5, 5, 50, 50]);
    expect(parseSpecification(grid.canonical)).toEqual(grid);
  });
  it("records at times on a logarithmic grid up to the end, from 0.01, or the first step", () => {
    const times = (specification: object) => recordedTimes(parseEnsemble({ tokens: 2, ...specification }));
    const all = times({});
    expect([all.length, all[0], all.at(-1)]).toEqual([64, 0.01, 1e6]);
    expect(times({ record: { times: { from: 1, to: 100, count: 3 } } }).map((time) => Number(time.toFixed(9)))).toEqual([1, 10, 100]);
    expect(times({ until: { time: 1 } })[0]).toBe(1e-3);
    const euler = { integrator: { kind: "heun", step: 0.5 }, until: { steps: 100 } };
    expect([times(euler)[0], times(euler).at(-1)]).toEqual([0.5, 50]);
    expect(times({ ...euler, record: { steps: [0, 3] } })).toEqual([0, 1.5]);
  });
});

describe("the tied model", () => {
  it("starts from the identity by default, with as many dimensions as tokens", () => {
    expect(parseEnsemble({ tokens: 5, model: "tied" })).toMatchObject({ dim: 5, values: { kind: "identity", scale: 1 } });
    expect(parseEnsemble({ tokens: 5, model: "tied", values: "gaussian" }).values).toEqual({ kind: "gaussian", scale: 0.1 });
  });
  it("has its default values in a grid over models, and where only their scale is set", () => {
    const grid = parseSpecification({ tokens: 3, grid: { model: ["value-softmax", "tied"], "values.scale": [2] } });
    expect(grid.points.map(({ ensemble }) => ensemble.values)).toEqual([
      { kind: "gaussian", scale: 2 },
      { kind: "identity", scale: 2 },
    ]);
    expect(parseSpecification(grid.canonical)).toEqual(grid);
  });
});

describe("a grid", () => {
  const grid = parseSpecification({
    tokens: 2,
    grid: { tokens: [4, 6], normalizer: ["softmax", { kind: "softmax", temperature: 2 }], "values.scale": [0.5] },
  });
  it("is the product of its keys, with the values as written", () => {
    expect(grid.points.map(({ parameters }) => parameters)).toEqual([
      { tokens: 4, normalizer: "softmax", "values.scale": 0.5 },
      { tokens: 4, normalizer: { kind: "softmax", temperature: 2 }, "values.scale": 0.5 },
      { tokens: 6, normalizer: "softmax", "values.scale": 0.5 },
      { tokens: 6, normalizer: { kind: "softmax", temperature: 2 }, "values.scale": 0.5 },
    ]);
    expect(grid.points[3]?.ensemble).toMatchObject({
      tokens: 6,
      dim: 6,
      values: { kind: "gaussian", scale: 0.5 },
      normalizer: { temperature: 2 },
    });
  });
  it("leaves out of the canonical form what it varies and what depends on that", () => {
    expect(grid.canonical).not.toHaveProperty("tokens");
    expect(grid.canonical).not.toHaveProperty("dim");
    expect(grid.canonical).not.toHaveProperty("normalizer");
    expect(grid.canonical).toMatchObject({ values: { kind: "gaussian" }, loss: { kind: "logistic" } });
    expect(parseSpecification(grid.canonical)).toEqual(grid);
  });
});

describe("bad input is one line that names the field, what was expected and what came", () => {
  it.each(refused)("%j", (text, message) => {
    expect(problem(text)).toContain(message);
    expect(problem(text)).not.toContain("\n");
  });

  it("too much of it", () => {
    expect(problem(`name: ${"x".repeat(2 ** 20)}`)).toContain("expected at most 1048576 bytes");
    expect(
      problem(
        `tokens: 8\ngrid: {seed: [${Array.from({ length: 101 }, (_, i) => i)}], runs: [${Array.from({ length: 100 }, (_, i) => i + 1)}]}`,
      ),
    ).toContain("expected at most 10000 points, got 10100");
  });

  it.each([
    ["runs", "--set runs: expected key=value"],
    ["=3", "--set =3: expected key=value"],
    ["rums=3", '--set rums: unknown key "rums"'],
    ["runs=many", '--set runs: expected a number, got "many"'],
    ["runs=[", "--set runs: expected a value in YAML"],
    ["values.scale=-1", "--set values.scale: expected at least 0, got -1"],
    ["values.scal=1", '--set values.scal: unknown key "scal"'],
    ["grid.tokens=[1]", "--set grid.tokens: grid.tokens.0: expected at least 2, got 1"],
    ["values.__proto__=1", '--set values.__proto__: unknown key "__proto__"'],
    ["loss=nonesuch", `--set loss: expected one of ${listed(losses)}, got "nonesuch"`],
    ["loss.kind=nonesuch", "--set loss.kind: "],
  ])("--set %s", (setting, message) => expect(problem("tokens: 8", [setting])).toContain(message));

  it("--set of what the grid varies", () => {
    expect(problem("tokens: 8\ngrid: {loss: [square]}", ["loss=logistic"])).toContain(
      "--set loss: expected nothing, since the grid varies it; set grid.loss",
    );
  });
});

describe("--set", () => {
  const point = (settings: string[]) => readSpecification("tokens: 8\nvalues: gaussian", "s", settings).points[0]?.ensemble;
  it("sets plain and dotted keys, in short forms too", () => {
    expect(
      point(["runs=3", "values.scale=2", "integrator=heun", "integrator.step=0.5", "normalizer={kind: softmax, temperature: 3}"]),
    ).toMatchObject({
      runs: 3,
      values: { kind: "gaussian", scale: 2 },
      integrator: { kind: "heun", step: 0.5 },
      normalizer: { temperature: 3 },
    });
  });
  it("sets a grid", () => {
    expect(readSpecification("tokens: 8", "s", ["grid.values.scale=[1, 2]"]).points.map(({ ensemble }) => ensemble.values)).toEqual([
      { kind: "gaussian", scale: 1 },
      { kind: "gaussian", scale: 2 },
    ]);
  });
});

describe("any input", () => {
  const value = fc.oneof(
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.double(),
    fc.string(),
    fc.constantFrom("softmax", "given", "square", "rk4"),
    fc.array(fc.integer(), { maxLength: 3 }),
    fc.dictionary(
      fc.constantFrom("kind", "scale", "step", "steps", "time", "vector", "__proto__", "x"),
      fc.oneof(fc.integer(), fc.string(), fc.double()),
      { maxKeys: 3 },
    ),
  );
  const key = fc.constantFrom(...specificationKeys, "constructor", "toString", "x");
  it("is read, or refused as input with one line; never anything else", () => {
    fc.assert(
      fc.property(fc.dictionary(key, value, { maxKeys: 6 }), (input) => {
        try {
          readSpecification(JSON.stringify(input), "spec.json");
        } catch (error) {
          expect(error).toBeInstanceOf(SinkflowError);
          expect((error as SinkflowError).failure).toBe("input");
          expect((error as Error).message).toMatch(/^spec\.json/);
        }
      }),
      { numRuns: 2000 },
    );
  });
  it("of any text, too", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        try {
          readSpecification(text, "spec.yaml");
        } catch (error) {
          expect(error).toBeInstanceOf(SinkflowError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
