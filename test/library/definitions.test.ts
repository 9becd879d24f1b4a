import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import type { AnyDefinition, ColumnDefinition, EndState, LossDefinition } from "../../src/model/definitions.ts";
import { registerDefinitions } from "../../src/reference/definitions/register.ts";
import { checkDefinitions } from "../../src/verification/definitions.ts";
import { sinkflow } from "../support/cli.ts";
import { webgpu } from "../support/engine.ts";

const margin = {
  kind: "quadratic",
  aim: "margin",
  wgsl: "fn loss_of_margin(m: f32) -> f32 { return 0.5 * (m - 1.0) * (m - 1.0); }\nfn slope_of_margin(m: f32) -> f32 { return m - 1.0; }",
  value: (m: number) => ((m - 1) * (m - 1)) / 2,
  slope: (m: number) => m - 1,
} as const satisfies LossDefinition;

const output = {
  kind: "sum-of-squares",
  aim: "output",
  wgsl: `fn loss_value(y: Vector, beta: Aim) -> f32 {
  let g = loss_gradient(y, beta);
  return 0.5 * dot_vectors(g, g);
}
fn loss_gradient(y: Vector, beta: Aim) -> Vector {
  var g = Vector();
  for (var k = 0; k < COMPONENTS; k++) { g[k] = y[k] - beta[k]; }
  return g;
}`,
  value: (y: Float64Array, beta: Float64Array) => y.reduce((sum, x, k) => sum + (x - (beta[k] ?? 0)) * (x - (beta[k] ?? 0)), 0) / 2,
  gradient: (y: Float64Array, beta: Float64Array) => y.map((x, k) => x - (beta[k] ?? 0)),
} as const satisfies LossDefinition;

const scaled = {
  kind: "tenth",
  wgsl: `fn normalizer_forward(a: Tokens) -> Tokens {
  var p = Tokens();
  for (var i = 0; i < TOKENS; i++) { p[i] = 0.1 * a[i]; }
  return p;
}
fn normalizer_pullback(a: Tokens, p: Tokens, c: Tokens) -> Tokens { return normalizer_forward(c); }`,
  forward: (a: Float64Array) => a.map((x) => x / 10),
  pullback: (_a: Float64Array, _p: Float64Array, c: Float64Array) => c.map((x) => x / 10),
};

const column = {
  name: "spread",
  says: "1/Σp² times the loss, of tokens with a value",
  wgsl: `var squares = Tokens();
for (var i = 0; i < TOKENS; i++) { // unroll
  squares[i] = select(0.0, weights[i] * weights[i], norms[i] > 0.0);
}
return loss / sum_tokens(squares) + 0.0 * dot_tokens(logits, alignments);`,
  value: ({ weights, norms, loss }: EndState) => loss / weights.reduce((sum, p, i) => sum + (norms[i] === 0 ? 0 : p * p), 0),
} as const satisfies ColumnDefinition;

let release = () => {};
const register = (...definitions: unknown[]) => {
  release = registerDefinitions(definitions.map((definition) => ({ definition: definition as AnyDefinition, hash: "" })));
};
afterEach(() => release());

