import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { entryPoints } from "../../src/gpu/compose.ts";
import { manifestText } from "../../src/results/manifest.ts";
import { interruptedMessage, noDriver, sinkflow } from "../support/cli.ts";

const folder = mkdtempSync(join(tmpdir(), "sinkflow-"));
afterAll(() => rmSync(folder, { recursive: true }));
const small = "{tokens: 4, runs: 40, until: {steps: 100}, integrator: {kind: euler, step: 1}, grid: {normalizer: [softmax, linear]}}";
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const spec = file("small.yaml", small);

/** What is said now and then where a run takes more than ten seconds, as on a slow machine. */
const progress = /^sinkflow: \d+ % after \d+ s.*\n/gm;

/** What a results folder holds. */
const resultFiles = ["figures", "manifest.json", "parts", "report.html", "runs", "summary.json"];
const dataFiles = ["parts/000000.json", "runs/000000.parquet"];

describe("run", () => {
  it("prints one JSON document of the contract's shape, and nothing else", async () => {
    const record = "record={trajectories: 2, steps: [0, 10, 100]}";
    const { code, stdout, stderr, elapsedMs } = await sinkflow(["run", spec, "--json", "--set", record]);
    expect({ code, stderr: elapsedMs > 10_000 ? stderr.replace(progress, "") : stderr }).toEqual({ code: 0, stderr: "" });
    const report = JSON.parse(stdout);
    expect(Object.keys(report)).toEqual(["sinkflow", "specification", "engine", "adapter", "timing", "verification", "points"]);
    expect(report.engine).toBe("webgpu");
    expect(Object.keys(report.adapter)).toEqual(["vendor", "architecture", "device", "description"]);
    expect(report.points.map((point: { parameters: object }) => point.parameters)).toEqual([
      { normalizer: "softmax" },
      { normalizer: "linear" },
    ]);
    expect(Object.keys(report.timing)).toEqual(["wallMs", "deviceBusy", "waited", "resumed", "peakBytes", "processorMs"]);
    expect(report.timing.peakBytes).toBeGreaterThan(2 ** 20);
    expect(report.timing.processorMs).toBeGreaterThan(10);
    const [point] = report.points;
    // What users count on; that the documents name every other key, test/readme.test.ts holds.
    const promised = [
      "parameters",
      "runs",
      "status",
      "steps",
      "timing",
      "overTime",
      "reduction",
      "sink",
      "sinkShare",
      "shortfall",
      "entropy",
      "initialEntropy",
      "effectiveTokens",
      "loss",
      "polarized",
      "polarizationTime",
      "lockInTime",
      "predictors",
      "massiveActivation",
      "verification",
      "trajectories",
    ];
    expect(Object.keys(point)).toEqual(
      expect.arrayContaining(promised.filter((key) => key !== "polarizationTime" || point.polarizationTime)),
    );
    expect(Object.keys(point.massiveActivation)).toEqual(
      expect.arrayContaining(["sinkNorm", "normRatio", "largestValue", "largestLogit", "logitGap"]),
    );
    expect(Object.keys(point.trajectories[0]).sort()).toEqual(
      ["run", "steps", "times", "weights", "logits", "alignments", "valueNorms", "loss", "entropy", "gradientNorms"].sort(),
    );
    expect(Object.keys(point.timing)).toEqual(["compileMs", "initialMs", "simulateMs", "readMs"]);
    expect(point.sink.counts.reduce((a: number, b: number) => a + b)).toBe(40);
    expect(Object.keys(point.sinkShare)).toEqual(["mean", "min", "q05", "q25", "median", "q75", "q95", "max"]);
    expect(point.verification).toMatchObject({ runs: 16, exceeded: 0 });
    expect(point.verification.worstWeight).toBeLessThan(point.verification.bound);
    expect(point.trajectories.map(({ run }: { run: number }) => run)).toEqual([0, 1]);
    expect(point.trajectories[0]).toMatchObject({ steps: [0, 10, 100], times: [0, 10, 100] });
    expect(point.trajectories[0].weights[2]).toHaveLength(4);
    expect(stdout).not.toMatch(/null,|NaN/);
  });

  it.each(["polarize", "scales"])("takes the example %s, to the default end with adaptive steps", async (name) => {
    const { code, stdout } = await sinkflow(["run", `examples/${name}.yaml`, "--engine", "cpu", "--set", "runs=3", "--json"]);
    expect(code).toBe(0);
    const { specification, points } = JSON.parse(stdout);
    expect(specification.integrator.kind).toBe("tsit5");
    expect(specification.until.time).toBe(1e6);
    for (const { status, overTime } of points) {
      expect(status.completed).toBe(3);
      expect(overTime.times.at(-1)).toBe(1e6);
    }
  });

  it("says the same on both engines, within the bound of verification", async () => {
    const [gpu, cpu] = await Promise.all(
      ["webgpu", "cpu"].map(async (engine) => JSON.parse((await sinkflow(["run", spec, "--json", "--engine", engine])).stdout)),
    );
    expect(cpu.adapter).toBeNull();
    for (const i of [0, 1]) {
      expect(cpu.points[i]).not.toHaveProperty("verification");
      expect(Math.abs(cpu.points[i].entropy.median - gpu.points[i].entropy.median)).toBeLessThan(10 * gpu.points[i].verification.bound);
      expect(cpu.points[i].initialEntropy.mean).toBeCloseTo(gpu.points[i].initialEntropy.mean, 5);
    }
  });

  it("writes summary and manifest, whose hashes are right, and the same bytes again", async () => {
    const out = join(folder, "out");
    const first = await sinkflow(["run", spec, "--out", out]);
    expect(first.code).toBe(0);
    expect(readdirSync(out).sort()).toEqual(resultFiles);
    const summary = readFileSync(join(out, "summary.json"));
    const manifest = JSON.parse(readFileSync(join(out, "manifest.json"), "utf8"));
    const figures = readdirSync(join(out, "figures")).map((name) => `figures/${name}`);
    expect(figures.sort()).toEqual(
      [
        ...["entropy", "largest-share", "loss", "normalizers-leaders", "polarized-by", "predictors", "shares", "sinks"].flatMap((name) =>
          ["csv", "png", "svg"].map((type) => `figures/${name}.${type}`),
        ),
        "figures/normalizers-table.csv",
      ].sort(),
    );
    const data = Object.fromEntries(
      ["report.html", "summary.json", ...dataFiles, ...figures].map((name) => [name, readFileSync(join(out, name))]),
    );
    expect(Object.keys(manifest.files).sort()).toEqual(Object.keys(data).sort());
    for (const [name, bytes] of Object.entries(data))
      expect(manifest.files[name]).toEqual({ sha256: createHash("sha256").update(bytes).digest("hex"), bytes: bytes.length });
    expect(JSON.parse(summary.toString())).not.toHaveProperty("timing");
    expect(JSON.parse(summary.toString()).points[0]).not.toHaveProperty("timing");
    expect(manifest).toMatchObject({ complete: true, node: process.versions.node, seed: 1, options: { reduction: true, rows: "all" } });
    expect(manifest.timing.wallMs).toBeGreaterThan(0);
    expect(manifest.specification).toEqual(JSON.parse(summary.toString()).specification);

    // The same inputs print the results again; others are refused, and what differs is named.
    const again = await sinkflow(["run", spec, "--out", out]);
    expect(again).toMatchObject({ code: 0, stdout: first.stdout });
    expect(readFileSync(join(out, "manifest.json"), "utf8")).toBe(JSON.stringify(manifest, null, 2).concat("\n"));
    const refused = await sinkflow(["run", spec, "--out", out, "--set", "seed=2"]);
    expect(refused.code).toBe(4);
    expect(refused.stderr).toMatch(
      /expected a new folder, or results of the same inputs, got others \(specification\.seed: 2, there 1\); --fresh replaces them\. Nothing was written\.\n$/,
    );
    expect((await sinkflow(["run", spec, "--out", out, "--fresh"])).code).toBe(0);
    for (const [name, bytes] of Object.entries(data)) expect(readFileSync(join(out, name)).equals(bytes), name).toBe(true);

    // The report is drawn again from what is stored, to the byte.
    rmSync(join(out, "figures/sinks.svg"));
    writeFileSync(join(out, "report.html"), "gone");
    expect(await sinkflow(["report", out])).toMatchObject({ code: 0, stdout: `${out}/report.html\n` });
    for (const [name, bytes] of Object.entries(data)) expect(readFileSync(join(out, name)).equals(bytes), name).toBe(true);
    expect(JSON.parse(readFileSync(join(out, "manifest.json"), "utf8")).files).toEqual(manifest.files);

    // But not from files that are others than the manifest lists.
    const page = readFileSync(join(out, "report.html"));
    writeFileSync(join(out, "summary.json"), (data["summary.json"] as Buffer).toString().replace('"runs": ', '"runs":  '));
    writeFileSync(join(out, "runs/000000.parquet"), (data["runs/000000.parquet"] as Buffer).subarray(0, 100));
    rmSync(join(out, "figures/shares.csv"));
    const damaged = await sinkflow(["report", out]);
    expect(damaged.code).toBe(4);
    for (const damage of [
      "summary.json is changed",
      "runs/000000.parquet is changed",
      "figures/shares.csv is missing",
      "Nothing was written.",
    ])
      expect(damaged.stderr).toContain(damage);
    expect(readFileSync(join(out, "report.html")).equals(page)).toBe(true);
  });

  it("draws no report from what holds no results", async () => {
    const empty = join(folder, "empty");
    mkdirSync(empty);
    const { code, stderr } = await sinkflow(["report", empty]);
    expect(code).toBe(4);
    expect(stderr).toMatch(/empty: expected a results folder, with manifest.json and summary.json, got none\. Nothing was written\.\n$/);
    expect(readdirSync(empty)).toEqual([]);
    const described = { sinkflow: "0", engine: "cpu", adapter: null, host: "h", node: "20.0.0", started: "then" };
    const whole = manifestText({ ...described, complete: true, specificationHash: "0", files: {} });
    const head = { sinkflow: "0", specification: { tokens: 2 }, engine: "cpu", adapter: null };
    for (const [manifest, summary, message] of [
      // From a summary that has points without results, and from manifests that are none, or not as they were written.
      [whole, '{"points": [7]}', "expected results that this version wrote, got others"],
      [whole, JSON.stringify({ ...head, points: [{ parameters: {} }] }), "expected results that this version wrote, got others"],
      [whole, JSON.stringify(head), "expected results that this version wrote, got others"],
      [whole.replace("then", "them"), "{}", "expected the manifest.json as it was written, got one that is changed"],
      ["{}", "{}", "expected the manifest.json of this program, got what can't be read"],
      ["[]", "{}", "expected the manifest.json of this program, got what can't be read"],
    ] as const) {
      writeFileSync(join(empty, "manifest.json"), manifest);
      writeFileSync(join(empty, "summary.json"), summary);
      const refused = await sinkflow(["report", empty]);
      expect(refused).toMatchObject({ code: 4, stdout: "" });
      expect(refused.stderr).toBe(`sinkflow: ${empty}: ${message}. Nothing was written.\n`);
    }
    expect(readdirSync(empty).sort()).toEqual(["manifest.json", "summary.json"]);
  });

  it("keeps a user's file that lies among the figures of incomplete results", async () => {
    const out = join(folder, "mixed");
    mkdirSync(join(out, "figures"), { recursive: true });
    writeFileSync(join(out, "summary.json"), "{");
    writeFileSync(join(out, "figures/mine.txt"), "mine");
    const { code, stderr } = await sinkflow(["run", spec, "--out", out, "--fresh"]);
    expect(code).toBe(4);
    expect(stderr).toMatch(/got one that holds other files\. Nothing was written\.\n$/);
    expect(readFileSync(join(out, "figures/mine.txt"), "utf8")).toBe("mine");
  });

  it("replaces what a killed process left behind, with --fresh alone", async () => {
    const out = join(folder, "left");
    mkdirSync(out);
    writeFileSync(join(out, "summary.json"), "{");
    writeFileSync(join(out, ".manifest.json.0123456789ab"), "");
    const refused = await sinkflow(["run", spec, "--out", out]);
    expect(refused).toMatchObject({ code: 4, stdout: "" });
    expect(refused.stderr).toMatch(/got incomplete results without; --fresh replaces them\. Nothing was written\.\n$/);
    expect((await sinkflow(["run", spec, "--out", out, "--fresh"])).code).toBe(0);
    expect(readdirSync(out).sort()).toEqual(resultFiles);
    expect(readdirSync(join(out, "figures")).some((name) => name.startsWith("."))).toBe(false);
  });

  it.each(["webgpu", "cpu"])("has no null in the trajectory of a run that went wrong, to its last recorded step: %s", async (engine) => {
    const wild =
      "{tokens: 3, runs: 64, loss: square, normalizer: linear, integrator: {kind: rk4, step: 2}, until: {steps: 500}, record: {trajectories: 64, steps: [0, 1, 2, 3, 500]}}";
    const { code, stdout } = await sinkflow(["run", "-", "--json", "--engine", engine], { input: wild });
    expect(code).toBe(0);
    const { points } = JSON.parse(stdout);
    expect(JSON.stringify(points).includes("null")).toBe(false);
    for (const { steps } of points[0].trajectories) expect(steps).toEqual([0, 1, 2, 3, 500]);
  });

  it("reads standard input, and takes --set", async () => {
    const { code, stdout } = await sinkflow(["run", "-", "--json", "--set", "runs=7", "--set", "grid.normalizer=[sigmoid]"], {
      input: small,
    });
    expect(code).toBe(0);
    expect(JSON.parse(stdout).points).toMatchObject([{ runs: 7, parameters: { normalizer: "sigmoid" } }]);
  });

  it("prints a table and a sentence that fit a terminal", async () => {
    const { code, stdout } = await sinkflow(["run", spec, "--quiet"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/normalizer +share ≥ 0\.9/);
    expect(stdout).toMatch(/Verified: 32 runs agree with the float64 reference/);
    const table = stdout.split("\n").filter((line) => /^(normalizer|softmax|linear) /.test(line));
    expect(table).toHaveLength(3);
    for (const line of table) expect(line.length).toBeLessThanOrEqual(80);
  });

  it("prints the composed WGSL", async () => {
    const { code, stdout } = await sinkflow(["run", spec, "--print-wgsl"], { env: noDriver });
    expect(code).toBe(0);
    expect(stdout.match(/@compute @workgroup_size/g)).toHaveLength(2 * Object.keys(entryPoints).length); // of the two points of the grid
  });

  it("falls back to the CPU where there is no driver, saying so in one line", async () => {
    const { code, stdout, stderr } = await sinkflow(["run", spec, "--json"], { env: noDriver });
    expect(code).toBe(0);
    expect(stderr).toMatch(/^sinkflow: no WebGPU adapter found: computing in float64 on the CPU, \d+ threads\n$/);
    expect(JSON.parse(stdout)).toMatchObject({ engine: "cpu", adapter: null });
  });

  it("takes the CPU for what is beyond the device, and refuses it where WebGPU is asked for", async () => {
    const fine = ["run", spec, "--json", "--set", "integrator={kind: tsit5, rtol: 1e-8}", "--set", "until={time: 3}", "--set", "runs=2"];
    expect(JSON.parse((await sinkflow(fine)).stdout).engine).toBe("cpu");
    const { code, stdout, stderr } = await sinkflow([...fine, "--engine", "webgpu"]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/integrator\.rtol: expected at least 1e-6 .*got 1e-8; --engine cpu takes it.* Nothing was written\.\n$/);
  });

  it.each(["webgpu", "cpu"])("stops when it is interrupted, with nothing written: %s", async (engine) => {
    const out = join(folder, "interrupted");
    const { code, stderr } = await sinkflow(["run", spec, "--out", out, "--set", "until.steps=100000000", "--engine", engine], {
      // Its folder is there once it is at work.
      interruptWhen: () => existsSync(out),
    });
    expect({ code, stderr }).toEqual({ code: 75, stderr: interruptedMessage(out) });
    expect(existsSync(out)).toBe(false);
  });

  it("deletes the results that it is to replace before it begins, and says so when it is interrupted", async () => {
    const out = join(folder, "replaced");
    expect((await sinkflow(["run", spec, "--out", out])).code).toBe(0);
    const { code, stderr } = await sinkflow(["run", spec, "--out", out, "--fresh", "--set", "until.steps=100000000"], {
      interruptWhen: () => !existsSync(join(out, "runs/000000.parquet")),
    });
    expect({ code, stderr }).toEqual({
      code: 75,
      stderr: `sinkflow: interrupted. The old results in ${out} are deleted, and nothing of new ones is whole. Resume with: sinkflow run ${spec} --out ${out} --set until.steps=100000000\n`,
    });
    expect(readdirSync(out)).toEqual([]);
  });

  it("says that it can't be resumed where it has no folder, when it is interrupted", async () => {
    const began = Date.now();
    const { code, stdout, stderr } = await sinkflow(["run", spec, "--engine", "cpu", "--quiet", "--set", "until.steps=100000000"], {
      interruptWhen: () => Date.now() - began > 2000,
    });
    expect({ code, stdout, stderr }).toEqual({
      code: 75,
      stdout: "",
      stderr: "sinkflow: interrupted. Nothing was written. It can't be resumed: the same command starts anew.\n",
    });
  });

  it("says of a report that can't be written how far it came", async () => {
    const out = join(folder, "unwritable");
    expect((await sinkflow(["run", spec, "--out", out])).code).toBe(0);
    const inWay = (name: string) => {
      rmSync(join(out, name));
      mkdirSync(join(out, name));
    };
    // The page is the first that is put in place: then nothing is. The manifest is the last: then all others are.
    inWay("report.html");
    const refused = await sinkflow(["report", out]);
    expect(refused).toMatchObject({ code: 4, stdout: "" });
    expect(refused.stderr).toMatch(
      /unwritable: expected a file where results are written, got a folder of that name\. Nothing was written\.\n$/,
    );
    rmSync(join(out, "report.html"), { recursive: true });
    const figure = "figures/predictors.png";
    inWay(figure);
    const half = await sinkflow(["report", out]);
    expect(half).toMatchObject({ code: 4, stdout: "" });
    expect(half.stderr).toMatch(/The results there are incomplete: 22 of 27 new files are in place\.\n$/);
    expect(readdirSync(join(out, "figures")).filter((name) => name.startsWith("."))).toEqual([]);
    rmSync(join(out, figure), { recursive: true });
    expect((await sinkflow(["report", out])).code).toBe(0);
  });
});

describe("verify", () => {
  it("compares with the reference, in words and as JSON", async () => {
    const { code, stdout } = await sinkflow(["verify", spec, "--runs", "8", "--quiet"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/softmax: weights differ by .* at most, typically .*winners agree in 100 %/);
    const json = await sinkflow(["verify", spec, "--runs", "8", "--json"]);
    expect(JSON.parse(json.stdout).points[0].verification.runs).toBe(8);
  });
  it("takes a grid over runs and recorded steps, which it sets itself", async () => {
    const grid =
      "{tokens: 3, integrator: euler, until: {steps: 9}, record: {trajectories: 1}, grid: {runs: [4, 8], record.steps: [[1, 2], [3]]}}";
    const { code, stdout } = await sinkflow(["verify", "-", "--runs", "3", "--json"], { input: grid });
    expect(code).toBe(0);
    expect(JSON.parse(stdout).points.map((point: { runs: number }) => point.runs)).toEqual([3, 3, 3, 3]);
  });
  it("says so where no run ended soundly, and claims nothing", async () => {
    const wild = "{tokens: 3, loss: square, normalizer: linear, integrator: {kind: euler, step: 5}, until: {steps: 200}}";
    const { code, stdout } = await sinkflow(["verify", "-", "--runs", "8"], { input: wild });
    expect(code).toBe(0);
    expect(stdout).toMatch(/Nothing was verified: no sampled run ended soundly\.\n$/);
  });
  it("refuses to verify the reference against itself", async () => {
    expect(await sinkflow(["verify", spec, "--engine", "cpu"])).toMatchObject({ code: 2, stdout: "" });
  });
});

describe("devices and schema", () => {
  it("lists the adapter that auto takes", async () => {
    const { code, stdout, stderr } = await sinkflow(["devices", "--json"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { adapters, auto } = JSON.parse(stdout);
    expect(adapters.length).toBeGreaterThan(0);
    expect(auto.engine).toBe("webgpu");
    expect(adapters[0].limits.maxStorageBufferBindingSize).toBeGreaterThanOrEqual(2 ** 27);
    const named = await sinkflow(["run", spec, "--json", "--adapter", adapters[0].name]);
    expect(JSON.parse(named.stdout).engine).toBe("webgpu");
  });
  it("says so where there is none", async () => {
    const { code, stdout } = await sinkflow(["devices"], { env: noDriver });
    expect(code).toBe(0);
    expect(stdout).toMatch(/No WebGPU adapter.*\n--engine auto takes the CPU engine/);
  });
  it("prints the schema", async () => {
    const { code, stdout } = await sinkflow(["schema"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ title: "sinkflow specification", properties: { tokens: { type: "integer" } } });
  });
});
