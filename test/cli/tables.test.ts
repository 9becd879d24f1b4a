import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { cpuEngine } from "../../src/ensemble/cpu.ts";
import { inlinePool } from "../../src/ensemble/perform.ts";
import { parseSpecification } from "../../src/model/grid.ts";
import { runSweep } from "../../src/sweep/sweep.ts";
import { tablesOf } from "../../src/sweep/tables.ts";
import { sinkflow } from "../support/cli.ts";
import { GatheredRows } from "../support/gatheredRows.ts";

const folder = mkdtempSync(join(tmpdir(), "sinkflow-writer-"));
afterAll(() => rmSync(folder, { recursive: true }));

const short = { integrator: { kind: "euler", step: 0.1 }, until: { steps: 4 } };

it("the thread that encodes tables writes the bytes that encoding them in one go gives", async () => {
  const input = {
    tokens: 3,
    runs: 33_000, // two points, so that a row group fills within the second
    ...short,
    grid: { loss: ["logistic", "square"] },
    record: { steps: [1, 4], trajectories: 2, vectors: true },
  };
  const specification = parseSpecification(input);
  const parts: Record<string, Uint8Array[]> = { runs: [], trajectories: [] };
  const sink = (name: string) => async (bytes: Uint8Array) => void parts[name]?.push(bytes);
  const begin = tablesOf(specification, "cpu");
  const runs = begin.runs(sink("runs"));
  const trajectories = begin.trajectories(sink("trajectories"));
  const rows = new GatheredRows(specification, "cpu");
  await runSweep(specification, cpuEngine(inlinePool), inlinePool, {
    tables: { runs: async (point, batch) => rows.add(point, batch), trajectories: trajectories.append.bind(trajectories) },
  });
  await runs.append(rows);
  await runs.finish();
  await trajectories.finish();
  const out = join(folder, "out");
  const { code, stderr } = await sinkflow(["run", "-", "--engine", "cpu", "--out", out, "--quiet"], { input: JSON.stringify(input) });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  for (const [name, bytes] of Object.entries(parts))
    expect(readFileSync(join(out, `${name}.parquet`)).equals(Buffer.concat(bytes)), name).toBe(true);
});

// Not on Windows, where there is no ulimit.
it.skipIf(process.platform === "win32")("ends with one line and no file where there is no more room, each of 5 times", async () => {
  const spec = join(folder, "spec.json");
  writeFileSync(spec, JSON.stringify({ tokens: 4, runs: 20_000, ...short, record: { steps: [4] } }));
  for (let i = 0; i < 5; i++) {
    const out = join(folder, "full");
    const { code, stdout, stderr } = await sinkflow(["run", spec, "--engine", "cpu", "--out", out, "--quiet"], { maxFileKiB: 20 });
    expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
    expect(stderr).toMatch(/^sinkflow: .*full: .*too large.* Nothing was written\.\n$/);
    expect(readdirSync(folder)).not.toContain("full");
  }
});