describe("a definition is refused", () => {
  it.each([
    [
      "whose slope is not that of its value",
      { ...margin, slope: (m: number) => 1 - m },
      /^loss quadratic: expected slope to be the derivative of value, got slope -?[\d.]+ where the difference quotient of value is -?[\d.]+, at m = -?[\d.]+$/,
    ],
    ["whose slope is off by a thousandth", { ...margin, slope: (m: number) => 1.001 * (m - 1) }, /expected slope to be the derivative/],
    [
      "whose gradient is wrong in one entry",
      { ...output, gradient: (y: Float64Array, beta: Float64Array) => output.gradient(y, beta).with(2, 7) },
      /got gradient\[2\] 7\.00000 where the difference quotient/,
    ],
    [
      "whose gradient has another length",
      { ...output, gradient: () => [1] },
      /^loss sum-of-squares: expected gradient to give 6 numbers, got 1$/,
    ],
    [
      "whose pullback is not Jᵀc",
      { ...scaled, pullback: (_: unknown, __: unknown, c: Float64Array) => c },
      /^normalizer tenth: expected pullback to be Jᵀc, got pullback\[\d\] \S+ where/,
    ],
    ["that gives no numbers", { ...margin, value: () => Number.NaN }, /expected finite numbers on random states, got them on 0 of 2048/],
    [
      "with the name of a built-in kind",
      { ...margin, kind: "logistic" },
      /^loss logistic: expected a kind of its own, got one of the built-in kinds$/,
    ],
    ["with another aim", { ...margin, aim: "target" }, /expected aim to be margin or output, got "target"/],
    ["with an unknown key", { ...margin, slop: 1 }, /unknown key "slop"; expected one of .* \(did you mean "slope"\?\)/],
    ["without its WGSL", { ...output, wgsl: "fn loss_value() {}" }, /expected WGSL with fn loss_gradient, got none/],
    [
      "of a column that is built in",
      { ...column, name: "sinkShare" },
      /^column sinkShare: expected a name of its own, got that of a built-in column$/,
    ],
    ["of a column with a hyphen", { ...column, name: "own-spread" }, /^column own-spread: expected a name of letters and digits/],
    [
      "of a column that does not say what it is",
      { ...column, says: undefined },
      /^column spread: expected says to be a text, got nothing$/,
    ],
    ["of a column that gives no number", { ...column, value: () => "1" }, /^column spread: expected value to give a number, got "1"$/],
    [
      "of a column that is absent at most ends",
      { ...column, value: () => Number.NaN },
      /expected finite numbers on random ends, got them on 0/,
    ],
    ["that is none", 3, /^define: expected what defineLoss, defineNormalizer or defineColumn gives, got 3$/],
  ])("%s", (_, definition, message) => {
    expect(() => register(definition)).toThrow(message);
  });

  it("while another one of its name is in use, and no longer", () => {
    register(margin);
    const other = [{ definition: { ...margin, says: "another" }, hash: "" }];
    expect(() => registerDefinitions(other)).toThrow(/^loss quadratic: expected one definition at a time/);
    release();
    registerDefinitions(other)();
  });
});

describe("on a device", () => {
  const check = async (...definitions: unknown[]) => {
    register(...definitions);
    const engine = await webgpu();
    return checkDefinitions(engine).catch((error: Error) => error.message);
  };

  it("what agrees with its twin is taken", async () => {
    expect(await check(output, scaled, column)).toBeUndefined();
  });

  it("what does not is refused with the numbers, or with line and column", async () => {
    const wrong = { ...margin, wgsl: margin.wgsl.replace("return m - 1.0", "return m - 1.01") };
    const told =
      /^loss quadratic: expected WGSL and twin to agree, got slope_of_margin (\S+) in WGSL and (\S+) in float64, at m = β·y = (\S+)$/;
    const [inWgsl, inFloat64, m] = ((await check(wrong)) as string).match(told)?.slice(1).map(Number) ?? [];
    expect(inFloat64).toBeCloseTo((m as number) - 1, 4); // all have six digits
    expect(inWgsl).toBeCloseTo((m as number) - 1.01, 4);
    release();
    // Right on one lane, which has all components.
    const dealt = {
      ...output,
      wgsl: output.wgsl
        .replace("dot_vectors(g, g)", "own_square(g)")
        .concat(
          "\nfn own_square(g: Vector) -> f32 { var sum = 0.0; for (var k = 0; k < COMPONENTS; k++) { sum += g[k] * g[k]; } return sum; }",
        ),
    };
    expect(await check(dealt)).toMatch(/got loss_value \S+ in WGSL on 4 lanes and \S+ in float64, at y = \[.*\] and β = \[.*\]$/);
    release();
    expect(await check({ ...output, wgsl: output.wgsl.replace("0.5 * dot", "0.5 * dott") })).toMatch(
      /^loss sum-of-squares: line 3, column 16 of its WGSL: unresolved call target 'dott_vectors', in: return/,
    );
    release();
    expect(await check({ ...column, wgsl: column.wgsl.replace("sum_tokens(squares)", "squares[0]") })).toMatch(
      /^column spread: expected WGSL and twin to agree, got value \S+ in WGSL and \S+ in float64, at logits = \[.*\] and weights = .* and loss = \S+$/,
    );
    release();
    expect(await check({ ...column, wgsl: "loss +\n  lost" })).toMatch(
      /^column spread: line 2, column 3 of its WGSL: unresolved value 'lost', in: lost$/,
    );
    release();
    expect(await check({ ...scaled, wgsl: `${scaled.wgsl}\nfn flow() {}` })).toMatch(/^normalizer tenth: .*redeclaration of 'flow'/);
  });
});

interface Point {
  columns: { participation: { mean: number } };
}

