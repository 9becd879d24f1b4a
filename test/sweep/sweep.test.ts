import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cpuEngine } from "../../src/ensemble/cpu.ts";
import { inlinePool } from "../../src/ensemble/perform.ts";
import type { Ensemble } from "../../src/model/ensemble.ts";
import { parseSpecification } from "../../src/model/grid.ts";
import type { Segment } from "../../src/model/result.ts";
import { readSpecification } from "../../src/model/source.ts";
import { toJson } from "../../src/results/json.ts";
import type { PartLimits } from "../../src/sweep/parts.ts";
import { runSweep, type SweepOptions } from "../../src/sweep/sweep.ts";

const root = join(import.meta.dirname, "../..");
/** Points of the examples with few runs, on the CPU engine, as they were when each point was followed and summarized as a whole. */
const stored: Record<string, { settings: string[]; points: unknown[] }> = JSON.parse(
  readFileSync(join(import.meta.dirname, "summaries.json"), "utf8"),
);

/** Parts of two runs, of an odd number of rows, and as results have them. */
const cuts: Record<string, PartLimits | undefined> = {
  "as they are cut": undefined,
  "of two runs": { rows: 2, bytes: 1, state: 1, enoughRows: 1, enoughFamilies: 1 },
  "of seven runs, across points": { rows: 7, bytes: 1e9, state: 1e9, enoughRows: 100, enoughFamilies: 100 },
};

/** Expects every stored key with the same value to the last bit; means and their like to 1e-12. A key that is not stored is a newer one. */
function expectSame(got: unknown, expected: unknown, path = ""): void {
  if (typeof expected === "object" && expected !== null) {
    expect(Object.keys(got as object), path).toEqual(expect.arrayContaining(Object.keys(expected)));
    if (Array.isArray(expected)) expect(got, path).toHaveLength(expected.length);
    for (const [key, value] of Object.entries(expected)) expectSame((got as Record<string, unknown>)[key], value, `${path}.${key}`);
  } else if (/\.mean(\.\d+)?$/.test(path)) {
    expect(Math.abs((got as number) - (expected as number)), path).toBeLessThanOrEqual(1e-12 * Math.abs(expected as number));
  } else expect(got, path).toBe(expected);
}

describe.each(Object.entries(stored))("%s", (file, { settings, points }) => {
  it.each(Object.keys(cuts))("has the summary that it had, from parts %s", async (cut) => {
    const specification = readSpecification(readFileSync(join(root, "examples", file), "utf8"), file, settings);
    const limits = cuts[cut];
    const report = await runSweep(specification, cpuEngine(inlinePool), inlinePool, { ...(limits && { limits }) });
    const json = JSON.parse([...toJson(report, { timing: false })].join(""));
    expect(json.points).toHaveLength(points.length);
    for (const [i, point] of points.entries()) expectSame(json.points[i], point, `${i}`);
  });
});

const grid = parseSpecification({
  tokens: 3,
  runs: 5,
  integrator: { kind: "euler", step: 0.1 },
  until: { steps: 5 },
  record: { trajectories: 3, vectors: true, steps: [0, 5] },
  grid: { "values.scale": [0.1, 0.2], normalizer: ["softmax", "sigmoid"] },
});
const run = (options: SweepOptions) => runSweep(grid, cpuEngine(inlinePool), inlinePool, options);

