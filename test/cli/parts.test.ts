import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, describe, expect, it } from "vitest";
import { cpuEngine } from "../../src/ensemble/cpu.ts";
import { inlinePool } from "../../src/ensemble/perform.ts";
import { parseSpecification } from "../../src/model/grid.ts";
import { sha256 } from "../../src/results/digest.ts";
import { tablesOf } from "../../src/results/tables.ts";
import { runSweep } from "../../src/sweep/sweep.ts";
import { sinkflow } from "../support/cli.ts";

const folder = mkdtempSync(join(tmpdir(), "sinkflow-parts-"));
afterAll(() => rmSync(folder, { recursive: true }));
const held = (path: string) => readdirSync(path, { recursive: true, encoding: "utf8" }).sort();

/** Three parts, of 16, 16 and 1 points: each is a family. */
const short = { integrator: { kind: "euler", step: 0.1 }, until: { steps: 4 }, record: { steps: [4] } };
const grid = { tokens: Array.from({ length: 11 }, (_, i) => i + 2), normalizer: ["softmax", "sigmoid", "linear"] };
const small = { runs: 3, ...short, grid };
const slow = { runs: 40, ...short, until: { steps: 2000 }, record: { steps: [2000] }, grid };
const parts = ["000000", "000001", "000002"];
const specification = join(folder, "spec.json");
writeFileSync(specification, JSON.stringify(small));
const run = (out: string, more: string[] = [], options: Parameters<typeof sinkflow>[1] = {}) =>
  sinkflow(["run", options.input === undefined ? specification : "-", "--engine", "cpu", "--quiet", "--out", out, ...more], options);

describe("the parts of a sweep, in its folder", () => {
  const out = join(folder, "whole");

  it("are the bytes that encoding them in one go gives; a record has the hashes of the files, and its own", async () => {
    const input = {
      tokens: 3,
      runs: 33_000, // a part each
      ...short,
      grid: { loss: ["logistic", "square"] },
      record: { steps: [1, 4], trajectories: 2, vectors: true },
    };
    const parsed = parseSpecification(input);
    const expected: Record<string, Uint8Array[]> = {};
    await runSweep(parsed, cpuEngine(inlinePool), inlinePool, {
      onPart: async ({ number, portions, rows }) => {
        const sink = (name: string) => {
          const bytes: Uint8Array[] = [];
          expected[`${name}/00000${number}.parquet`] = bytes;
          return async (some: Uint8Array) => void bytes.push(some);
        };
        const begin = tablesOf(parsed, "cpu");
        const [runs, trajectories] = [begin.runs(sink("runs")), begin.trajectories(sink("trajectories"))];
        await runs.append({ segments: portions, rows });
        for (const portion of portions) await trajectories.append(portion.point, portion.trajectories);
        await runs.finish();
        await trajectories.finish();
      },
    });
    const { code, stderr } = await sinkflow(["run", "-", "--engine", "cpu", "--out", out, "--quiet"], { input: JSON.stringify(input) });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(readdirSync(out).sort()).toEqual(["figures", "manifest.json", "parts", "report.html", "runs", "summary.json", "trajectories"]);
    expect(Object.keys(expected)).toHaveLength(4);
    const { files } = JSON.parse(readFileSync(join(out, "manifest.json"), "utf8"));
    for (const [name, bytes] of Object.entries(expected)) {
      const written = readFileSync(join(out, name));
      expect(written.equals(Buffer.concat(bytes)), name).toBe(true);
      expect(files[name]).toMatchObject({ bytes: written.length });
    }
    for (const [number, id] of ["000000", "000001"].entries()) {
      const text = readFileSync(join(out, `parts/${id}.json`), "utf8");
      const record = JSON.parse(text);
      const { checksum } = record;
      expect(sha256(text.replace(`,"checksum":"${checksum}"}\n`, "}"))).toBe(checksum);
      expect(record).toMatchObject({ part: number, rows: 33_000, points: [{ point: number, first: 0, count: 33_000 }] });
      expect(record.files).toEqual(
        Object.fromEntries(["runs", "trajectories"].map((name) => [`${name}/${id}.parquet`, files[`${name}/${id}.parquet`]])),
      );
    }
    const database = await (await DuckDBInstance.create()).connect();
    const sql = `select point::int point, count(*)::int n, count(distinct run)::int runs from '${out}/runs/*.parquet' group by point order by point`;
    expect((await database.runAndReadAll(sql)).getRowObjects()).toEqual([0, 1].map((point) => ({ point, n: 33_000, runs: 33_000 })));
  });

  it("are records alone with --rows none, and the statistics are the same", async () => {
    const [all, none] = [join(folder, "rows"), join(folder, "none")];
    expect(await run(all)).toMatchObject({ code: 0, stderr: "" });
    expect(await run(none, ["--rows", "none"])).toMatchObject({ code: 0, stderr: "" });
    expect(held(all).filter((name) => /^(parts|runs)./.test(name))).toEqual([
      ...parts.map((id) => `parts/${id}.json`),
      ...parts.map((id) => `runs/${id}.parquet`),
    ]);
    // The report compares normalizers run by run, which takes rows.
    expect(held(none)).toEqual(held(all).filter((name) => !/^runs|^figures.normalizers-/.test(name)));
    expect(readFileSync(join(none, "summary.json")).equals(readFileSync(join(all, "summary.json")))).toBe(true);
    expect(JSON.parse(readFileSync(join(none, "manifest.json"), "utf8")).options).toEqual({ reduction: true, rows: "none" });
    expect(await sinkflow(["report", none])).toMatchObject({ code: 0, stderr: "" });
  });
});

