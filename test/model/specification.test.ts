import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { endOf, recordedTimes, stepsOf } from "../../src/model/ensemble.ts";
import { SinkflowError } from "../../src/model/errors.ts";
import { parseSpecification } from "../../src/model/grid.ts";
import { integrators } from "../../src/model/integrators.ts";
import { losses } from "../../src/model/losses.ts";
import { models } from "../../src/model/models.ts";
import { normalizers } from "../../src/model/normalizers.ts";
import { readSpecification } from "../../src/model/source.ts";
import { jsonSchema, parseEnsemble, specificationKeys } from "../../src/model/specification.ts";
import { valueStarts } from "../../src/model/starts.ts";

/** The kinds of a table, as an error lists them: all, or those whose row passes. */
const listed = <T extends object>(table: T, passes: (row: T[keyof T]) => boolean = () => true) => kindsOf(table, passes).join(", ");
const kindsOf = <T extends object>(table: T, passes: (row: T[keyof T]) => boolean) =>
  (Object.entries(table) as [string, T[keyof T]][]).flatMap(([kind, row]) => (passes(row) ? [kind] : []));
const fixed = listed(integrators, (row) => "step" in row.parameters);
const adaptive = listed(integrators, (row) => "rtol" in row.parameters);
const margin = listed(losses, (row) => row.margin);

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
      until: { time: 1e6, maxSteps: 20_000, converge: true },
      polarizedAt: 0.9,
      runs: 4096,
      seed: 1,
      record: { times: { from: 0.01, to: 1e6, count: 64 }, trajectories: 0, vectors: false },
    });
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
  it.each([
    ["", "spec.yaml: tokens: expected a number, it is missing"],
    ["tokens: 4\nmodel: tiedd", `spec.yaml:2: model: expected one of ${listed(models)}, got "tiedd" (did you mean "tied"?)`],
    ["tokens: 4\nmodel: tied\ndim: 3", "spec.yaml:3: dim: expected tokens, 4, with the model tied, got 3"],
    [
      "tokens: 4\nmodel: tied\nnormalizer: l1",
      `spec.yaml:3: normalizer: expected one without a kink with the model tied and adaptive steps, got l1, which goes with ${fixed}`,
    ],
    [
      "tokens: 4\nmodel: tied\nnormalizer: l2\nvalues: zero\nlogits: {kind: gaussian}",
      'spec.yaml:5: logits: expected a start at which l2 does not divide by 0, got {"kind":"gaussian","scale":0.1}',
    ],
    [
      "tokens: 2\nmodel: tied\nnormalizer: sum\nlogits: {kind: given, vector: [1, 2]}\nvalues: {kind: given, matrix: [[2, 1], [-4, 0]]}",
      'spec.yaml:4: logits: expected a start at which sum does not divide by 0, got {"kind":"given","vector":[1,2]}',
    ],
    ["tokens: 1", "spec.yaml:1: tokens: expected at least 2, got 1"],
    ["tokens: 5000", "spec.yaml:1: tokens: expected at most 4096, got 5000"],
    ["tokens: 2.5", "spec.yaml:1: tokens: expected a whole number, got 2.5"],
    ["tokens: .nan", "spec.yaml:1: tokens: expected a number, got NaN"],
    ["tokens: .inf", "spec.yaml:1: tokens: expected a number, got Infinity"],
    ['tokens: "8"', 'spec.yaml:1: tokens: expected a number, got "8"'],
    ["- 1", "spec.yaml: specification: expected an object, got [1]"],
    [
      "tokens: 8\nnormalizer: sofmax",
      `spec.yaml:2: normalizer: expected one of ${listed(normalizers)}, got "sofmax" (did you mean "softmax"?)`,
    ],
    ["tokens: 8\nloss: {kind: squar}", `spec.yaml:2: loss: expected one of ${listed(losses)}, got "squar" (did you mean "square"?)`],
    ["tokens: 8\nloss: 3", `spec.yaml:2: loss: expected one of ${listed(losses)}, got 3`],
    ["tokens: 8\n\nruns: 0", "spec.yaml:3: runs: expected at least 1, got 0"],
    ["tokens: 8\nseed: 4294967296", "spec.yaml:2: seed: expected at most 4294967295, got 4294967296"],
    ["tokens: 8\ntrain: none", 'spec.yaml:2: train: expected one of both, values, logits, got "none"'],
    ["tokens: 8\nintegrator: {kind: euler, step: -0.1}", "spec.yaml:2: integrator.step: expected more than 0, got -0.1"],
    ["tokens: 8\nuntil: {steps: -5}", "spec.yaml:2: until.steps: expected at least 1, got -5"],
    ["tokens: 8\nuntil: {time: 0.25}\nintegrator: euler", "spec.yaml:2: until.time: expected a multiple of the step 0.1, got 0.25"],
    [
      "tokens: 8\nuntil: {steps: 5}",
      `spec.yaml:2: until.steps: expected time with tsit5, whose steps adapt (steps go with ${fixed}), got 5`,
    ],
    [
      "tokens: 8\nintegrator: euler\nuntil: {maxSteps: 5}",
      `spec.yaml:3: until.maxSteps: expected nothing with euler (it goes with ${adaptive}), got 5`,
    ],
    ["tokens: 8\nuntil: {maxSteps: 0}", "spec.yaml:2: until.maxSteps: expected at least 1, got 0"],
    ["tokens: 8\nuntil: {converge: 1}", "spec.yaml:2: until.converge: expected a boolean, got 1"],
    ["tokens: 8\nintegrator: {kind: tsit5, rtol: 1}", "spec.yaml:2: integrator.rtol: expected at most 0.01, got 1"],
    ["tokens: 8\nintegrator: {kind: tsit5, step: 1}", 'spec.yaml:2: integrator.step: unknown key "step"; expected one of kind, rtol, atol'],
    ["tokens: 8\nrecord: {steps: [1]}", "spec.yaml:2: record.steps: expected times with tsit5, whose steps adapt, got [1]"],
    ["tokens: 8\nrecord: {times: {count: 1025}}", "spec.yaml:2: record.times.count: expected at most 1024, got 1025"],
    ["tokens: 8\nuntil: {steps: 5, time: 1}", 'spec.yaml:2: until: expected steps, time or clock, one of them, got {"steps":5,"time":1}'],
    ["tokens: 8\nuntil: {time:5}", "expected one of steps, time, clock, maxSteps, converge (in YAML a space follows the colon)"],
    ["tokens: 8\nuntil: {clock: 5, time: 5}", 'spec.yaml:2: until: expected steps, time or clock, one of them, got {"time":5,"clock":5}'],
    [
      "tokens: 8\nintegrator: euler\nuntil: {clock: 5, steps: 5}",
      'spec.yaml:3: until: expected steps, time or clock, one of them, got {"steps":5,"clock":5}',
    ],
    ...kindsOf(losses, (row) => !row.margin).map((loss): [string, string] => [
      `tokens: 8\nuntil: {clock: 5}\nloss: ${loss}`,
      `spec.yaml:2: until.clock: expected time or steps with ${loss} loss (clock goes with ${margin}), got 5`,
    ]),
    ["tokens: 8\nuntil: {clock: 0}", "spec.yaml:2: until.clock: expected at least 1e-12, got 0"],
    ["tokens: 8\nuntil: {clock: 1e16}", "spec.yaml:2: until.clock: expected at most 1000000000000000, got 10000000000000000"],
    ["tokens: 8\nuntil: {clock: 0.25}\nintegrator: euler", "spec.yaml:2: until.clock: expected a multiple of the step 0.1, got 0.25"],
    [
      "tokens: 8\nuntil: {clock: 1e15}\nintegrator: euler",
      "spec.yaml:2: until.clock: expected at most 4294967294 steps, got 10000000000000000",
    ],
    ["tokens: 8\nuntil: {clock: 5}\nrecord: {times: {to: 6}}", "spec.yaml:3: record.times.to: expected at most the end, 5, got 6"],
    ["tokens: 8\nuntil: {clock: 5}\ngrid: {loss: [logistic, square]}", "spec.yaml:2: until.clock: expected time or steps with square loss"],
    ["tokens: 8\nuntil: {clock: 5}\ngrid: {until.time: [5]}", "until: expected steps, time or clock, one of them"],
    ["tokens: 2\nvalues: {kind: given, matrix: [[1, 2]]}", "spec.yaml:2: values.matrix: expected dim = 2 rows, got 1"],
    [
      "tokens: 2\nvalues:\n  kind: given\n  matrix:\n    - [1, 2]\n    - [1]",
      "spec.yaml:6: values.matrix.1: expected tokens = 2 numbers, got 1",
    ],
    ["tokens: 2\nvalues: given", "spec.yaml:2: values.matrix: expected a list, it is missing"],
    ["tokens: 2\nlogits: {kind: given, vector: [1, .nan]}", "spec.yaml:2: logits.vector.1: expected a number, got NaN"],
    ["tokens: 2\ntarget: {kind: given, vector: [1, 1e300]}", "spec.yaml:2: target.vector.1: expected at most 1000000000, got 1e+300"],
    [
      "tokens: 2\nloss: cross-entropy\ntarget: unit",
      'spec.yaml:3: target: expected one of distribution, given for cross-entropy loss, got "unit"',
    ],
    [
      "tokens: 2\nloss: cross-entropy\ntarget: {kind: given, vector: [0.5, 0.6]}",
      "spec.yaml:3: target.vector: expected a distribution, which sums to 1, got a sum of 1.1",
    ],
    [
      "tokens: 2\nloss: {kind: regression, samples: 3}\ntarget: {kind: given, design: [[1, 0], [0, 1]], response: [1, 2]}",
      "spec.yaml:2: loss.samples: expected the 2 rows of the given design, or nothing, got 3",
    ],
    [
      "tokens: 2\nloss: regression\ntarget: {kind: given, design: [[1, 0], [0]], response: [1, 2]}",
      "spec.yaml:3: target.design.1: expected dim = 2 numbers, got 1",
    ],
    [
      "tokens: 2\nloss: regression\ntarget: {kind: given, design: [[1, 0]], response: [1, 2]}",
      "spec.yaml:3: target.response: expected 1 numbers, one a row of the design, got 2",
    ],
    ["tokens: 2\nloss: regression\ntarget: {kind: given, vector: [1, 2]}", "spec.yaml:3: target.vector: unknown key"],
    ["tokens: 3\nnormalizer: l1\nlogits: zero", "spec.yaml:3: logits: expected a start at which l1 does not divide by 0"],
    ["tokens: 2\nnormalizer: sum\nlogits: {kind: given, vector: [1, -1]}", "spec.yaml:3: logits: expected a start at which sum does not"],
    ["tokens: 2\nnormalizer: relu\nlogits: {kind: offset, mean: -1, scale: 0}", "spec.yaml:3: logits: expected a start at which relu"],
    ["tokens: 4\nheadStart: {token: 4, by: 1}", "spec.yaml:2: headStart.token: expected less than tokens, 4, got 4"],
    [
      "tokens: 4\nrecord: {trajectories: 1, steps: [2, 1]}\nintegrator: euler",
      "spec.yaml:2: record.steps.1: expected more than the one before, 2, got 1",
    ],
    [
      "tokens: 4\nrecord: {trajectories: 1, times: {to: 2e6}}",
      "spec.yaml:2: record.times.to: expected at most the end, 1000000, got 2000000",
    ],
    [
      "tokens: 4\nrecord: {trajectories: 1, times: {from: 20, to: 10}}",
      "spec.yaml:2: record.times.from: expected at most the last time, 10, got 20",
    ],
    [
      "tokens: 4\nrecord: {trajectories: 1, steps: [2], times: {to: 10}}\nintegrator: euler",
      "spec.yaml:2: record.steps: expected steps or times, got both",
    ],
    ["tokens: 4\nruns: 2\nrecord: {trajectories: 3}", "spec.yaml:3: record.trajectories: expected at most runs, 2, got 3"],
    ["token: 8", 'spec.yaml:1: token: unknown key "token"; expected one of '],
    ["tokens: 8\n__proto__: {runs: 3}", 'spec.yaml:2: __proto__: unknown key "__proto__"'],
    ['{"tokens": 8, "values": {"__proto__": 1}}', 'spec.yaml:1: values.__proto__: unknown key "__proto__"'],
    ["tokens: 8\nconstructor: 1", 'spec.yaml:2: constructor: unknown key "constructor"'],
    ["tokens: [8", "spec.yaml:1: "],
    ["tokens: 8\ngrid: {runs: [4, 8, 4]}", "spec.yaml:2: grid.runs: expected each value once, got 4 twice"],
    [
      "tokens: 8\ngrid:\n  normalizer: [softmax, sum, {kind: softmax}]",
      'spec.yaml:3: grid.normalizer: expected each value once, got {"kind":"softmax"} twice',
    ],
    ["tokens: 8\ntokens: 9", "spec.yaml:2: tokens: expected this key once, got it twice"],
    [
      "tokens: 8\ngrid: {normalizer: [softmax, sigmod]}",
      `spec.yaml:2: grid.normalizer: expected one of ${listed(normalizers)}, got "sigmod" (did you mean "sigmoid"?)`,
    ],
    ["tokens: 8\ngrid: {nope: [1]}", 'spec.yaml:2: grid.nope: unknown key "nope"'],
    ["tokens: 8\ngrid: {runs: 5}", "spec.yaml:2: grid.runs: expected a list of at least one value, got 5"],
    ["tokens: 8\ngrid: [1]", "spec.yaml:2: grid: expected an object of lists, got [1]"],
    ["name: &a [*a]", "spec.yaml:1: name.0: expected a value, got a reference to what it is in"],
    ["[".repeat(200_000), "spec.yaml"],
    [
      "a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]",
      "spec.yaml: ",
    ],
  ])("%j", (text, message) => {
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
    ["grid.tokens=[1]", "--set grid.tokens: expected at least 2, got 1"],
    ["values.__proto__=1", '--set values.__proto__: unknown key "__proto__"'],
    ["loss=nonesuch", `--set loss: expected one of ${listed(losses)}, got "nonesuch"`],
    ["loss.kind=nonesuch", "--set loss.kind: "],
  ])("--set %s", (setting, message) => expect(problem("tokens: 8", [setting])).toContain(message));

  it("--set of what the grid varies", () => {
    expect(problem("tokens: 8\ngrid: {loss: [square]}", ["loss=logistic"])).toContain("--set loss: the grid varies it; set grid.loss");
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

describe("the JSON Schema", () => {
  const schema = jsonSchema() as { properties: Record<string, { anyOf?: { enum?: string[] }[] }>; required: string[] };
  it("describes every key, and demands tokens alone", () => {
    expect(Object.keys(schema.properties).sort()).toEqual([...specificationKeys].sort());
    expect(schema.required).toEqual(["tokens"]);
  });
  it("offers the short form where no parameter is demanded", () => {
    const taken = Object.keys(valueStarts).filter((values) => {
      try {
        return parseEnsemble({ tokens: 2, values });
      } catch {
        return false;
      }
    });
    expect(taken).toContain("gaussian");
    expect(taken).not.toContain("given");
    expect(schema.properties["values"]?.anyOf?.[0]?.enum).toEqual(taken);
  });
  it("offers every model that is built", () => {
    expect(schema.properties["model"]).toMatchObject({ default: "value-softmax", enum: Object.keys(models) });
  });
  it("tells every loss's default time", () => {
    const { until } = schema.properties as unknown as { until: { properties: Record<string, { description: string }> } };
    const text = until.properties["time"]?.description ?? "";
    for (const [loss, { time }] of Object.entries(losses)) {
      const group = text.split(/(?:, |: )(?=\d)/).find((part) => part.split(/, | and | for /).includes(loss));
      expect(Number(group?.split(" ")[0]), loss).toBe(time);
    }
  });
});
