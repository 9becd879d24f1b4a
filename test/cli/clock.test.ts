import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, describe, expect, it } from "vitest";
import { fallingLosses } from "../../src/model/losses.ts";
import { sinkflow } from "../support/cli.ts";
import { lateShortfall, lateTolerance } from "../support/marginOrbit.ts";

const folder = mkdtempSync(join(tmpdir(), "sinkflow-clock-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

describe("run in the margin's own clock", () => {
  it("tells flow time as its logarithm, in the JSON and in Parquet, and calls other times τ", async () => {
    const out = join(folder, "out");
    const spec = file("spec.yaml", "{tokens: 6, runs: 40}");
    const { code, stdout } = await sinkflow(["run", spec, "--set", "until={clock: 200}", "--out", out, "--json"]);
    expect(code).toBe(0);
    expect(stdout).not.toMatch(/null,|NaN/);
    const { engine, specification, points } = JSON.parse(stdout);
    expect(engine).toBe("webgpu");
    expect(specification.until).toEqual({ clock: 200, maxSteps: 20_000, converge: true });
    const [point] = points;
    expect(point.status).toMatchObject({ completed: 40 });
    expect(point.overTime.times.at(-1)).toBe(200);
    expect(point.verification).toMatchObject({ runs: 16, exceeded: 0 });
    // log t is some n below τ.
    expect(point.logTime.max).toBeLessThan(200);
    expect(point.logTime.min).toBeGreaterThan(150);

    const connection = await (await DuckDBInstance.create()).connect();
    const sql = `select count(*)::int as runs, min("logTime")::double as least, max("time")::double as "time" from '${join(out, "runs/*.parquet")}'`;
    const [row] = (await connection.runAndReadAll(sql)).getRowObjectsJson();
    expect(row).toEqual({ runs: 40, least: point.logTime.min, time: 200 });
    expect(readFileSync(join(out, "report.html"), "utf8")).toMatch(/to 200 of the margin('|&#39;|&#x27;)s own clock/);
  });

  it("has no logTime without it", async () => {
    const { stdout } = await sinkflow(["run", "-", "--json", "--engine", "cpu"], { input: "{tokens: 3, runs: 4, until: {time: 10}}" });
    expect(JSON.parse(stdout).points[0]).not.toHaveProperty("logTime");
  });

  it("takes the example clock to the late law", async () => {
    const { code, stdout } = await sinkflow(["run", "examples/clock.yaml", "--engine", "cpu", "--set", "runs=5", "--json"]);
    expect(code).toBe(0);
    const { points } = JSON.parse(stdout);
    expect(points).toHaveLength(12);
    for (const { parameters, shortfall } of points) {
      const [tokens, clock] = [parameters.tokens, parameters["until.clock"]];
      expect(Math.abs(shortfall.max / lateShortfall(tokens, clock) - 1)).toBeLessThan(lateTolerance(tokens, clock, 1e-4));
    }
  });

  it("is refused in one line that names the field where there is none", async () => {
    for (const [text, line] of [
      [
        "tokens: 4\nloss: square\nuntil: {clock: 5}",
        `:3: until.clock: expected time or steps with square loss (clock goes with ${fallingLosses.join(", ")}), got 5.`,
      ],
      ["tokens: 4\nuntil: {clock: 5, time: 5}", ':2: until: expected steps, time or clock, one of them, got {"time":5,"clock":5}.'],
      ["tokens: 4\nintegrator: euler\nuntil: {clock: 0.25}", ":3: until.clock: expected a multiple of the step 0.1, got 0.25."],
    ] as const) {
      const spec = file("wrong.yaml", text);
      const { code, stdout, stderr } = await sinkflow(["run", spec, "--json"]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toContain(`${line} Nothing was written.\n`);
      expect(stderr.trim().split("\n")).toHaveLength(1);
    }
  });
});
