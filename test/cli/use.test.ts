import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { precisionFrom, precisionSetting } from "../../src/cli/input.ts";
import { maxRuns } from "../../src/model/ensemble.ts";
import { exitCodes } from "../../src/model/errors.ts";
import { noDriver, sinkflow } from "../support/cli.ts";

const folder = mkdtempSync(join(tmpdir(), "sinkflow-use-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const spec = file("small.yaml", "{tokens: 4, runs: 40, grid: {normalizer: [softmax, linear]}}");

describe("wrong use is one line within half a second, with its exit code, and nothing written", () => {
  file("empty.yaml", "");
  mkdirSync(join(folder, "foreign"));
  file("foreign/notes.txt", "mine");
  it.each([
    [["run"], 2, /missing required argument 'spec'/],
    [[], 2, /expected a command/],
    [["rnu", spec], 2, /unknown command 'rnu'.*run/],
    [["run", spec, "--jsn"], 2, /unknown option '--jsn'.*--json/],
    [["run", spec, "--engine", "gpu"], 2, /--engine.*gpu.*auto, webgpu, cpu/],
    [["run", spec, "--verify", "-1"], 2, /--verify: expected a whole number from 0 to 2147483647, got "-1"/],
    [["run", spec, "--set", "tokens=1"], 2, /--set tokens: expected at least 2, got 1/],
    [["run", join(folder, "nowhere.yaml")], 2, /nowhere\.yaml: expected a specification file, got none: there is no such file/],
    [["run", folder], 2, /expected a specification file, got none: it is a folder/],
    [["run", join(folder, "empty.yaml")], 2, /empty\.yaml: tokens: expected a number, it is missing/],
    [["run", "-"], 2, /standard input: tokens: expected a number, it is missing/],
    [["run", spec, "--set", "runs=2147483648"], 2, /--set runs: expected at most 2147483647, got 2147483648/],
    [["run", spec, "--set", "record={trajectories: 40}", "--set", "runs=40", "--set", "normalizer=tanh"], 2, /the grid varies it/],
    [
      ["run", spec, "--precision", "0.1", "--set", "grid={runs: [1, 2]}"],
      2,
      /--precision: expected nothing, since the grid varies it; set /,
    ],
    [["run", spec, "--adapter", "no such thing"], 3, /--adapter: expected one of .*got "no such thing"/],
    [["run", spec, "--out", join(folder, "small.yaml")], 4, /expected a folder, got a file/],
    [["run", spec, "--out", join(folder, "small.yaml/x")], 4, /expected a folder, got a file on the way to it/],
    [["run", spec, "--out", join(folder, "foreign")], 4, /got one that holds other files/],
    [["run", spec, "--out", join(folder, "foreign"), "--fresh"], 4, /got one that holds other files/],
    [["run", spec, "--out", "/proc/sinkflow"], 4, /\/proc\/sinkflow: expected a folder that can/],
  ] as [string[], number, RegExp][])("%j", async (args, code, message) => {
    const before = readdirSync(folder).sort();
    const result = await sinkflow(args);
    expect(result).toMatchObject({ code, stdout: "" });
    expect(result.stderr).toMatch(message);
    expect(result.stderr).toMatch(/^sinkflow: [^\n]* Nothing was written\.\n$/);
    expect(result.stderr).not.toMatch(/ at .*\.js:\d+/);
    expect(readdirSync(folder).sort()).toEqual(before);
    expect(readFileSync(join(folder, "foreign/notes.txt"), "utf8")).toBe("mine");
  });

  it("a precision that no number of runs has, or beside a number of runs", () => {
    for (const text of ["0.5", "0", "-1", "", "x"])
      expect(() => precisionFrom(text)).toThrow(`--precision: expected a number above 0 and below 0.5, got "${text}"`);
    expect(() => precisionFrom("2.1e-5")).toThrow("--precision: expected at least 0.0000211, which takes 2147483647 runs, got");
    expect(precisionSetting(precisionFrom("2.12e-5"), []).value).toBeLessThanOrEqual(maxRuns);
    for (const text of ["runs=9", "grid.runs=[1]"])
      expect(() => precisionSetting(0.1, ["seed=2", text])).toThrow(
        `--precision: expected no --set of runs, which it sets itself, got "${text}"`,
      );
  });

  it("no driver for --engine webgpu", async () => {
    const { code, stdout, stderr } = await sinkflow(["run", spec, "--engine", "webgpu"], { env: noDriver });
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    expect(stderr).toMatch(
      /^sinkflow: --engine: expected a WebGPU adapter for webgpu, got none on this machine; .* Nothing was written\.\n$/,
    );
  });

  it("is quick", async () => {
    // Half a second is some ten bare starts of Node. As a ratio, the best of five taken in turns: test machines are busy.
    const bare = () => {
      const began = performance.now();
      execFileSync(process.execPath, ["-e", "0"]);
      return performance.now() - began;
    };
    const times: [number, number][] = [];
    for (let i = 0; i < 5; i++) times.push([(await sinkflow(["run", spec, "--set", "tokens=1"])).elapsedMs, bare()]);
    const best = (which: 0 | 1) => Math.min(...times.map((pair) => pair[which]));
    expect(best(0)).toBeLessThan(10 * best(1));
  });
});

describe("help", () => {
  /** The lines under a heading of the help, which is its last part. */
  const exitLines = (stdout: string) => stdout.split("\nExit codes:\n")[1]?.trimEnd().split("\n");
  const linesOf = (endings: readonly (keyof typeof exitCodes)[]) =>
    endings.map((ending) => `${`${exitCodes[ending].code}`.padStart(4)}  ${exitCodes[ending].says}`);
  const computing = ["device", "numerical", "interrupted"] as const;
  const ends: Record<string, readonly (keyof typeof exitCodes)[]> = {
    run: [...computing, "storage"],
    verify: computing,
    merge: ["storage", "numerical", "interrupted"],
    report: ["storage", "interrupted"],
    reproduce: [...computing, "storage"],
    questions: [...computing, "storage"],
    devices: [],
    bench: computing,
    lab: [],
    schema: [],
  };
  it("lists every command, and every exit code with its sentence", async () => {
    const { code, stdout } = await sinkflow(["--help"]);
    expect(code).toBe(0);
    const commands = stdout.split("\nCommands:\n")[1]?.matchAll(/^ {2}([a-z]+)/gm) ?? [];
    expect([...commands].map((match) => match[1]).sort()).toEqual([...Object.keys(ends), "help"].sort());
    expect(exitLines(stdout)).toEqual(linesOf(Object.keys(exitCodes) as (keyof typeof exitCodes)[]));
    expect(Object.values(exitCodes).map(({ code }) => code)).toEqual([0, 1, 2, 3, 4, 5, 75]);
  });
  it.each(Object.entries(ends))("%s has an example, and the exit codes that it can end with", async (command, others) => {
    const { code, stdout } = await sinkflow([command, "--help"]);
    expect(code).toBe(0);
    expect(stdout).toContain(`Example:\n  sinkflow ${command}`);
    expect(exitLines(stdout)?.sort()).toEqual(linesOf(["done", "internal", "input", ...others]).sort());
    for (const line of exitLines(stdout) ?? []) expect(line.length).toBeLessThanOrEqual(80);
  });
});
