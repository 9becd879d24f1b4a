import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { composeReadable, programNames } from "../../src/gpu/compose.ts";
import { openWebgpuEngine } from "../../src/gpu/engine.ts";
import { layOut, maxPairs } from "../../src/gpu/layout.ts";
import { mappingOf, noTraits } from "../../src/gpu/mapping.ts";
import { plansOf } from "../../src/gpu/plan.ts";
import { columnNames } from "../../src/model/columns.ts";
import { type Ensemble, isTempered } from "../../src/model/ensemble.ts";
import { familyOf, servingAll } from "../../src/model/families.ts";
import { type Engine, type Segment, wholeOf } from "../../src/model/result.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { type Tallies, talliedNames, tallyWords } from "../../src/model/tallies.ts";
import { findAdapter } from "../../src/node.ts";
import { narrow } from "../support/adapter.ts";
import { webgpu } from "../support/engine.ts";

const adaptive = { tokens: 4, dim: 3 };
const fixed = { ...adaptive, loss: "square", integrator: { kind: "euler", step: 0.25 }, until: { steps: 40 } };
const regression = { tokens: 3, dim: 4, loss: { kind: "regression", samples: 6 } };
const given = {
  tokens: 2,
  dim: 2,
  values: {
    kind: "given",
    matrix: [
      [1, 2],
      [3, 4],
    ],
  },
  logits: { kind: "given", vector: [0, 1] },
};

/** Ensembles of one family: the first, and each with other numbers. */
const families: Record<string, object[]> = {
  adaptive: [
    adaptive,
    ...[
      { seed: 2 },
      { runs: 5 },
      { "values.scale": 0 },
      { "values.scale": 3 },
      { "logits.scale": 0.5 },
      { "logits.mean": 2 },
      { normalizer: { kind: "softmax", temperature: 0.5 } },
      { headStart: { token: 1, by: 0.5 } },
      { integrator: { kind: "tsit5", rtol: 1e-3, atol: 1e-4 } },
      { polarizedAt: 0.6 },
      { until: { time: 10 } },
      { until: { time: 1e4, maxSteps: 7 } },
      { record: { times: { from: 1, to: 9, count: 64 } } },
      { record: { trajectories: 2 } },
    ].map((change) => ({ ...adaptive, ...change })),
  ],
  fixed: [
    fixed,
    { ...fixed, integrator: { kind: "euler", step: 0.125 } },
    { ...fixed, until: { steps: 1000 } },
    { ...fixed, until: { time: 10 } },
    { ...fixed, record: { times: { from: 0.25, to: 2, count: 64 } } },
  ],
  regression: [
    regression,
    { ...regression, loss: { kind: "regression", samples: 6, conditionNumber: 2 } },
    { ...regression, seed: 3, until: { time: 30 } },
  ],
  given: [
    given,
    {
      ...given,
      values: {
        kind: "given",
        matrix: [
          [0, 2],
          [1, -4],
        ],
      },
    },
    { ...given, values: "gaussian", logits: "zero" },
  ],
};
const dotted = (input: object): Ensemble => {
  const { "values.scale": values, "logits.scale": spread, "logits.mean": mean, ...rest } = input as Record<string, number>;
  return parseEnsemble({
    ...rest,
    ...(values !== undefined && { values: { kind: "gaussian", scale: values } }),
    ...((spread ?? mean) !== undefined && { logits: { kind: "offset", mean: mean ?? 1, scale: spread ?? 0.1 } }),
  });
};
const ensemblesOf = (name: string) => (families[name] as object[]).map(dotted);

const textOf = (ensemble: Ensemble) => programNames.map((name) => composeReadable(ensemble, name, mappingOf(ensemble)));

