import { describe, expect, it } from "vitest";
import type { Mapping } from "../../src/gpu/mapping.ts";
import { Pacing, type Share } from "../../src/gpu/pacing.ts";

const maxTrials = 2 ** 20;

interface Lanes {
  count?: number;
  subgroupLanes?: number;
  memory?: boolean;
  workgroup?: number;
}

/** For runs of `numbers` numbers: of so many tokens whose values are not followed. */
function pacingOf(numbers: number, isGpu: boolean, { count = 1, subgroupLanes = count, memory = false, workgroup = 64 }: Lanes = {}) {
  const reduction = { kind: "none", loss: "square", dim: 0, aimLength: 0 } as const;
  const mapping: Mapping = { reduction, lanes: { count, subgroupLanes, memory }, neighbors: false, skips: isGpu, workgroup };
  return new Pacing({ tokens: numbers, dim: 0 }, mapping, isGpu);
}

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
      pacing.took(share, msOf(share), share.runs);
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
    const passes = follow(pacingOf(72, true), { runs: 2 ** 17, trials, fixed: false }, (share) => share.runs * share.trials * msOfWork);
    const late = passes.slice(passes.length >> 1).flatMap(({ ms }) => (ms.length > 1 ? ms.slice(0, -1) : ms)); // the last dispatch of a pass may be small
    expect(late.length).toBeGreaterThan(5);
    for (const ms of late) expect(Math.abs(ms - 100)).toBeLessThan(10);
  });
  it("starts with a dispatch that is short even for a driver on the CPU, and with less work where there are barriers", () => {
    const work = (lanes: Lanes, isGpu: boolean) => {
      const pacing = pacingOf(64, isGpu, lanes);
      const trials = pacing.trials(2 ** 17);
      return pacing.runs(2 ** 17, trials) * trials;
    };
    expect(work({}, false)).toBe(2 ** 22 / 64);
    expect(work({}, true)).toBe(2 ** 28 / 64);
    expect(work({ count: 64, subgroupLanes: 4 }, true)).toBe(Math.floor(2 ** 28 / 64 / 100 / 32) * 32);
  });
  it("visits every run once a pass, in whole workgroups", () => {
    for (const { dispatches } of follow(pacingOf(800, false, { count: 4 }), { runs: 5003, trials: 100, fixed: true }, () => 300)) {
      expect(dispatches.reduce((sum, runs) => sum + runs, 0)).toBe(5003);
      expect(dispatches.slice(0, -1).filter((runs) => runs % 16 !== 0)).toEqual([]);
    }
  });
  it("takes no more fixed steps than there are, and many of them from the second pass on, as far as a workgroup of runs takes no longer", () => {
    const trialsAt = (msOfWork: number) =>
      follow(pacingOf(72, true), { runs: 1000, trials: 10_000, fixed: true }, (share) => share.runs * share.trials * msOfWork).map(
        ({ trials }) => trials,
      );
    expect(trialsAt(1e-4)).toEqual([128, 4096, 4096, 10_000 - 128 - 2 * 4096]);
    expect(trialsAt(1e-3).slice(0, 3)).toEqual([128, 100 / 1e-3 / 64, 100 / 1e-3 / 64].map(Math.floor));
  });
  it("makes no fewer trials than are worth a pass, however slow the device, until one workgroup takes too long with them", () => {
    for (const [memory, worth] of [
      [false, 32],
      [true, 1],
    ] as const) {
      const pacing = pacingOf(72, true, { count: 64, subgroupLanes: 4, memory });
      pacing.took({ runs: 1000, trials: worth }, 1e5, 1000);
      expect([pacing.trials(1000), pacing.trials(1), pacing.runs(1000, worth)]).toEqual([worth, worth, 1]);
      follow(pacing, { runs: 1000, trials: 1000, fixed: false }, () => 1e5);
      expect([pacing.trials(1000), pacing.trials(1), pacing.runs(1000, 1)]).toEqual([1, 1, 1]);
      expect(pacing.trials(1000, { taken: 100, all: 1000 })).toBe(1);
    }
  });
  it("begins with few trials of a large run on a driver on the CPU", () => {
    const pacing = pacingOf(256 * 65, false, { count: 256, subgroupLanes: 4, workgroup: 256 });
    expect([pacing.trials(100), pacing.runs(100, pacing.trials(100))]).toEqual([2, 1]);
  });
  it("lets passes over few runs grow only as the time of a trial allows, to a limit", () => {
    const pacing = pacingOf(72, true);
    const passes = follow(pacing, { runs: 1, trials: 3e6, fixed: false }, ({ trials }) => trials * 1e-4); // 10 a microsecond
    const trials = passes.map((pass) => pass.trials);
    expect(trials.slice(0, 4)).toEqual([128, 2048, 32_768, 524_288]);
    expect(Math.max(...trials)).toBe(1e6);
    expect(follow(pacingOf(72, true), { runs: 1, trials: 1e8, fixed: false }, () => 0).at(-1)?.trials).toBe(maxTrials);
  });
  it("learns nothing about work from a small, short dispatch", () => {
    const pacing = pacingOf(72, true);
    const before = pacing.runs(2 ** 24, 32);
    pacing.took({ runs: 1, trials: 32 }, 0.1, 1);
    expect(pacing.runs(2 ** 24, 32)).toBe(before);
  });
  it("learns that the device is fast only from runs that had all their trials", () => {
    const pacing = pacingOf(72, true);
    const work = () => pacing.runs(2 ** 24, 32);
    const before = work();
    // Most runs end in their first trial: the dispatch is short.
    for (let i = 0; i < 5; i++) pacing.took({ runs: before, trials: 32 }, 0.1, before / 4);
    expect(work()).toBe(before);
    // The last run of a batch ends early, too; the next batch has few runs.
    const few = pacing.trials(1);
    pacing.took({ runs: 1, trials: few }, 0.1, 0);
    expect(pacing.trials(1)).toBe(few);
    pacing.took({ runs: before, trials: 32 }, 10, before / 2);
    expect(work()).toBe(4 * before);
  });
  it("comes back to the work of before where dispatches are short again, though most of their runs end", () => {
    const pacing = pacingOf(72, true);
    const work = () => pacing.runs(2 ** 24, 32);
    const before = work();
    // Such a dispatch is slow once, as where the host has other work.
    pacing.took({ runs: before, trials: 32 }, 1600, 0);
    expect(work()).toBe(Math.floor(before / 16 / 64) * 64);
    for (let i = 0; i < 9; i++) pacing.took({ runs: work(), trials: 32 }, 1, 0);
    expect(work()).toBe(before);
  });
  it("follows a slow dispatch at once, whether or not its runs go on", () => {
    const pacing = pacingOf(72, true);
    const before = pacing.runs(2 ** 24, 32);
    pacing.took({ runs: before, trials: 32 }, 400, 0);
    expect(pacing.runs(2 ** 24, 32)).toBe(Math.floor(before / 4 / 64) * 64);
  });
  it("cuts what goes once over all places, too: by what is drawn at first, then by how long it took", () => {
    const pacing = pacingOf(72, false);
    const first = pacing.places("initial", 2 ** 20);
    expect(first).toBe(Math.floor(2 ** 22 / 72 / 64) * 64);
    pacing.tookPlaces("initial", first, 400);
    expect(pacing.places("initial", 2 ** 20)).toBe(Math.floor(first / 4 / 64) * 64);
    pacing.tookPlaces("initial", 640, 1);
    expect([pacing.places("initial", 2 ** 20), pacing.places("initial", 5), pacing.places("start", 2 ** 20)]).toEqual([2560, 5, first]);
    expect(pacingOf(2 ** 24, false, { count: 256, subgroupLanes: 4, workgroup: 256 }).places("end", 3)).toBe(1);
  });
  it("makes as many trials as it is told", () => {
    const pacing = pacingOf(72, true);
    expect(pacing.trials(100, undefined, 3)).toBe(3);
    expect(pacing.trials(100, { taken: 9, all: 10 }, 3)).toBe(1);
    expect(pacing.trials(100, undefined, 1e9)).toBe(maxTrials);
  });
});
