import { describe, expect, it } from "vitest";
import { Pacing, type Share } from "../../src/gpu/pacing.ts";

const lane = { lanes: { count: 1, subgroupLanes: 1 }, workgroup: 64 };
const maxTrials = 2 ** 20;

/** Plans `runs` runs of `trials` trials each, for a device on which a dispatch takes `msOf(share)` milliseconds. */
function follow(
  pacing: Pacing,
  { runs, trials: all, fixed, wanted }: { runs: number; trials: number; fixed: boolean; wanted?: number },
  msOf: (share: Share) => number,
) {
  const passes: { trials: number; dispatches: number[]; ms: number[] }[] = [];
  for (let taken = 0; taken < all; ) {
    const trials = pacing.trials(runs, fixed ? { taken, all } : undefined, wanted);
    const pass = { trials, dispatches: [] as number[], ms: [] as number[] };
    for (let from = 0; from < runs; ) {
      const share = { runs: pacing.runs(runs - from, trials), trials };
      pass.dispatches.push(share.runs);
      pass.ms.push(msOf(share));
      pacing.learn(share, msOf(share));
      from += share.runs;
    }
    passes.push(pass);
    taken += trials;
  }
  return passes;
}

describe("Pacing", () => {
  it.each([
    ["a fast device", { msOfWork: 1e-7, trials: 2e5 }],
    ["a slow one", { msOfWork: 1e-3, trials: 500 }],
  ])("comes to dispatches of a tenth of a second on %s", (_, { msOfWork, trials }) => {
    const passes = follow(
      new Pacing(72, lane, true),
      { runs: 2 ** 17, trials, fixed: false },
      (share) => share.runs * share.trials * msOfWork,
    );
    const late = passes.slice(passes.length >> 1).flatMap(({ ms }) => (ms.length > 1 ? ms.slice(0, -1) : ms)); // the last dispatch of a pass may be small
    expect(late.length).toBeGreaterThan(5);
    for (const ms of late) expect(Math.abs(ms - 100)).toBeLessThan(10);
  });
  it("starts with a dispatch that is short even for a driver on the CPU, and with less work where there are barriers", () => {
    const work = (...[mapping, isGpu]: [ConstructorParameters<typeof Pacing>[1], boolean]) => {
      const pacing = new Pacing(64, mapping, isGpu);
      const trials = pacing.trials(2 ** 17);
      return pacing.runs(2 ** 17, trials) * trials;
    };
    expect(work(lane, false)).toBe(2 ** 23 / 64);
    expect(work(lane, true)).toBe(2 ** 28 / 64);
    expect(work({ lanes: { count: 64, subgroupLanes: 4 }, workgroup: 64 }, true)).toBe(Math.ceil(2 ** 28 / 64 / 100 / 32) * 32);
  });
  it("visits every run once a pass, in whole workgroups", () => {
    const mapping = { lanes: { count: 4, subgroupLanes: 4 }, workgroup: 64 };
    for (const { dispatches } of follow(new Pacing(800, mapping, false), { runs: 5003, trials: 2000, fixed: true }, () => 300)) {
      expect(dispatches.reduce((sum, runs) => sum + runs, 0)).toBe(5003);
      for (const runs of dispatches.slice(0, -1)) expect(runs % 16).toBe(0);
    }
  });
  it("takes no more fixed steps than there are, and many of them from the second pass on", () => {
    const passes = follow(new Pacing(72, lane, true), { runs: 1000, trials: 10_000, fixed: true }, () => 1e4);
    expect(passes.map(({ trials }) => trials)).toEqual([128, 4096, 4096, 10_000 - 128 - 2 * 4096]);
  });
  it("makes no fewer trials than are worth a pass, however slow the device; one where values are in memory", () => {
    for (const [memory, min] of [
      [false, 32],
      [true, 1],
    ] as const) {
      const pacing = new Pacing(72, { lanes: { count: 64, subgroupLanes: 4, memory }, workgroup: 64 }, true);
      follow(pacing, { runs: 1000, trials: 1000, fixed: false }, () => 1e5);
      expect([pacing.trials(1000), pacing.trials(1)]).toEqual([min, min]);
      expect(pacing.runs(1000, min)).toBe(1);
    }
  });
  it("lets passes over few runs grow only as the time of a trial allows, to a limit", () => {
    const pacing = new Pacing(72, lane, true);
    const passes = follow(pacing, { runs: 1, trials: 3e6, fixed: false }, ({ trials }) => trials * 1e-4); // 10 a microsecond
    const trials = passes.map((pass) => pass.trials);
    expect(trials.slice(0, 4)).toEqual([128, 2048, 32_768, 524_288]);
    expect(Math.max(...trials)).toBe(1e6);
    expect(follow(new Pacing(72, lane, true), { runs: 1, trials: 1e8, fixed: false }, () => 0).at(-1)?.trials).toBe(maxTrials);
  });
  it("learns nothing about work from a small, short dispatch", () => {
    const pacing = new Pacing(72, lane, true);
    const before = pacing.runs(2 ** 24, 32);
    pacing.learn({ runs: 1, trials: 32 }, 0.1);
    expect(pacing.runs(2 ** 24, 32)).toBe(before);
  });
  it("makes as many trials as it is told", () => {
    const pacing = new Pacing(72, lane, true);
    expect(pacing.trials(100, undefined, 3)).toBe(3);
    expect(pacing.trials(100, { taken: 9, all: 10 }, 3)).toBe(1);
    expect(pacing.trials(100, undefined, 1e9)).toBe(maxTrials);
  });
});