describe("a family", () => {
  it.each(Object.keys(families))("%s: shares its programs, whatever its numbers are", (name) => {
    const [first, ...others] = ensemblesOf(name) as [Ensemble, ...Ensemble[]];
    const serving = textOf(servingAll([first, ...others]));
    for (const other of others) {
      expect(familyOf(other)).toBe(familyOf(first));
      expect(textOf(servingAll([first, other, ...others]))).toEqual(serving);
      if (isTempered(other)) expect(textOf(other)).toEqual(serving);
      else expect(textOf(other)).toEqual(textOf(first));
    }
  });

  it("has the programs of others that record at another number of times, or vectors: an engine compiles them once", () => {
    const text = (record: object) => textOf(parseEnsemble({ ...fixed, record }));
    const plain = text({});
    for (const record of [{ steps: [0, 3] }, { times: { from: 0.25, to: 2, count: 5 } }, { vectors: true, trajectories: 2 }])
      expect(text(record), JSON.stringify(record)).toEqual(plain);
  });

  it("is another one where programs differ", () => {
    const changes = [
      { tokens: 5 },
      { dim: 2 },
      { model: "tied", dim: undefined },
      { normalizer: "sigmoid" },
      { loss: "exponential" },
      { target: { kind: "given", vector: [1, 0, 0] } },
      { train: "values" },
      { integrator: "bosh3" },
      { integrator: { kind: "euler", step: 1 } },
      { until: { clock: 20 } },
    ];
    const first = dotted(adaptive);
    for (const change of changes) {
      const other = dotted({ ...adaptive, ...change });
      expect(familyOf(other), JSON.stringify(change)).not.toBe(familyOf(first));
      expect(textOf(other), JSON.stringify(change)).not.toEqual(textOf(first));
    }
    const rest = dotted({ ...adaptive, loss: "square" });
    const pairs: [Ensemble, Ensemble][] = [
      [dotted(regression), dotted({ ...regression, loss: { kind: "regression", samples: 7 } })],
      [rest, { ...rest, until: { ...rest.until, converge: false } as Ensemble["until"] }],
    ];
    for (const [one, other] of pairs) {
      expect(familyOf(other)).not.toBe(familyOf(one));
      expect(textOf(other)).not.toEqual(textOf(one));
    }
  });

  /** All that comes of segments, by segment, as plain data. */
  async function resultsOf(engine: Engine, segments: readonly Segment[]) {
    const rows: Record<string, number[]>[] = segments.map(() => Object.fromEntries(columnNames.map((name) => [name, []])));
    const vectors: number[][][] = segments.map(() => []);
    const rest: unknown[] = [];
    const handed: number[] = [];
    await engine.follow(segments, {
      onBatch: ({ segment, first, count, rows: batch, vectors: words = [] }) => {
        expect(first).toBe((segments[segment] as Segment).first + (rows[segment]?.["status"]?.length as number));
        for (const name of columnNames) rows[segment]?.[name]?.push(...batch[name].map((x) => (Number.isNaN(x) ? -1 : x)));
        for (let run = 0; run < count; run++)
          vectors[segment]?.push(Array.from({ length: words.length / count }, (_, i) => words[i * count + run] as number));
      },
      onSegment: (segment, { trajectories, samples, tallies }) => {
        handed.push(segment);
        const words = tallies && createHash("sha256").update(tallies.words).digest("hex");
        rest.push(structuredClone({ trajectories, samples, words }));
      },
    });
    expect(handed).toEqual(segments.map((_, i) => i));
    return segments.map((_, i) => ({ rows: rows[i], vectors: vectors[i], rest: rest[i] }));
  }

  const segmentsOf = (name: string): Segment[] =>
    ensemblesOf(name).map((ensemble, i) => wholeOf({ ...ensemble, runs: 40 + i, record: { ...ensemble.record, vectors: true } }, 3));

  it.each(Object.keys(families))("%s: gives every point the same bits as alone, in one batch or in many", async (name) => {
    const engine = await webgpu();
    const segments = segmentsOf(name);
    const alone = [];
    for (const segment of segments) alone.push(...(await resultsOf(engine, [segment])));
    expect(await resultsOf(engine, segments)).toEqual(alone);
    // Room for a part of the points alone, and for the histograms of one.
    const small = await openWebgpuEngine(narrow((await findAdapter()) as GPUAdapter, 2 ** 22));
    expect(await resultsOf(small, segments)).toEqual(alone);
    await small.close();
  });

  it("gives the same bits where a point is cut into segments", async () => {
    const engine = await webgpu();
    const [ensemble] = ensemblesOf("adaptive") as [Ensemble];
    const many = { ...ensemble, runs: 100, record: { ...ensemble.record, trajectories: 50 } };
    const [whole] = await resultsOf(engine, [wholeOf(many, 7)]);
    const parts = await resultsOf(engine, [
      { ensemble: many, first: 0, count: 46, samples: 7 },
      { ensemble: many, first: 46, count: 54, samples: 7 },
    ]);
    const joined = (column: string) => parts.flatMap(({ rows }) => rows?.[column] as number[]);
    for (const name of columnNames) expect(joined(name), name).toEqual(whole?.rows?.[name]);
    const rest = (key: "trajectories" | "samples") => parts.flatMap(({ rest }) => (rest as Record<typeof key, unknown[]>)[key]);
    for (const key of ["trajectories", "samples"] as const)
      expect(JSON.stringify(rest(key).map((entry) => ({ ...(entry as object), tallied: 0 })))).toBe(
        JSON.stringify((whole?.rest as Record<typeof key, object[]>)[key].map((entry) => ({ ...entry, tallied: 0 }))),
      );
  });

  it("reads histograms of more filled bins than there is room for at once", async () => {
    const spread = { tokens: 4, runs: 20_000, logits: { kind: "gaussian", scale: 6 }, values: { kind: "gaussian", scale: 10 } };
    const ensemble = parseEnsemble({ ...spread, until: { time: 0.02 }, record: { times: { from: 0.01, to: 0.01, count: 1 } } });
    const segments = [1, 2].map((seed) => wholeOf({ ...ensemble, seed }));
    let filled = 0;
    await (await webgpu()).follow(segments, {
      onSegment: (_, { tallies }) => {
        const found = talliedNames.map((name) => (tallies as Tallies).histogram(name, 0).counts);
        for (const counts of found) expect(counts.reduce((sum, count) => sum + count, 0)).toBe(ensemble.runs);
        filled += found.flatMap((counts) => [...counts]).filter((count) => count > 0).length;
      },
    });
    expect(filled).toBeGreaterThan(maxPairs(2 * talliedNames.length * tallyWords));
  });

  it("is followed in batches of several points, as many as fit", () => {
    const limits = { maxStorageBufferBindingSize: 2 ** 27, maxBufferSize: 2 ** 27, ...noTraits };
    const segments = segmentsOf("adaptive");
    const layout = layOut((segments[0] as Segment).ensemble, limits, {}, 1000);
    expect(plansOf(segments, layout).map(({ slices }) => slices.length)).toEqual([10, 5]);
    expect(plansOf(segments, { ...layout, batch: 100 }).map(({ runs }) => runs)).toEqual([100, 100, 100, 100, 100, 100, 100, 5]);
  });

  it("is followed in batches of one design each", () => {
    const limits = { maxStorageBufferBindingSize: 2 ** 27, maxBufferSize: 2 ** 27, ...noTraits };
    const [first, other] = ensemblesOf("regression") as [Ensemble, Ensemble];
    const segments = [first, { ...first, polarizedAt: 0.5 }, other].map((ensemble) => wholeOf(ensemble));
    const plans = plansOf(segments, layOut(first, limits, {}, 20_000));
    expect(plans.map(({ slices }) => slices.length)).toEqual([2, 1]);
  });

  it("is refused where one of its points is beyond the device", async () => {
    const { record, integrator, ...rest } = dotted(adaptive);
    const fine = { ...rest, record: { ...record, trajectories: 1 }, integrator: { ...integrator, rtol: 1e-7 } } as Ensemble;
    const segments = [dotted({ ...adaptive, record: { trajectories: 2 } }), fine].map((ensemble) => wholeOf(ensemble));
    await expect((await webgpu()).follow(segments)).rejects.toThrow("integrator.rtol: expected at least 1e-6");
  });

  it("refuses segments of two families", async () => {
    const segments = [{ tokens: 3 }, { tokens: 4 }].map((input) => wholeOf(parseEnsemble(input)));
    await expect((await webgpu()).follow(segments)).rejects.toThrow("one family");
  });
});
