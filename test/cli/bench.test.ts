import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { noDriver, sinkflow } from "../support/cli.ts";
import { isOnCpu } from "../support/driver.ts";

const folder = mkdtempSync(join(tmpdir(), "sinkflow-test-"));
afterAll(() => rmSync(folder, { recursive: true }));
const small = ["bench", "--small", "--repeat", "1", "--quiet"];

/** A PATH on which only the given programs are found: scripts that say what they say. */
function programs(name: string, scripts: Record<string, string>): Record<string, string> {
  const path = join(folder, name);
  mkdirSync(path);
  symlinkSync(process.execPath, join(path, "node"));
  for (const [program, text] of Object.entries(scripts)) writeFileSync(join(path, program), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  return { PATH: path };
}

interface Workload {
  name: string;
  rate: object;
  deviation?: number;
  peers?: { name: string; absent?: string; steps?: number; rate?: object; ratio?: number; deviation?: number }[];
}

describe("bench", () => {
  it("prints one JSON document, with every peer timed or told absent, and leaves nothing behind", async () => {
    const temporary = join(folder, "temporary");
    mkdirSync(temporary);
    const { code, stdout, stderr } = await sinkflow([...small, "--peers", "--json"], { env: { TMPDIR: temporary } });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const report = JSON.parse(stdout);
    expect(Object.keys(report)).toEqual(["sinkflow", "date", "engine", "adapter", "driver", "processor", "repeat", "workloads"]);
    expect(report).toMatchObject({ engine: "webgpu", driver: report.adapter.description, repeat: 1 });
    const workloads = report.workloads as Workload[];
    expect(workloads.map(({ name }) => name)).toEqual(["euler 8×8", "euler 16×8", "euler 16×16", "tsit5 8×8", "adam 8×8", "adaptive 8×8"]);
    const spread = { median: expect.any(Number), min: expect.any(Number), max: expect.any(Number) };
    for (const { name, rate, deviation, peers } of workloads) {
      expect(rate).toEqual(spread);
      if (name.startsWith("adaptive")) continue;
      expect(deviation).toBeLessThan(1e-4);
      const onCpu = isOnCpu(report.driver);
      const rivals = {
        euler: onCpu ? ["C++", "NumPy", "PyTorch"] : ["CUDA", "Triton", "JAX", "PyTorch"],
        tsit5: [onCpu ? "C++" : "CUDA", "diffrax"],
        adam: ["PyTorch", "optax"],
      };
      expect(peers?.map((peer) => peer.name)).toEqual(rivals[name.split(" ")[0] as keyof typeof rivals]);
      for (const peer of peers ?? []) {
        if (peer.absent !== undefined) expect(peer.absent).toMatch(/^there is no (g\+\+|nvcc|python3)$|No module named|no CUDA device/);
        else expect(peer).toMatchObject({ rate: spread, ratio: expect.any(Number), deviation: expect.any(Number) });
        if (peer.absent === undefined && name.startsWith("tsit5")) expect(peer.steps).toBeGreaterThan(3);
      }
    }
    expect(readdirSync(temporary)).toEqual([]);
  }, 300_000); // it compiles nine programs

  it("times the CPU engine alone, for people to read", async () => {
    const { code, stdout, stderr } = await sinkflow([...small, "--engine", "cpu"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^CPU engine, float64; /);
    expect(stdout.match(/M run-steps\/s/g)).toHaveLength(6);
    expect(stdout).not.toMatch(/C\+\+|NumPy/);
  });

  it.each([
    ["nothing", {}, [/^there is no g\+\+$/, /^there is no python3$/, /^there is no python3$/]],
    [
      "broken",
      {
        "g++": "echo 'euler.cpp:1: error: bad' >&2; exit 1",
        python3: "if [ $2 = numpy ]; then echo '{\"worst\": 0.5}'; else echo hello; fi",
      },
      [/^g\+\+ does not compile it: euler.cpp:1: error: bad$/, /^it computes something else: losses are off by 0.5/, /else than JSON$/],
    ],
    [
      "silent",
      { "g++": "exit 0", python3: "echo oh >&2; exit 3" },
      [/^there is no .*euler\.cpp-\d+x\d+$/, /^it ended: oh$/, /^it ended: oh$/],
    ],
  ])("tells why peers are absent: %s", async (name, scripts, reasons) => {
    const { code, stdout } = await sinkflow([...small, "--engine", "cpu", "--peers", "--json"], { env: programs(name, scripts) });
    expect(code).toBe(0);
    for (const { peers } of (JSON.parse(stdout).workloads as Workload[]).slice(0, 3))
      for (const [i, reason] of reasons.entries()) expect(peers?.[i]?.absent).toMatch(reason);
  });

  it.each([
    [["--repeat", "0"], 2, /^sinkflow: --repeat: expected a whole number from 1 to 1000, got "0"\. Nothing was written\.\n$/],
    [["--engine", "gpu"], 2, /^sinkflow: .*'--engine <kind>'.*\n$/],
    [["euler"], 2, /^sinkflow: .*too many arguments.*\n$/],
    [["--peer"], 2, /^sinkflow: unknown option '--peer'.*--peers.*\n$/],
    [["--adapter", "nonesuch"], 3, /^sinkflow: --adapter: expected one of .*, got "nonesuch"\. .*\n$/],
  ])("refuses %j in one line", async (args, expected, message) => {
    const { code, stdout, stderr } = await sinkflow(["bench", ...args]);
    expect({ code, stdout }).toEqual({ code: expected, stdout: "" });
    expect(stderr).toMatch(message);
  });

  it("needs a driver only for --engine webgpu", async () => {
    const { code, stderr } = await sinkflow(["bench", "--engine", "webgpu"], { env: noDriver });
    expect(code).toBe(3);
    expect(stderr).toMatch(/^sinkflow: --engine: expected a WebGPU adapter.*\n$/);
  });

  it.each(["--peers", "--sweep"])("ends when it is interrupted, with what it started: %s", async (flag) => {
    const temporary = join(folder, `interrupted${flag}`);
    mkdirSync(temporary);
    const { code, stderr } = await sinkflow(["bench", flag, "--engine", "cpu", "--quiet"], {
      env: { TMPDIR: temporary },
      interruptWhen: () => readdirSync(temporary).length > 0,
    });
    expect(code).toBe(75);
    expect(stderr).toMatch(/^sinkflow: interrupted\. .*\n$/);
    expect(readdirSync(temporary)).toEqual([]);
  });
});
