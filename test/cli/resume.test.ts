import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { manifestText } from "../../src/results/manifest.ts";
import { recordFormat } from "../../src/results/record.ts";
import { sinkflow } from "../support/cli.ts";

const folder = mkdtempSync(join(tmpdir(), "sinkflow-resume-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Five parts, of 16, 16 and 1 families, among whose runs some end unsoundly and some have a loss that is none from the start on. */
const specification = {
  runs: 5,
  loss: "exponential",
  integrator: { kind: "euler", step: 30 },
  until: { steps: 40 },
  record: { steps: [0, 4, 40], trajectories: 2, vectors: true },
  grid: {
    tokens: Array.from({ length: 11 }, (_, i) => i + 2),
    normalizer: ["softmax", "sum", "linear"],
    "values.scale": [0.1, 1e5],
  },
};
const file = join(folder, "spec.json");
writeFileSync(file, JSON.stringify(specification));
const run = (out: string, more: string[] = []) => sinkflow(["run", file, "--engine", "cpu", "--quiet", "--out", out, ...more]);

/** All files of a results folder but its manifest, by name; pictures by their size alone, which keeps a failure short. */
const dataOf = (path: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(path, { recursive: true, encoding: "utf8" })
      .filter((name) => name !== "manifest.json" && !name.startsWith("damaged") && statSync(join(path, name)).isFile())
      .sort()
      .map((name) => [name, readFileSync(join(path, name)).toString("base64")]),
  );
const manifestIn = (path: string) => JSON.parse(readFileSync(join(path, "manifest.json"), "utf8"));

const whole = join(folder, "whole");
const recordsAlone = join(folder, "records");
beforeAll(async () => {
  expect(await run(whole)).toMatchObject({ code: 0, stderr: "" });
  expect(await run(recordsAlone, ["--rows", "none"])).toMatchObject({ code: 0, stderr: "" });
}, 120_000);
let count = 0;
/** A copy of complete results that is done something to. */
function changed(of: string, change: (path: string) => void): string {
  const path = join(folder, `copy-${count++}`);
  cpSync(of, path, { recursive: true });
  change(path);
  return path;
}
function flip(path: string, share: number): void {
  const bytes = readFileSync(path);
  const at = Math.min(bytes.length - 1, Math.floor(share * bytes.length));
  bytes[at] = (bytes[at] as number) ^ 4;
  writeFileSync(path, bytes);
}
/** Makes results incomplete, as they are before `end`. */
function begin(path: string): void {
  for (const name of ["summary.json", "report.html", "figures"]) rmSync(join(path, name), { recursive: true });
}

describe("results that are damaged", () => {
  it.each<[string, string, (path: string) => void, RegExp]>([
    [
      "a record is missing",
      whole,
      (path) => rmSync(join(path, "parts/000001.json")),
      /parts\/000001\.json: it is missing; it is made again\.\n.*2 of 3 parts are there, 1 left/,
    ],
    [
      "a table is missing",
      whole,
      (path) => rmSync(join(path, "runs/000000.parquet")),
      /runs\/000000\.parquet: it is missing; .*\n.*parts\/000000\.json: runs\/000000\.parquet is missing; .* Moved to damaged\/parts-000000\.json/,
    ],
    [
      "a record has another bit",
      whole,
      (path) => flip(join(path, "parts/000002.json"), 0.5),
      /parts\/000002\.json: it is changed; it is made again\. Moved to damaged\/parts-000002\.json/,
    ],
    ["a record has another last bit", whole, (path) => flip(join(path, "parts/000002.json"), 1), /parts\/000002\.json: it is changed/],
    [
      "a table has another bit",
      whole,
      (path) => flip(join(path, "runs/000001.parquet"), 0.9),
      /runs\/000001\.parquet: it is changed; it is made again\. Moved to damaged\/runs-000001\.parquet/,
    ],
    [
      "trajectories are shorter",
      whole,
      (path) => truncateSync(join(path, "trajectories/000000.parquet"), 1000),
      /trajectories\/000000\.parquet: it is changed/,
    ],
    [
      "the summary has another bit",
      whole,
      (path) => flip(join(path, "summary.json"), 0.3),
      /summary\.json: it is changed; .*\n.*3 of 3 parts are there, 0 left/,
    ],
    ["a figure is missing", whole, (path) => rmSync(join(path, "figures/loss.svg")), /figures\/loss\.svg: it is missing/],
    [
      "the manifest has another bit",
      whole,
      (path) => flip(join(path, "manifest.json"), 0.4),
      /manifest\.json: it can't be read, or is missing; it is made again\. Moved to damaged\/manifest\.json\.\n.*3 of 3 parts/,
    ],
    ["the manifest is missing", whole, (path) => rmSync(join(path, "manifest.json")), /manifest\.json: it can't be read, or is missing/],
    [
      "a record alone has another bit",
      recordsAlone,
      (path) => flip(join(path, "parts/000000.json"), 0.7),
      /parts\/000000\.json: it is changed/,
    ],
  ])("%s: it is said, set aside, and made again to the same bytes", async (_, of, change, says) => {
    const path = changed(of, change);
    const result = await run(path, of === recordsAlone ? ["--rows", "none"] : []);
    expect(result).toMatchObject({ code: 0 });
    expect(result.stderr).toMatch(says);
    expect(dataOf(path)).toEqual(dataOf(of));
    expect(manifestIn(path)).toMatchObject({ complete: true, started: expect.any(String) });
    expect(Object.keys(manifestIn(path).files)).toEqual(Object.keys(manifestIn(of).files));
  });

  it("what a killed process left is removed, and nothing of it is read", async () => {
    const path = changed(whole, (path) => {
      begin(path);
      rmSync(join(path, "parts/000002.json")); // its tables are there, but not its record
      writeFileSync(join(path, "runs/000002.parquet"), "torn");
      writeFileSync(join(path, "runs/.000001.parquet.0123456789ab"), "half");
      writeFileSync(join(path, "parts/.000002.json.0123456789ab"), "half");
      writeFileSync(join(path, "figures-of-mine.txt"), "mine");
    });
    // As `begin` left it.
    const { files: _, complete: __, identity: ___, checksum: ____, ...rest } = manifestIn(path);
    writeFileSync(join(path, "manifest.json"), manifestText({ ...rest, complete: false }));
    expect(await run(path)).toMatchObject({ code: 0, stderr: `sinkflow: ${path}: 2 of 3 parts are there, 1 left\n` });
    const { "figures-of-mine.txt": mine, ...data } = dataOf(path);
    expect(mine).toBeDefined();
    expect(data).toEqual(dataOf(whole));
  });
});

it("records of an older format are refused, complete or not, and stay as they are", async () => {
  for (const complete of [true, false]) {
    const path = changed(recordsAlone, (path) => {
      const { identity: _, checksum: __, ...rest } = manifestIn(path);
      writeFileSync(join(path, "manifest.json"), manifestText({ ...rest, complete, records: recordFormat - 1 }));
    });
    const { code, stdout, stderr } = await run(path, ["--rows", "none"]);
    expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
    expect(stderr).toContain(`got others (records: ${recordFormat}, there ${recordFormat - 1}); --fresh replaces them`);
    expect(stderr).toMatch(/Nothing was written\.\n$/);
    expect(dataOf(path)).toEqual(dataOf(recordsAlone));
    const merged = await sinkflow(["merge", path]);
    expect(merged).toMatchObject({ code: 4, stdout: "" });
    expect(merged.stderr).toContain("expected results that this version wrote, got others");
  }
});

describe("a sweep that goes on", () => {
  it("says in its JSON how many parts were there; complete results are printed again, to the last digit", async () => {
    const path = changed(whole, (path) => rmSync(join(path, "parts/000000.json")));
    const { timing, ...report } = JSON.parse((await run(path, ["--json"])).stdout);
    expect(timing).toMatchObject({ resumed: 2, wallMs: expect.any(Number) });
    const again = JSON.parse((await run(path, ["--json"])).stdout);
    expect(again.timing).toMatchObject({ resumed: 3 });
    expect({ ...again, timing: undefined }).toEqual({ ...report, timing: undefined });
  });

  it.each<[string[], RegExp]>([
    [["--set", "seed=7"], /\(specification\.seed: 7, there 1\)/],
    [["--rows", "none"], /\(options\.rows: "none", there "all"\)/],
    [["--verify", "3"], /\(options\.verify: 3, there nothing\)/],
    [["--no-reduction"], /\(options\.reduction: false, there true\)/],
    [["--shard", "0/2"], /^$/],
  ])("takes no other inputs: %j", async (more, says) => {
    const before = dataOf(whole);
    const { code, stderr } = await run(whole, more);
    const isRefused = says.source !== "^$";
    expect(code).toBe(isRefused ? 4 : 0); // a shard of complete results is done at once
    expect(stderr).toMatch(
      isRefused ? new RegExp(`of the same inputs, got others ${says.source}; --fresh replaces them\\. Nothing was written\\.\n$`) : says,
    );
    expect(dataOf(whole)).toEqual(before);
  });

  it("takes the engine and the adapter of its parts with --engine auto", async () => {
    const path = changed(whole, (path) => rmSync(join(path, "parts/000000.json")));
    const { code, stderr } = await sinkflow(["run", file, "--quiet", "--out", path]);
    expect({ code, stderr: stderr.split("\n").at(-2) }).toEqual({ code: 0, stderr: `sinkflow: ${path}: 2 of 3 parts are there, 1 left` });
    const other = await sinkflow(["run", file, "--engine", "webgpu", "--quiet", "--out", path]);
    expect(other).toMatchObject({ code: 4 });
    expect(other.stderr).toMatch(/got others \(engine: "webgpu", there "cpu"/);
  });

  it("on a device: float32 rows come back from Parquet, with the same bytes in the end", async () => {
    const input = JSON.stringify({
      tokens: 4,
      runs: 32_768,
      until: { time: 10 },
      record: { trajectories: 2 },
      grid: { loss: ["logistic", "square"] },
    });
    const on = (out: string, more: string[] = []) =>
      sinkflow(["run", "-", "--engine", "webgpu", "--quiet", "--out", out, ...more], { input });
    const device = join(folder, "device");
    expect(await on(device)).toMatchObject({ code: 0, stderr: "" });
    const copy = changed(device, (path) => rmSync(join(path, "parts/000001.json")));
    expect((await on(copy)).code).toBe(0);
    expect(dataOf(copy)).toEqual(dataOf(device));
  });

  it("after SIGKILL, at any of several moments", async () => {
    const input = JSON.stringify({ ...specification, runs: 40, until: { steps: 100 }, record: { steps: [100] } });
    const start = (out: string, more: Parameters<typeof sinkflow>[1] = {}) =>
      sinkflow(["run", "-", "--engine", "cpu", "--quiet", "--out", out], { input, ...more });
    const reference = join(folder, "reference");
    expect((await start(reference)).code).toBe(0);
    for (const name of ["manifest.json", "parts/000000.json", "runs/000001.parquet"]) {
      const out = join(folder, `killed-${name.length}`);
      const killed = await start(out, { killWhen: () => existsSync(join(out, name)) });
      expect(killed.code).not.toBe(0);
      expect(await start(out)).toMatchObject({ code: 0 });
      expect(dataOf(out)).toEqual(dataOf(reference));
      expect(readdirSync(out)).not.toContain("locks");
    }
  });
});
