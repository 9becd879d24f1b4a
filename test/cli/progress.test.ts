import { mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type * as Terminal from "../../src/cli/terminal.ts";
import type { Progress } from "../../src/sweep/stages.ts";

const folder = mkdtempSync(join(tmpdir(), "sinkflow-progress-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, "said.txt");
let { withProgress } = {} as typeof Terminal;
beforeAll(async () => {
  vi.stubEnv("SINKFLOW_MESSAGES_FD", String(openSync(file, "a")));
  ({ withProgress } = await import("../../src/cli/terminal.ts"));
});
beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** What is said while work tells these at these seconds. */
async function said(told: readonly [seconds: number, ...told: Parameters<Progress>][], atOnce?: number): Promise<string[]> {
  const before = readFileSync(file, "utf8").length;
  const work = async (onProgress: Progress) => {
    let now = 0;
    for (const [seconds, ...share] of told) {
      await vi.advanceTimersByTimeAsync(1000 * (seconds - now));
      now = seconds;
      onProgress(...share);
    }
  };
  await withProgress(false, work, atOnce);
  return readFileSync(file, "utf8").slice(before).trimEnd().split("\n");
}

describe("progress", () => {
  it("has the rate of the runs that are computed, and no rate where it is not known of how many", async () => {
    const half = (...runs: [number?]): Parameters<typeof said>[0] => [
      [0, 0.5, ...runs],
      [10, 0.5, ...runs],
    ];
    expect(await said(half(1000))).toEqual(["sinkflow: 50 % after 10 s, about 10 s left, 50 runs/s"]);
    expect(await said(half())).toEqual(["sinkflow: 50 % after 10 s, about 10 s left"]);
  });

  it("says how long all takes at least where no run is done, and then about how long", async () => {
    const noRun = (runs: number): Parameters<typeof said>[0] => [
      [0, 0, runs],
      [12, 0, runs],
    ];
    expect(await said([...noRun(1e6), [15, 1e-6, 1e6]], 2)).toEqual([
      "sinkflow: this takes more than 58 days in all: no run is done, and 1000000 are to be",
      "sinkflow: 0 % after 10 s",
      "sinkflow: this takes about 174 days in all, at the rate so far",
    ]);
    expect(await said(noRun(100), 2)).toEqual(["sinkflow: 0 % after 10 s"]);
    // Where runs are not alike, or a device follows all at once, nothing follows from those that are not done.
    expect(await said(noRun(1e6))).toEqual(["sinkflow: 0 % after 10 s"]);
  });
});