describe("the command line with --define", () => {
  const folder = mkdtemp(join(tmpdir(), "sinkflow-define-"));
  afterAll(async () => rm(await folder, { recursive: true }));
  const examples = ["squared-hinge", "huber", "entmax15", "participation"].flatMap((name) => [
    "--define",
    `examples/definitions/${name}.mjs`,
  ]);
  const specification = {
    tokens: 2,
    dim: 2,
    runs: 12,
    integrator: { kind: "euler", step: 0.1 },
    until: { time: 4 },
    record: { trajectories: 1, times: { count: 3 }, columns: ["participation"] },
    grid: { loss: ["squared-hinge", "square"], normalizer: ["entmax15"] },
  };
  const run = (spec: object, ...args: string[]) => sinkflow(["run", "-", "--json", "--quiet", ...args], { input: JSON.stringify(spec) });

  it("the examples run beside built-in kinds, on a device and on the CPU, with the same sinks", async () => {
    const device = await run(specification, ...examples, "--engine", "webgpu");
    expect(device.stderr).toBe("");
    const losses = [...specification.grid.loss, "huber"];
    const cpu = await run({ ...specification, grid: { ...specification.grid, loss: losses } }, ...examples, "--engine", "cpu");
    const [a, b] = [JSON.parse(device.stdout), JSON.parse(cpu.stdout)];
    expect(a.verification).toMatchObject({ exceeded: 0, runs: 24, worst: { participation: { reference: expect.any(Number) } } });
    const spreads = [a, b].map(({ points }) => points.slice(0, 2).map((point: Point) => point.columns.participation.mean));
    for (const [i, mean] of spreads[0].entries()) {
      expect(mean).toBeGreaterThan(1);
      expect(mean).toBeLessThanOrEqual(2);
      expect(Math.abs(mean - spreads[1][i])).toBeLessThan(1e-5); // some float32 roundings of forty steps
    }
    expect(a.points.map((point: { reduction?: object }) => point.reduction)).toEqual([{ kind: "margin", dim: 1 }, undefined]);
    const sinks = (report: typeof a) => report.points.map(({ sink }: { sink: { counts: number[] } }) => sink.counts);
    expect(sinks(b)).toEqual([...sinks(a), expect.anything()]);
  });

  it("results hang on the module's bytes: another one, or none, does not go on with them", async () => {
    const at = await folder;
    const [path, out] = [join(at, "own.mjs"), join(at, "results")];
    const text = await readFile("examples/definitions/squared-hinge.mjs", "utf8");
    await writeFile(path, text.replace(/^import.*$/m, "const defineLoss = (x) => x;"));
    const spec = { ...specification, grid: { loss: ["squared-hinge"] } };
    const own = "examples/definitions/participation.mjs";
    const args = ["--engine", "cpu", "--out", out, "--define", own] as const;
    const first = await run(spec, "--define", path, ...args);
    expect(first.code).toBe(0);
    const [table] = await readdir(join(out, "runs"));
    const rows = await parquetReadObjects({ file: await asyncBufferFromFile(join(out, "runs", table as string)) });
    const mean = rows.reduce((sum, { participation }) => sum + (participation as number), 0) / rows.length;
    expect(mean).toBeCloseTo(JSON.parse(first.stdout).points[0].columns.participation.mean, 12);
    const { definitions } = JSON.parse(await readFile(join(out, "manifest.json"), "utf8"));
    const hash = expect.stringMatching(/^[0-9a-f]{64}$/);
    expect(definitions).toEqual({ "loss squared-hinge": hash, "column participation": hash });
    await writeFile(path, `${await readFile(path, "utf8")}\n// another`);
    const other = await run(spec, "--define", path, ...args);
    expect(other.stderr).toMatch(/definitions\.loss squared-hinge: "[0-9a-f]+\.\.\., there "[0-9a-f]+/);
    const report = await sinkflow(["report", out, "--define", own]);
    expect(report.stderr).toMatch(
      /expected --define with the module of loss squared-hinge that it was computed with, SHA-256 [0-9a-f]{12}…, got none/,
    );
    const none = await run(spec, "--define", own);
    expect(none.stderr).toMatch(/standard input:1: grid\.loss\.0: expected one of logistic, .*, got "squared-hinge"/);
    const unknown = await run({ ...spec, loss: "square", grid: {} });
    expect(unknown.stderr).toMatch(/record\.columns\.0: expected a column that is defined, got "participation"/);
    const missing = await run(spec, "--define", join(at, "none.mjs"));
    expect(missing.stderr).toBe(
      `sinkflow: ${join(at, "none.mjs")}: expected a module of definitions, got none: there is no such file. Nothing was written.\n`,
    );
  });
});
