import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { shardFrom } from "../../src/cli/shard.ts";
import { manifestText } from "../../src/results/manifest.ts";
import { sinkflow } from "../support/cli.ts";

const folder = mkdtempSync(join(tmpdir(), "sinkflow-shards-"));
afterAll(() => rmSync(folder, { recursive: true }));
/** Three parts, of 16, 16 and 1 families. */
const specification = join(folder, "spec.json");
const few = { integrator: { kind: "euler", step: 0.1 }, until: { steps: 4 }, record: { steps: [4] } };
const grid = { tokens: Array.from({ length: 11 }, (_, i) => i + 2), normalizer: ["softmax", "sigmoid", "linear"] };
writeFileSync(specification, JSON.stringify({ runs: 4, ...few, grid }));
const run = (out: string, more: string[] = [], env = {}) =>
  sinkflow(["run", specification, "--engine", "cpu", "--quiet", "--out", out, ...more], { env });
const dataOf = (path: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(path, { recursive: true, encoding: "utf8" })
      .filter((name) => name !== "manifest.json" && statSync(join(path, name)).isFile())
      .sort()
      .map((name) => [name, readFileSync(join(path, name)).toString("base64")]),
  );

const whole = join(folder, "whole");
/** In one folder, and in one each. */
const shared = join(folder, "shared");
const [even, odd] = [join(folder, "even"), join(folder, "odd")];
beforeAll(async () => {
  expect(await run(whole)).toMatchObject({ code: 0, stderr: "" });
  const both = [
    run(shared, ["--shard", "0/2"]),
    run(shared, ["--shard", "auto", "--json"], { SINKFLOW_SHARDS: "2", SLURM_ARRAY_TASK_ID: "1" }),
  ];
  const [first, second] = await Promise.all(both);
  expect(first).toMatchObject({ code: 0, stderr: "" });
  expect(first?.stdout).toMatch(
    /^\nShard 0 of 2: 2 parts with 68 runs, of which 0 were there before\.\nParts: .*shared\/ \(sinkflow merge finishes/,
  );
  expect(JSON.parse(second?.stdout ?? "")).toMatchObject({
    engine: "cpu",
    shard: { index: 1, count: 2 },
    parts: [{ part: 1, rows: 64, wasThere: false }],
  });
  for (const [i, out] of [even, odd].entries())
    cpSync(shared, out, {
      recursive: true,
      filter: (name) => !/\.(json|parquet)$/.test(name) || Number(name.match(/0000(\d\d)\./)?.[1] ?? i) % 2 === i,
    });
}, 120_000);
const copyOf = (path: string, name: string) => {
  cpSync(path, join(folder, name), { recursive: true });
  return join(folder, name);
};

describe("--shard", () => {
  it.each<[string, Record<string, string>, object]>([
    ["0/1", {}, { index: 0, count: 1 }],
    ["7/8", {}, { index: 7, count: 8 }],
    ["auto", { JOB_COMPLETION_INDEX: "3", SINKFLOW_SHARDS: "4" }, { index: 3, count: 4 }],
    ["auto", { HQ_TASK_ID: "0", SINKFLOW_SHARDS: "4", SLURM_ARRAY_TASK_ID: "" }, { index: 0, count: 4 }],
  ])("%s %j is a shard", (text, environment, shard) => expect(shardFrom(text, environment)).toEqual(shard));

  it.each<[string, Record<string, string>, string]>([
    ["1", {}, '--shard: expected i/N, with i from 0 to N − 1, or auto, got "1"'],
    ["-1/2", {}, '--shard: expected i/N, with i from 0 to N − 1, or auto, got "-1/2"'],
    ["2/2", {}, "--shard: expected i below N, since shards are numbered from 0, got 2 of 2"],
    ["0/0", {}, "--shard: expected i below N, since shards are numbered from 0, got 0 of 0"],
    [
      "auto",
      {},
      "--shard: auto: expected the number of this task in SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX, HQ_TASK_ID, got none of them",
    ],
    ["auto", { HQ_TASK_ID: "1" }, '--shard: auto: expected SINKFLOW_SHARDS to be a whole number, got ""'],
    ["auto", { HQ_TASK_ID: "4", SINKFLOW_SHARDS: "4" }, "--shard: auto: expected i below N, since shards are numbered from 0, got 4 of 4"],
    [
      "auto",
      { HQ_TASK_ID: "1", SLURM_ARRAY_TASK_ID: "2", SINKFLOW_SHARDS: "4" },
      "--shard: auto: expected one number of this task, got SLURM_ARRAY_TASK_ID=2, HQ_TASK_ID=1",
    ],
  ])("%s %j is refused", (text, environment, message) => expect(() => shardFrom(text, environment)).toThrow(message));

  it.each([
    [["--shard", "0/2"], "--shard: expected --out, the folder in which the shards' parts are put together, got none"],
    [
      ["--shard", "0/2", "--fresh", "--out", join(folder, "none")],
      "--shard: expected no --fresh, which deletes what other shards wrote, got both; delete the folder before the shards begin",
    ],
  ])("%j is refused", async (more, message) => {
    const result = await sinkflow(["run", specification, ...more]);
    expect(result).toMatchObject({ code: 2, stdout: "", stderr: `sinkflow: ${message}. Nothing was written.\n` });
  });

  it("is of one number of shards in a folder; without parts it is done at once; what is there is not computed again", async () => {
    const other = await run(shared, ["--shard", "0/3"]);
    expect(other).toMatchObject({
      code: 4,
      stderr: `sinkflow: ${shared}: expected results of 3 shards, got those of 2 shards; another folder holds yours. Nothing was written.\n`,
    });
    expect((await run(shared)).stderr).toContain("expected results of a sweep without shards, got those of 2 shards");
    expect((await run(shared, ["--shard", "0/2"])).stdout).toContain("Shard 0 of 2: 2 parts with 68 runs, of which 2 were there before.");
    const none = join(folder, "none");
    const ofNone = await run(none, ["--shard", "5/6", "--precision", "0.4", "--json"]);
    expect(JSON.parse(ofNone.stdout)).toMatchObject({ specification: { runs: 6 }, shard: { index: 5, count: 6 }, parts: [] });
    expect(readdirSync(shared).sort()).toEqual(["manifest.json", "parts", "runs"]);
  });
});

describe("merge", () => {
  it("of one folder, and of several, gives the bytes of the sweep without shards; once more it prints the same", async () => {
    for (const [path, args] of [
      [copyOf(shared, "one"), [join(folder, "one")]],
      [join(folder, "several"), [odd, even, "--out", join(folder, "several")]],
    ] as const) {
      const merged = await sinkflow(["merge", ...args, "--quiet"]);
      expect(merged.code).toBe(0);
      expect(dataOf(path)).toEqual(dataOf(whole));
      const manifest = JSON.parse(readFileSync(join(path, "manifest.json"), "utf8"));
      expect(manifest).toMatchObject({ complete: true });
      expect(manifest).not.toHaveProperty("shards");
      expect((await sinkflow(["merge", path, "--quiet"])).stdout).toBe(merged.stdout);
      expect((await run(path)).stdout).toBe(merged.stdout);
    }
    expect(JSON.parse(readFileSync(join(even, "manifest.json"), "utf8"))).toMatchObject({ complete: false, shards: 2 });
  });

  it("names what is missing, or damaged, and exits with 4", async () => {
    const missing = await sinkflow(["merge", even, "--out", join(folder, "none")]);
    expect(missing).toMatchObject({
      code: 4,
      stdout: "",
      stderr: `sinkflow: ${even}: expected all 3 parts, got none of parts/000001.json, of the shards 1/2. Nothing was written.\n`,
    });
    const torn = copyOf(odd, "torn");
    writeFileSync(join(torn, "runs/000001.parquet"), "torn");
    const damaged = await sinkflow(["merge", even, torn, "--out", join(folder, "none")]);
    expect(damaged.code).toBe(4);
    expect(damaged.stderr).toBe(
      `sinkflow: ${torn}/parts/000001.json: runs/000001.parquet is changed; it is not taken.\n` +
        `sinkflow: ${even}, ${torn}: expected all 3 parts, got none of parts/000001.json, of the shards 1/2. Nothing was written.\n`,
    );
    expect(readdirSync(join(torn, "runs"))).toEqual(["000001.parquet"]);
    expect((await sinkflow(["merge", join(folder, "void")])).stderr).toContain(
      "void: expected a folder that a shard of a sweep has written",
    );
    expect((await sinkflow(["merge", even, odd])).stderr).toBe(
      "sinkflow: --out: expected a folder for the results of 2 folders, got none. Nothing was written.\n",
    );
  });

  it("of a sweep that is not verified ends with 5, and so does each of its shards that is started again", async () => {
    const failed = copyOf(shared, "failed");
    expect((await sinkflow(["merge", failed, "--quiet"])).code).toBe(0);
    // The CPU engine is not verified: what a device may come to is put in place of nothing.
    const summary = readFileSync(join(failed, "summary.json"), "utf8");
    const changed = summary.replace('"adapter": null,', '"adapter": null, "countsDiffer": "planted",');
    writeFileSync(join(failed, "summary.json"), changed);
    const { identity: _, checksum: __, ...manifest } = JSON.parse(readFileSync(join(failed, "manifest.json"), "utf8"));
    const bytes = Buffer.byteLength(changed);
    manifest.files["summary.json"] = { sha256: createHash("sha256").update(changed).digest("hex"), bytes };
    writeFileSync(join(failed, "manifest.json"), manifestText(manifest));
    for (const again of [await sinkflow(["merge", failed]), await run(failed), await run(failed, ["--shard", "0/2"])]) {
      expect(again.code).toBe(5);
      expect(again.stderr).toContain("NOT verified: planted");
    }
  });

  it("waits for no shard: where one writes still, it says which process", async () => {
    const held = copyOf(shared, "held");
    mkdirSync(join(held, "locks"));
    const holder = { host: "elsewhere", process: 7, since: "now", token: "" };
    writeFileSync(join(held, "locks/1-of-2.json"), JSON.stringify(holder));
    const refused = await sinkflow(["merge", held]);
    expect(refused).toMatchObject({
      code: 4,
      stdout: "",
      stderr: `sinkflow: ${held}: expected a folder that no other process writes, got one that process 7 on elsewhere, since now does. Nothing was written.\n`,
    });
    writeFileSync(join(held, "locks/1-of-2.json"), JSON.stringify({ ...holder, host: hostname() })); // not of this start of the system, so as new as it is
    expect((await sinkflow(["merge", held])).code).toBe(4);
  });

  it("of other sweeps is refused; of other adapters it takes --mixed, and the manifest tells whose a part is", async () => {
    const other = copyOf(odd, "other");
    const { identity: _, checksum: __, ...manifest } = JSON.parse(readFileSync(join(other, "manifest.json"), "utf8"));
    const rewrite = (change: object) => writeFileSync(join(other, "manifest.json"), manifestText({ ...manifest, ...change }));
    rewrite({ specification: { ...manifest.specification, seed: 2 } });
    const seed = await sinkflow(["merge", even, other, "--mixed", "--out", join(folder, "none")]);
    expect(seed).toMatchObject({ code: 4, stdout: "" });
    expect(seed.stderr).toBe(
      `sinkflow: ${other}: expected parts of the same sweep as in ${even}, got others (specification.seed: 1, there 2 in ${other}). Nothing was written.\n`,
    );

    // A shard of a device, with its own engine and adapter, of two parts.
    const two = join(folder, "two.json");
    writeFileSync(two, JSON.stringify({ tokens: 2, runs: 32_768, ...few, grid: { loss: ["logistic", "square"] } }));
    const [cpu, device, mixed] = ["cpu", "device", "mixed"].map((name) => join(folder, name)) as [string, string, string];
    for (const [shard, engine, out] of [
      ["0/2", "cpu", cpu],
      ["1/2", "webgpu", device],
    ] as const)
      expect((await sinkflow(["run", two, "--engine", engine, "--quiet", "--out", out, "--shard", shard])).code).toBe(0);
    const adapters = await sinkflow(["merge", cpu, device, "--out", mixed]);
    expect(adapters.code).toBe(4);
    expect(adapters.stderr).toMatch(
      /got others \(engine: "cpu", there "webgpu" in .*device\); --mixed puts parts of several adapters together\. Nothing was written\.\n$/,
    );
    const merged = await sinkflow(["merge", cpu, device, "--mixed", "--quiet", "--out", mixed]);
    expect(merged).toMatchObject({ code: 0 });
    const { adapters: listed } = JSON.parse(readFileSync(join(mixed, "manifest.json"), "utf8"));
    const whose = [
      { engine: "cpu", adapter: null, parts: [0] },
      { engine: "webgpu", adapter: expect.objectContaining({}), parts: [1], verification: { exceeded: 0 } },
    ];
    expect(listed).toMatchObject(whose);
    const name = listed[1].adapter.description;
    /** All that shows results says whose they are, and what was verified of each adapter. */
    const check = (stdout: string) => {
      expect(stdout).toContain(`\nCPU, float64; WebGPU, ${name}\n`);
      expect(stdout).toMatch(/\nCPU, float64: 1 part\.\nWebGPU, .*: 1 part\. Verified: \d+ runs agree .*\n/);
      const page = readFileSync(join(mixed, "report.html"), "utf8");
      expect(page).toMatch(/<p>CPU, float64: 1 part\.<\/p>\n<p>WebGPU, .*: 1 part\. Verified: \d+ runs agree .*<\/p>/);
      expect(page).toContain(`<dt>adapters</dt><dd>CPU, float64; WebGPU, ${name}</dd>`);
      expect(page).not.toContain("Computed in float64 by the reference itself");
    };
    check(merged.stdout);
    check((await sinkflow(["run", two, "--engine", "cpu", "--quiet", "--out", mixed])).stdout);
    expect(JSON.parse((await sinkflow(["merge", mixed, "--json", "--quiet"])).stdout)).toMatchObject({ engine: "cpu", adapters: whose });
    expect((await sinkflow(["report", mixed])).code).toBe(0);
    check((await sinkflow(["merge", cpu, device, "--mixed", "--quiet", "--out", mixed])).stdout);
  });
});