describe("a sweep", () => {
  it("hands over its parts in order, with rows, lists and trajectories of their portions", async () => {
    const limits = cuts["of seven runs, across points"] as PartLimits;
    const seen: string[] = [];
    const shapes: unknown[] = [];
    const wholes: number[][] = [[], [], [], []];
    const pieces: number[][] = [[], [], [], []];
    const gather =
      (into: number[][]): NonNullable<SweepOptions["onPart"]> =>
      ({ number, rows, count, portions }) => {
        shapes.push([number, count, rows.sink.length]);
        for (const { point, first, count, rows, vectors, trajectories } of portions) {
          seen.push(`${point}:${first}+${count}`);
          expect(trajectories.map(({ run }) => run)).toEqual([0, 1, 2].filter((run) => run >= first && run < first + count));
          for (let i = 0; i < count; i++) {
            const lists = Array.from({ length: 15 }, (_, list) => vectors?.[list * count + i] as number);
            into[point]?.push(rows.entropy[i] as number, rows.sink[i] as number, ...lists);
          }
        }
      };
    await run({ limits, onPart: gather(pieces) });
    expect(seen).toEqual(["0:0+5", "2:0+2", "2:2+3", "1:0+4", "1:4+1", "3:0+5"]);
    expect(shapes).toEqual([
      [0, 7, 7],
      [1, 7, 7],
      [2, 6, 6],
    ]);
    await run({ onPart: gather(wholes) });
    expect(pieces).toEqual(wholes);
    expect(wholes.every((numbers) => numbers.length === 5 * 17 && numbers.every(Number.isFinite))).toBe(true);
  });

  it("folds parts in their order, and hands them over one at a time, whichever is done first", async () => {
    const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    const seen: string[] = [];
    let isSecond: () => void = () => {};
    const second = new Promise<void>((resolve) => {
      isSecond = resolve;
    });
    const limits = cuts["of two runs"] as PartLimits;
    const store: SweepOptions["store"] = {
      encode: async ({ number }) => {
        if (number === 0) await second;
        seen.push(`encoded ${number}`);
        if (number === 1) isSecond();
        return {};
      },
      commit: async () => {},
    };
    const { points } = await run({ limits, store });
    for (const { trajectories } of points) expect(trajectories?.map(({ run }) => run)).toEqual([0, 1, 2]);
    expect(seen.indexOf("encoded 1")).toBeLessThan(seen.indexOf("encoded 0"));
    seen.length = 0;
    await run({
      limits,
      store,
      onPart: async ({ number }) => {
        seen.push(`begun ${number}`);
        await later(number % 2 === 0 ? 30 : 0);
        seen.push(`ended ${number}`);
      },
    });
    const handed = seen.filter((what) => !what.startsWith("encoded"));
    expect(handed).toEqual(Array.from({ length: 12 }, (_, number) => [`begun ${number}`, `ended ${number}`]).flat());
  });

  it("tells its progress, and of how many runs: those of its own parts that were not there", async () => {
    const limits = cuts["of seven runs, across points"] as PartLimits; // three parts of 7, 7 and 6
    const told: number[][] = [];
    const store = { has: (part: number) => part === 1, read: async () => [], encode: async () => ({}), commit: async () => {} };
    await run({ limits, store, onProgress: (...numbers) => told.push(numbers as number[]) }).catch(() => {}); // what is read has no rows
    expect(told.length).toBeGreaterThan(0);
    expect(new Set(told.map(([, runs]) => runs))).toEqual(new Set([13]));
    expect(Math.max(...told.map(([done = 0]) => done))).toBe(1);
  });

  it("samples runs for figures beyond those that the specification asks for, from whatever part they are in", async () => {
    const sampled: Record<number, number[]> = {};
    const report = await run({
      limits: cuts["of two runs"] as PartLimits,
      sample: {
        runs: [0, 5, 2, 0],
        take: (point, trajectories) => Object.assign(sampled, { [point]: trajectories.map(({ run }) => run) }),
      },
    });
    expect(sampled).toEqual({ 0: [], 1: [0, 1, 2, 3, 4], 2: [0, 1], 3: [] });
    for (const { trajectories = [] } of report.points) expect(trajectories.map(({ run }) => run)).toEqual([0, 1, 2]);
  });

  it("says where its time went, and gives a point its family's by its share of the runs", async () => {
    const { timing, points } = await run({});
    expect(Object.keys(timing ?? {})).toEqual(["wallMs", "deviceBusy", "waited", "resumed"]);
    expect(timing?.deviceBusy).toBeGreaterThan(0);
    expect(timing?.deviceBusy).toBeLessThanOrEqual(1);
    const waited = Object.values(timing?.waited ?? {}).reduce((sum, share) => sum + share, 0);
    expect(waited + (timing?.deviceBusy ?? 0)).toBeLessThanOrEqual(1 + 1e-9);
    expect(points[0]?.timing).toEqual(points[2]?.timing);
    expect(points[0]?.timing.simulateMs).toBeGreaterThan(0);
  });
});

