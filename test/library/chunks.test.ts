import { describe, expect, it } from "vitest";
import type * as Entry from "../../src/arrow.ts";
import type * as Library from "../../src/index.ts";
import { OwnStatistics, type Statistic } from "../../src/library/statistics.ts";

// As a program has it: its threads are files beside it.
const library: typeof Library = await import(new URL("../../dist/indexNode.js", import.meta.url).href);
const { arrowTable }: typeof Entry = await import(new URL("../../dist/arrowNode.js", import.meta.url).href);
const { simulate, simulateChunks, defineStatistic } = library;

// Sixteen points of different tokens are a part.
const specification = {
  dim: 1,
  runs: 3,
  integrator: { kind: "euler", step: 0.1 },
  until: { time: 0.2 },
  record: { vectors: true, tippingTime: true },
};
const ofParts = (parts: number) => ({ ...specification, grid: { tokens: Array.from({ length: 16 * parts }, (_, i) => i + 2) } });
const steps = defineStatistic({
  of: ({ rows }) => ({ chunks: 1, steps: rows.steps.reduce((sum, x) => sum + x, 0) }),
  merge: (a, b) => ({ chunks: a.chunks + b.chunks, steps: a.steps + b.steps }),
});
const options = { engine: "cpu", statistics: { steps } } as const;
const withoutRows = ({ timing: _, rows: __, vectors: ___, ...point }: Record<string, unknown>) => point;
const turns = () => new Promise((resolve) => setTimeout(resolve, 200));

it("chunks have the numbers of simulate, and so has the summary, with statistics of one's own", async () => {
  const specification = ofParts(2);
  const whole = await simulate(specification, options);
  expect(Object.keys(whole.points[0]?.rows ?? {})).toContain("tippingTime");
  const chunks = simulateChunks(specification, options);
  let next = 0;
  for await (const { point, parameters, first, count, rows, vectors } of chunks) {
    expect([point, parameters, first, count]).toEqual([next, { tokens: next + 2 }, 0, 3]);
    const expected = whole.points[next++];
    expect(rows).toEqual(expected?.rows);
    expect(vectors).toEqual(expected?.vectors);
    expect(rows.entropy).toBeInstanceOf(Float64Array);
  }
  expect(next).toBe(32);
  const summary = await chunks.summary();
  expect(summary.points.map(withoutRows)).toEqual(whole.points.map(withoutRows));
  expect(summary.points[7]?.statistics).toEqual({ steps: { chunks: 1, steps: 6 } });
  expect((await chunks.next()).done).toBe(true);
});

it("what chunks of a point give is merged in the order of runs", () => {
  const own = new OwnStatistics({ order: { of: ({ first }) => [first], merge: (a, b) => [...a, ...b] } } as { order: Statistic<number[]> });
  for (const [point, first] of [
    [0, 0],
    [1, 0],
    [0, 4],
    [0, 8],
  ] as const)
    own.add({ point, first, count: 4, parameters: {}, rows: {} as Library.PointRows });
  expect([own.of(0), own.of(1)]).toEqual([{ order: [0, 4, 8] }, { order: [0] }]);
});

