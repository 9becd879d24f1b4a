import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, describe, expect, it } from "vitest";
import { experiments } from "../../src/report/paper/experiments.ts";
import { manifestText } from "../../src/results/manifest.ts";
import { noDriver, sinkflow } from "../support/cli.ts";
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
    const sweeps = ["descent", "many", "start", "start-descent"].map((part) => `logistic-${part}`);
    expect(readdirSync(out).sort()).toEqual([...sweeps, "figures", "manifest.json", "numbers.csv", "report.html", "summary.json"].sort());
    for (const sweep of sweeps)
      expect(readdirSync(join(out, sweep)).sort()).toEqual([
        ...["figures", "manifest.json", "parts", "report.html", "runs", "summary.json"],
        ...(sweep === "logistic-descent" ? [] : ["trajectories"]),
      ]);
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
    expect(Object.keys(files).sort()).toEqual(
      [
        ...sweeps.map((sweep) => `${sweep}/manifest.json`),
        ...readdirSync(join(out, "figures")).map((name) => `figures/${name}`),
        "numbers.csv",
        "report.html",
        "summary.json",
      ].sort(),
    );

    const database = await (await DuckDBInstance.create()).connect();
    const query = async (text: string) => (await database.runAndReadAll(text)).getRowObjects();
    expect(
      await query(`select count(*)::int as runs, max(steps)::int as steps from '${out}/logistic-start-descent/runs/*.parquet'`),
    ).toEqual([{ runs: 1, steps: 100_000 }]);
    expect(await query(`select count(*)::int as runs from '${out}/logistic-many/runs/*.parquet'`)).toEqual([{ runs: 8 }]);

    const again = await sinkflow(["reproduce", "logistic", "--out", out, ...small]);
    expect(again).toMatchObject({ code: 0, stdout });
    const others = await sinkflow(["reproduce", "tied", "--out", out, ...small]);
    expect(others.code).toBe(4);
    expect(others.stderr).toMatch(
      /got others \(experiments: \["tied"\], there \["logistic"\]\); --fresh replaces them\. Nothing was written\.\n$/,
    );
    // What an interrupted process left is replaced with the rest; so is what the page no longer has.
    writeFileSync(join(out, "logistic-many/runs/.000000.parquet.0123456789ab"), "half");
    cpSync(join(out, "logistic-many"), join(out, "tied-many"), { recursive: true });
    const listed = (folder: string): Record<string, { sha256: string }> =>
      JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")).files;
    const inner = Object.fromEntries(sweeps.map((sweep) => [sweep, listed(join(out, sweep))]));
    const fresh = await sinkflow(["reproduce", "logistic", "--out", out, "--fresh", ...small]);
    expect(fresh.code).toBe(0);
    expect(existsSync(join(out, "tied-many"))).toBe(false);
    expect(readdirSync(join(out, "logistic-many/runs"))).toEqual(["000000.parquet"]);
    // The same bytes again, but for times.
    for (const sweep of sweeps) expect(listed(join(out, sweep))).toEqual(inner[sweep]);
    const stable = (files: object) => Object.fromEntries(Object.entries(files).filter(([name]) => !name.endsWith("/manifest.json")));
    expect(stable(listed(out))).toEqual(stable(files));

    // Page, numbers and figures are drawn again from what is stored, to the byte.
    const all = [...Object.keys(files), "manifest.json"];
    const bytes = new Map(all.map((name) => [name, readFileSync(join(out, name))]));
    for (const name of ["numbers.csv", "figures/logistic.svg"]) rmSync(join(out, name));
    writeFileSync(join(out, "report.html"), "gone");
    expect(await sinkflow(["report", out])).toMatchObject({ code: 0, stdout: `${out}/report.html\n`, stderr: "" });
    for (const name of all) expect(readFileSync(join(out, name)).equals(bytes.get(name) as Buffer), name).toBe(true);
    // And so are those of one sweep, which is a results folder itself.
    const page = readFileSync(join(out, "logistic-many/report.html"));
    expect(await sinkflow(["report", join(out, "logistic-many")])).toMatchObject({ code: 0, stderr: "" });
    expect(readFileSync(join(out, "logistic-many/report.html")).equals(page)).toBe(true);

    // But not from files that are others than the manifests list: every one is compared.
    const table = join(out, "logistic-many/trajectories/000000.parquet");
    const own = readFileSync(table);
    const changed = Buffer.from(own);
    changed[changed.length >> 1] = (changed[changed.length >> 1] as number) ^ 1;
    writeFileSync(table, changed);
    const damaged = await sinkflow(["report", out]);
    expect(damaged).toMatchObject({ code: 4, stdout: "" });
    expect(damaged.stderr).toMatch(
      /logistic-many: expected the files as manifest\.json lists them, got others: trajectories\/000000\.parquet is changed\. Nothing was written\.\n$/,
    );
    writeFileSync(table, own);
    rmSync(join(out, "logistic-start/manifest.json"));
    expect((await sinkflow(["report", out])).stderr).toMatch(
      /expected the files as manifest\.json lists them, got others: logistic-start\/manifest\.json is missing\. Nothing was written\.\n$/,
    );
    writeFileSync(join(out, "logistic-start/manifest.json"), bytes.get("logistic-start/manifest.json") as Buffer);
    // Nor from results of another specification than that of this version's experiment.
    const path = join(out, "logistic-many");
    const other = readFileSync(join(path, "summary.json"), "utf8").replaceAll(/"seed": \d+/g, '"seed": 77');
    const hashOf = (text: string | Buffer) => ({ sha256: createHash("sha256").update(text).digest("hex"), bytes: Buffer.byteLength(text) });
    const edit = (folder: string, name: string, content: string | Buffer) => {
      const { identity: _, checksum: __, ...manifest } = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));
      manifest.files[name] = hashOf(content);
      writeFileSync(join(folder, name), content);
      writeFileSync(join(folder, "manifest.json"), manifestText(manifest));
    };
    edit(path, "summary.json", other);
    edit(out, "logistic-many/manifest.json", readFileSync(join(path, "manifest.json")));
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

  it("keeps the sweeps that are complete where it is interrupted, and says so", async () => {
    const out = join(folder, "interrupted");
    const run = (interruptWhen: () => boolean) =>
      sinkflow(["reproduce", "logistic", "--runs", "2", "--out", out, "--engine", "cpu", "--quiet"], { interruptWhen });
    // Its first sweep is complete when the second begins.
    const { code, stderr } = await run(() => existsSync(join(out, "logistic-start-descent")));
    expect(code).toBe(75);
    expect(stderr).toMatch(
      /^sinkflow: interrupted\. .*[1-3] sweeps? (is|are) complete in .*interrupted\. Resume with: sinkflow reproduce logistic --runs 2 .*\n$/,
    );
    expect(JSON.parse(readFileSync(join(out, "manifest.json"), "utf8")).complete).toBe(false);
    expect((await sinkflow(["report", join(out, "logistic-start")])).code).toBe(0);
    const started = JSON.parse(readFileSync(join(out, "logistic-start/manifest.json"), "utf8")).started;
    expect((await run(() => false)).code).toBe(0);
    expect(JSON.parse(readFileSync(join(out, "manifest.json"), "utf8")).complete).toBe(true);
    expect(JSON.parse(readFileSync(join(out, "logistic-start/manifest.json"), "utf8")).started).toBe(started);
  });
});
