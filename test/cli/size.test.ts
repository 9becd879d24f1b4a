import { describe, expect, it } from "vitest";
import { checkSize, estimatedPeak } from "../../src/cli/size.ts";
import { duration } from "../../src/cli/terminal.ts";
import { parseSpecification } from "../../src/model/grid.ts";
import type { OpenedEngine } from "../../src/node.ts";
import { sinkflow } from "../support/cli.ts";

const limits = { maxStorageBufferBindingSize: 2 ** 27, maxBufferSize: 2 ** 28, subgroup: 8, isGpu: false };
/** An engine on a machine of so many bytes and 16 threads. It is never asked to work. */
const machine = (kind: "cpu" | "webgpu", memory: number) =>
  ({
    engine: { kind, adapter: null },
    pool: { size: 16 },
    isGpu: false,
    memory,
    ...(kind === "webgpu" && { limits }),
  }) as unknown as OpenedEngine;
const check = (specification: object, opened: OpenedEngine) => checkSize(parseSpecification(specification), opened, { quiet: true });
const large = { tokens: 4096, runs: 1_000_000 };

describe("a sweep that memory can't hold is refused with what would fit", () => {
  it("so on the CPU engine, where a run has some twenty copies of its state", async () => {
    await expect(check(large, machine("cpu", 32e9))).resolves.toBeUndefined();
    const refusal = await check(large, machine("cpu", 2e9)).catch((error) => error);
    expect(refusal).toMatchObject({ failure: "input", path: ["dim"] });
    const [, fit] = refusal.message.match(
      /^dim: expected at most (\d+), that fit this machine's 2\.0 GB of memory \(got about \d\.\d GB\), got 4096$/,
    );
    await expect(check({ ...large, dim: Number(fit) }, machine("cpu", 2e9))).resolves.toBeUndefined();
    await expect(check({ ...large, dim: Number(fit) + 1 }, machine("cpu", 2e9))).rejects.toThrow(/^(runs|dim): /);
  });
  it("so on WebGPU, where the reference verifies", async () => {
    await expect(check(large, machine("webgpu", 4e9))).rejects.toThrow(/^dim: expected at most \d+, /);
    await expect(checkSize(parseSpecification(large), machine("webgpu", 4e9), { samples: 0, quiet: true })).resolves.toBeUndefined();
  });
  it("where fewer runs fit, it says how many", async () => {
    const refusal = await check({ tokens: 2, runs: 1_000_000 }, machine("cpu", 0.8e9)).catch((error) => error);
    const [, fit] = refusal.message.match(/^runs: expected at most (\d+), /);
    await expect(check({ tokens: 2, runs: Number(fit) }, machine("cpu", 0.8e9))).resolves.toBeUndefined();
  });
  it("where only fewer points fit, it says how many", async () => {
    const grid = { tokens: 2, runs: 1, grid: { seed: Array.from({ length: 10_000 }, (_, i) => i) } };
    await expect(check(grid, machine("cpu", 0.7e9))).rejects.toThrow(/^grid: expected at most \d{4} points, .*, got 10000$/);
  });
  it("and one of more parts than file names can number", async () => {
    await expect(check({ tokens: 4096, runs: 2 ** 31 - 1 }, machine("cpu", 32e9))).rejects.toThrow(
      /^runs: expected at most 999999 parts of results, which \d+ runs in all of this size may have, got 2147483647 runs$/,
    );
  });
});

it("fewer runs are followed at a time where all threads would take more than half of memory", () => {
  const peak = (memory: number) => estimatedPeak(parseSpecification(large), machine("cpu", memory));
  expect(peak(256e9)).toBeGreaterThan(40e9);
  expect(peak(32e9)).toBeLessThan(20e9);
});

it("what a device counts in place of rows is in memory too", () => {
  const opened = machine("webgpu", 32e9);
  Object.assign(opened.engine, { countsRuns: () => true });
  const more = (runs: number, out?: string) => {
    const specification = parseSpecification({ tokens: 8, runs });
    return estimatedPeak(specification, opened, { out }) - estimatedPeak(specification, machine("webgpu", 32e9), { out });
  };
  // A part of 262,144 runs has no more filled bins of a column, of 8 bytes each; some ten columns and more are binned, and three parts are in flight.
  expect(more(2 ** 21)).toBeGreaterThan(3 * 10 * 8 * 262_144);
  expect(more(2 ** 21)).toBeLessThan(1e9);
  expect(more(2 ** 31 - 1)).toBe(more(2 ** 21));
  expect([more(2 ** 20), more(2 ** 21, "rows are stored")]).toEqual([0, 0]);
});

it("tells durations in the largest unit of which there are two", () => {
  const words = [0.4, 90, 121, 7300, 200_000, 1e9, 1e13].map(duration);
  expect(words).toEqual(["1 s", "90 s", "3 min", "3 hours", "3 days", "32 years", "317,000 years"]);
});

it("the CPU engine tells within a run how far it is, how long all takes, and what memory", async () => {
  const specification = { tokens: 1024, runs: 100_000, integrator: "euler", until: { steps: 100_000 } };
  const { code, stderr } = await sinkflow(["run", "-", "--engine", "cpu"], {
    input: JSON.stringify(specification),
    interruptWhen: (() => {
      const from = Date.now();
      return () => Date.now() - from > 30_000;
    })(),
  });
  expect(code).toBe(75);
  expect(stderr).toMatch(/^sinkflow: this takes about [\d,]+ (days|years) in all, at the rate so far$/m);
  expect(stderr).toMatch(/^sinkflow: 0 % after \d+ s, about [\d,]+ (days|years) left$/m);
});