/** Ends the threads that run this file as soon as they are started. */
const ending = (file: string) => {
  const code = `import threads from "node:worker_threads";
    import { syncBuiltinESMExports } from "node:module";
    threads.Worker = class extends threads.Worker {
      constructor(url, options) {
        super(url, options);
        if (String(url).endsWith("/${file}")) this.terminate();
      }
    };
    syncBuiltinESMExports();`;
  return { env: { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(code)}` } };
};

describe("a sweep that fails ends with one line, leaves what is whole, and does not hang", () => {
  it.each([
    ["that encodes tables", "encoder.js", "a thread that encodes tables ended"],
    ["of the reference", "worker.js", "a thread of the float64 reference ended"],
  ])("where a thread %s dies", async (_, file, message) => {
    const out = join(folder, "dying");
    const { code, stdout, stderr, elapsedMs } = await run(out, [], ending(file));
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(new RegExp(`^sinkflow: internal error: ${message} .*\n$`));
    expect(existsSync(out)).toBe(false);
    expect(elapsedMs).toBeLessThan(60_000);
  });

  // Not on Windows, where there is no ulimit.
  it.skipIf(process.platform === "win32")("where there is no more room, each of 3 times", async () => {
    for (let i = 0; i < 3; i++) {
      const out = join(folder, "full");
      const { code, stdout, stderr } = await run(out, [], { maxFileKiB: 4 });
      expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
      expect(stderr).toMatch(/^sinkflow: .*full: .*too large.* Nothing was written\.\n$/);
      expect(readdirSync(folder)).not.toContain("full");
    }
  });

  it("where a part's file can't be put in place: the parts before it stay, no report is made of them, and the same command goes on", async () => {
    const out = join(folder, "blocked");
    const file = join(out, "runs/000002.parquet");
    const { code, stdout, stderr } = await run(out, [], {
      input: JSON.stringify(slow),
      interruptWhen: () => {
        if (existsSync(join(out, "parts/000000.json")) && !existsSync(file)) mkdirSync(file);
        return false;
      },
    });
    expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
    expect(stderr).toMatch(
      /blocked: expected a file where results are written, got a folder of that name\. 2 of 3 parts are whole, and stay in .*blocked\. Resume with: sinkflow run - .*\n$/,
    );
    rmSync(file, { recursive: true });
    expect(held(out)).toEqual([
      "manifest.json",
      "parts",
      "parts/000000.json",
      "parts/000001.json",
      "runs",
      "runs/000000.parquet",
      "runs/000001.parquet",
    ]);
    expect(JSON.parse(readFileSync(join(out, "manifest.json"), "utf8"))).toMatchObject({ complete: false });
    expect((await sinkflow(["report", out])).stderr).toMatch(
      /blocked: expected complete results, got those of a command that did not come to its end\. Nothing was written\.\n$/,
    );
    const resumed = await run(out, [], { input: JSON.stringify(slow) });
    expect(resumed).toMatchObject({ code: 0, stderr: `sinkflow: ${out}: 2 of 3 parts are there, 1 left\n` });
    expect(held(out).filter((name) => /^(parts|runs)./.test(name))).toHaveLength(6);
  });

  it("where it is interrupted: says how many parts are whole", async () => {
    const out = join(folder, "interrupted");
    const { code, stdout, stderr } = await run(out, [], {
      input: JSON.stringify(slow),
      interruptWhen: () => existsSync(join(out, "parts/000000.json")),
    });
    expect({ code, stdout }).toEqual({ code: 75, stdout: "" });
    expect(stderr).toMatch(
      /^sinkflow: interrupted\. 1 of 3 parts are whole, and stay in .*interrupted\. Resume with: sinkflow run - --engine cpu --quiet --out .*interrupted\n$/,
    );
    expect(held(out)).toEqual(["manifest.json", "parts", "parts/000000.json", "runs", "runs/000000.parquet"]);
  });
});

describe("too large a sweep, before it begins", () => {
  it("is refused where memory can't hold its summary", async () => {
    const grid = { seed: Array.from({ length: 500 }, (_, i) => i) };
    const record = { trajectories: 1000, times: { from: 1, to: 1e6, count: 64 } };
    const out = join(folder, "vast");
    const vast = await sinkflow(["run", "-", "--engine", "cpu", "--out", out], {
      input: JSON.stringify({ tokens: 60, runs: 1000, record, grid }),
    });
    expect(vast).toMatchObject({ code: 2, stdout: "" });
    expect(vast.stderr).toMatch(
      /record: expected summaries and trajectories that fit .* GB of memory, got about \d+\.\d GB; .* Nothing was written\.\n$/,
    );
    expect(existsSync(out)).toBe(false);
  });
});