it("an Arrow table has the columns' memory, and null where a number is absent", async () => {
  const still = { ...specification, tokens: 2, logits: "zero", values: "zero" };
  const { points } = await simulate(still, { engine: "cpu" });
  const [point] = points as [Library.Point];
  const { rows, vectors } = point;
  const table = await arrowTable(point);
  expect(table.schema.names).toEqual(["run", ...Object.keys(rows), ...Object.keys(vectors ?? {})]);
  const [entropy] = table.getChild("entropy")?.data ?? [];
  expect(entropy?.values.buffer).toBe(rows.entropy.buffer);
  const first = Object.fromEntries(Object.entries(table.get(2)?.toJSON() ?? {}));
  expect(first).toMatchObject({ run: 2, status: "completed", steps: 2, sink: null, negative: null, sinkNorm: null, entropy: Math.LN2 });
  expect([...(first["weights"] as Iterable<number>)]).toEqual([0.5, 0.5]);
  expect(table.schema.fields.find(({ name }) => name === "time")?.metadata.get("unit")).toBe("flow time");
  // A column of one's own is known only during the call.
  const own = library.defineColumn({ name: "twice", says: "twice the loss", wgsl: "2.0 * loss", value: ({ loss }) => 2 * loss });
  const withOwn = await simulate({ ...still, record: { columns: ["twice"] } }, { engine: "cpu", define: [own] });
  const [twice] = (await arrowTable(withOwn.points[0] as Library.Point)).getChild("twice")?.data ?? [];
  expect(twice?.values).toEqual(withOwn.points[0]?.rows.twice);
  await expect(arrowTable(undefined as never)).rejects.toThrow(
    "arrowTable: expected a point or a chunk, with rows and their status, got nothing",
  );
  const made = await arrowTable({
    first: 7,
    rows: { status: Uint32Array.of(1, 6), negative: Int32Array.of(1, 0), sink: Int32Array.of(3, -1) },
  });
  expect(made.toArray().map((row) => row.toJSON())).toEqual([
    { run: 7, status: library.statusNames[0], negative: true, sink: 3 },
    { run: 8, status: library.statusNames[5], negative: false, sink: null },
  ]);
});

describe("who takes chunks", () => {
  it("holds back the work, and ends it by leaving the loop", async () => {
    let done = 0;
    const chunks = simulateChunks(ofParts(4), { engine: "cpu", onProgress: (share) => (done = share) });
    for await (const _ of chunks) {
      for (let before = -1; before !== done; ) {
        before = done;
        await turns();
      }
      break;
    }
    // Three of four parts are in flight, and no other is begun.
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThanOrEqual(0.75);
    const before = done;
    await turns();
    expect(done).toBe(before);
    await expect(chunks.summary()).rejects.toThrow("summary: expected a loop over all chunks, got one that was left before the last");
  });

  it("on a device, leaves the loop at once, whatever is being verified", async () => {
    // Float64 takes seconds for so many verified runs.
    const slow = { ...specification, record: {}, tokens: 2, runs: 500, until: { time: 500 } };
    const chunks = simulateChunks(slow, { engine: "webgpu", verify: 500 });
    let left = Number.NaN;
    for await (const _ of chunks) {
      left = performance.now();
      break;
    }
    expect(performance.now() - left).toBeLessThan(300);
  });

  it("may want the summary alone; gets what is thrown, and the signal's reason", async () => {
    const small = { ...specification, grid: { tokens: [2, 3] } };
    const { points } = await simulateChunks(small, options).summary();
    expect(points.map(({ statistics }) => statistics?.steps.steps)).toEqual([6, 6]);
    const wrong = simulateChunks({ ...small, runs: -1 }, options);
    await expect(wrong.next()).rejects.toMatchObject({ name: "SpecificationError", path: ["runs"] });
    await expect(wrong.summary()).rejects.toMatchObject({ path: ["runs"] });
    const failing = {
      of: (): number => {
        throw new Error("mine");
      },
      merge: () => 0,
    };
    await expect(simulate(small, { ...options, statistics: { failing } })).rejects.toThrow("mine");
    const none = { of: 3 } as unknown as typeof failing;
    await expect(simulateChunks(small, { ...options, statistics: { none } }).next()).rejects.toThrow(
      "statistics.none: expected functions of and merge, got 3 and nothing",
    );
    const promised = { of: async () => 1, merge: async () => 1 };
    await expect(simulate(small, { ...options, statistics: { promised } })).rejects.toThrow(
      "statistics.promised: expected of and merge to give",
    );
    const controller = new AbortController();
    const stopped = simulateChunks(small, { ...options, signal: controller.signal });
    await stopped.next();
    const reason = new Error("stop");
    controller.abort(reason);
    await expect(stopped.next()).rejects.toBe(reason);
  });
});
