import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, describe, expect, it } from "vitest";
import { experiments } from "../../src/report/paper/experiments.ts";
import { interruptedMessage, noDriver, sinkflow } from "../support/cli.ts";
import { isOnCpu } from "../support/driver.ts";

const folder = mkdtempSync(join(tmpdir(), "sinkflow-"));
afterAll(() => rmSync(folder, { recursive: true }));
const small = ["--runs", "8", "--engine", "cpu", "--quiet"];

describe("reproduce", () => {
  it("makes a page, its figures, its numbers and its data, and lists them all", async () => {
    const out = join(folder, "logistic");
    const { code, stdout, stderr } = await sinkflow(["reproduce", "logistic", "--out", out, ...small]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^Logistic loss from zero logits:/m);
    expect(stdout).toMatch(/won in 100\.0 % \[63\.1, 100\.0\]/); // 0.025^(1/8)
    const expected = ["descent", "many", "start", "start-descent"].flatMap((part) => [
      `logistic-${part}.runs.parquet`,
      ...(part === "descent" ? [] : [`logistic-${part}.trajectories.parquet`]),
    ]);
    expect(readdirSync(out).sort()).toEqual([...expected, "figures", "manifest.json", "numbers.csv", "report.html", "summary.json"].sort());
    expect(readdirSync(join(out, "figures")).sort()).toEqual(["csv", "png", "svg"].map((end) => `logistic.${end}`));
    const { files, experiments, specifications } = JSON.parse(readFileSync(join(out, "manifest.json"), "utf8"));
    expect(experiments).toEqual(["logistic"]);
    expect(specifications.map(({ file }: { file: string }) => file)).toEqual([
      "logistic-start.yaml",
      "logistic-start.yaml",
      "logistic.yaml",
      "logistic.yaml",
    ]);
    for (const [name, { sha256 }] of Object.entries(files as Record<string, { sha256: string }>))
      expect(
        createHash("sha256")
          .update(readFileSync(join(out, name)))
          .digest("hex"),
        name,
      ).toBe(sha256);
    expect(Object.keys(files)).toHaveLength(expected.length + 3 + 3);

    const database = await (await DuckDBInstance.create()).connect();
    const query = async (text: string) => (await database.runAndReadAll(text)).getRowObjects();
    expect(await query(`select count(*)::int as runs, max(steps)::int as steps from '${out}/logistic-start-descent.runs.parquet'`)).toEqual(
      [{ runs: 1, steps: 100_000 }],
    );
    const again = await sinkflow(["reproduce", "logistic", "--out", out, ...small]);
    expect(again.code).toBe(4);
    expect(again.stderr).toMatch(/expected a new folder, got one that holds results; --fresh replaces them\. Nothing was written\.\n$/);
    // What an interrupted process left is replaced with the rest.
    writeFileSync(join(out, ".logistic-many.runs.parquet.0123456789ab"), "half");
    const fresh = await sinkflow(["reproduce", "logistic", "--out", out, "--fresh", ...small]);
    expect(fresh.code).toBe(0);
    expect(readdirSync(out)).not.toContain(".logistic-many.runs.parquet.0123456789ab");
    expect(JSON.parse(readFileSync(join(out, "manifest.json"), "utf8")).files).toEqual(files);

    // Page, numbers and figures are drawn again from what is stored, to the byte.
    const all = [...Object.keys(files), "manifest.json"];
    const bytes = new Map(all.map((name) => [name, readFileSync(join(out, name))]));
    for (const name of ["numbers.csv", "figures/logistic.svg"]) rmSync(join(out, name));
    writeFileSync(join(out, "report.html"), "gone");
    expect(await sinkflow(["report", out])).toMatchObject({ code: 0, stdout: `${out}/report.html\n`, stderr: "" });
    for (const name of all) expect(readFileSync(join(out, name)).equals(bytes.get(name) as Buffer), name).toBe(true);

    // But not from files that are others than the manifest lists: every one is compared.
    const table = "logistic-many.trajectories.parquet";
    const changed = Buffer.from(bytes.get(table) as Buffer);
    changed[changed.length >> 1] = (changed[changed.length >> 1] as number) ^ 1;
    writeFileSync(join(out, table), changed);
    rmSync(join(out, "logistic-start.runs.parquet"));
    const damaged = await sinkflow(["report", out]);
    expect(damaged).toMatchObject({ code: 4, stdout: "" });
    expect(damaged.stderr).toMatch(
      /expected the files as manifest\.json lists them, got others: .*logistic-start\.runs\.parquet is missing.*Nothing was written\.\n$/,
    );
    expect(damaged.stderr).toContain(`${table} is changed`);
    // Nor from results of another specification than that of this version's experiment.
    const other = (bytes.get("summary.json") as Buffer).toString().replaceAll(/"seed": \d+/g, '"seed": 77');
    const listed = JSON.parse((bytes.get("manifest.json") as Buffer).toString());
    listed.files = { "summary.json": { sha256: createHash("sha256").update(other).digest("hex"), bytes: Buffer.byteLength(other) } };
    writeFileSync(join(out, "summary.json"), other);
    writeFileSync(join(out, "manifest.json"), JSON.stringify(listed));
    const foreign = await sinkflow(["report", out]);
    expect(foreign).toMatchObject({ code: 4, stdout: "" });
    expect(foreign.stderr).toMatch(/expected results that this version wrote, got others\. Nothing was written\.\n$/);
  });

  it("takes a GPU by itself, but no driver on the CPU, and says so", async () => {
    const { auto } = JSON.parse((await sinkflow(["devices", "--json"])).stdout);
    const isGpu = !isOnCpu(auto.adapter.description);
    const out = join(folder, "automatic");
    const { code, stderr } = await sinkflow(["reproduce", "logistic", "--out", out, "--runs", "2"]);
    expect(code).toBe(0);
    if (!isGpu) expect(stderr).toMatch(/^sinkflow: computing in float64 on the CPU, \d+ threads, since .* is no GPU\n/);
    expect(readFileSync(join(out, "report.html"), "utf8")).toContain(isGpu ? "WebGPU, float32" : "CPU, float64");
  });

  it("makes the page on the device", async () => {
    const out = join(folder, "device");
    const { code, stderr } = await sinkflow(["reproduce", "logistic", "--out", out, "--runs", "2", "--engine", "webgpu", "--quiet"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const page = readFileSync(join(out, "report.html"), "utf8");
    expect(page).toContain("WebGPU, float32");
    expect(page).not.toContain("CPU, float64");
  });

  it.each([
    [
      ["logistik"],
      2,
      `reproduce: expected any of ${experiments.map(({ name }) => name).join(", ")}, got "logistik" (did you mean "logistic"?)`,
    ],
    [["logistic", "--out", ""], 2, '--out: expected a folder, got ""'],
    [["logistic", "--runs", "0"], 2, '--runs: expected a whole number from 1 to 2147483647, got "0"'],
    [["logistic", "--engine", "gpu"], 2, "option '--engine <kind>' argument 'gpu' is invalid. Allowed choices are auto, webgpu, cpu"],
  ])("refuses %j in a line", async (args, code, message) => {
    const result = await sinkflow(["reproduce", ...args], { cwd: folder });
    expect(result).toMatchObject({ code, stdout: "", stderr: `sinkflow: ${message}. Nothing was written.\n` });
    expect(existsSync(join(folder, "results"))).toBe(false);
  });

  it("refuses a folder that holds other files before anything is computed", async () => {
    const out = join(folder, "other");
    mkdirSync(out);
    writeFileSync(join(out, "notes.txt"), "mine");
    const { code, stderr } = await sinkflow(["reproduce", "--out", out, "--engine", "cpu"], { env: noDriver });
    expect(code).toBe(4);
    expect(stderr).toMatch(/other: expected an empty or a results folder, got one that holds other files\. Nothing was written\.\n$/);
    expect(readdirSync(out)).toEqual(["notes.txt"]);
  });

  it("leaves nothing behind where it is interrupted", async () => {
    const out = join(folder, "interrupted");
    const { code, stderr } = await sinkflow(["reproduce", "--out", out, "--engine", "cpu", "--quiet"], {
      interruptWhen: () => existsSync(out) && readdirSync(out).length > 1,
    });
    expect({ code, stderr }).toEqual({ code: 75, stderr: interruptedMessage(out) });
    expect(existsSync(out)).toBe(false);
  });
});