describe("a sweep that fails", () => {
  const limits = cuts["of two runs"] as PartLimits;

  it("in a stage: throws its error, begins nothing more, and leaves nothing behind", async () => {
    const begun: number[] = [];
    const ended: number[] = [];
    const failing = run({
      limits,
      store: {
        encode: async ({ number }) => {
          begun.push(number);
          await new Promise((resolve) => setTimeout(resolve, 20));
          if (number === 1) throw new Error("the encoder broke");
          return {};
        },
        commit: async ({ number }) => void ended.push(number),
      },
    });
    await expect(failing).rejects.toThrow("the encoder broke");
    expect(begun.length).toBeLessThan(5); // of 12
    const then = [...ended];
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(ended).toEqual(then);
    expect(ended).not.toContain(1);
  });

  it("in the engine: throws its error", async () => {
    const engine = cpuEngine(inlinePool);
    let calls = 0;
    const follow: typeof engine.follow = (...of) =>
      ++calls === 3 ? Promise.reject(new Error("the device was lost")) : engine.follow(...of);
    await expect(runSweep(grid, { ...engine, follow }, inlinePool, { limits })).rejects.toThrow("the device was lost");
  });

  it("by an engine that leaves out runs: says so", async () => {
    const engine = cpuEngine(inlinePool);
    const follow: typeof engine.follow = (segments, { onBatch: _, ...rest } = {}) => engine.follow(segments, rest);
    await expect(runSweep(grid, { ...engine, follow }, inlinePool, {})).rejects.toThrow("the engine handed over 0 of 5 runs of point 0");
  });

  it("by an interruption: throws that", async () => {
    const stop = new AbortController();
    const interrupted = run({ limits, signal: stop.signal, onPart: ({ number }) => (number === 1 ? stop.abort() : undefined) });
    await expect(interrupted).rejects.toMatchObject({ failure: "interrupted" });
  });

  it("has each family compiled once, a part ahead", async () => {
    const engine = cpuEngine(inlinePool);
    const order: string[] = [];
    const kindOf = (ensemble: Ensemble) => `${ensemble.loss.kind} ${ensemble.normalizer.kind}`;
    const follow: typeof engine.follow = (segments, options) => {
      order.push(`follow ${kindOf((segments[0] as Segment).ensemble)}`);
      return engine.follow(segments, options);
    };
    const prepare = async (ensemble: Ensemble) => void order.push(`prepare ${kindOf(ensemble)}`);
    const families = parseSpecification({
      ...{ tokens: 2, runs: 4, integrator: "euler", until: { steps: 2 } },
      grid: { normalizer: ["softmax", "sigmoid", "linear"], "values.scale": [1, 2] },
    });
    await runSweep(families, { ...engine, follow, prepare }, inlinePool, { limits: cuts["of two runs"] as PartLimits });
    const prepared = order.filter((entry) => entry.startsWith("prepare"));
    expect(prepared).toEqual(["softmax", "sigmoid", "linear"].map((kind) => `prepare logistic ${kind}`));
    for (const kind of ["sigmoid", "linear"])
      expect(order.indexOf(`prepare logistic ${kind}`)).toBeLessThan(order.indexOf(`follow logistic ${kind}`) - 1);
  });

  it("follows a family while results of the one before are handed over, and no more than these", async () => {
    const engine = cpuEngine(inlinePool);
    const kinds = ["softmax", "sigmoid", "linear", "sum"];
    const families = parseSpecification({ tokens: 2, runs: 2, integrator: "euler", until: { steps: 2 }, grid: { normalizer: kinds } });
    const attempt = async (failing?: string) => {
      const order: string[] = [];
      const follow: typeof engine.follow = async (segments, options = {}) => {
        const { kind } = (segments[0] as Segment).ensemble.normalizer;
        order.push(`follow ${kind}`);
        options.onSubmitted?.();
        await new Promise((resolve) => setTimeout(resolve, 20));
        const result = await engine.follow(segments, options);
        order.push(`handed ${kind}`);
        if (kind === failing) throw new Error("the device was lost");
        return result;
      };
      const report = await runSweep(families, { ...engine, follow }, inlinePool).catch((error: Error) => error);
      return { report, order, at: (entry: string) => order.indexOf(entry) };
    };
    const { report, at } = await attempt();
    expect(report).not.toBeInstanceOf(Error);
    for (const [i, kind] of kinds.slice(1).entries()) {
      expect(at(`follow ${kind}`)).toBeLessThan(at(`handed ${kinds[i]}`));
      if (i > 0) expect(at(`handed ${kinds[i - 1]}`)).toBeLessThan(at(`follow ${kind}`));
    }
    // Where one fails, what is followed beside it is at rest before the error is thrown.
    const { report: error, order } = await attempt("sigmoid");
    expect(error).toMatchObject({ message: "the device was lost" });
    expect(order.slice(-2).sort()).toEqual(["handed linear", "handed sigmoid"]);
  });

  it("holds three parts at most", async () => {
    let [held, most] = [0, 0];
    const engine = cpuEngine(inlinePool);
    const follow: typeof engine.follow = (...of) => {
      most = Math.max(most, ++held);
      return engine.follow(...of);
    };
    const commit = async () => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      held--;
    };
    await runSweep(grid, { ...engine, follow }, inlinePool, { limits, store: { encode: async () => ({}), commit } });
    expect(most).toBe(3);
  });
});
