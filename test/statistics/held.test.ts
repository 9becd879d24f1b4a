import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { columnNames, columns, none } from "../../src/model/columns.ts";
import { recordedTimes } from "../../src/model/ensemble.ts";
import { type Held, packCounts, unpackCounts } from "../../src/model/held.ts";
import { arrayOf, type Rows } from "../../src/model/rows.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { statuses } from "../../src/model/status.ts";
import { type Pairs, Tallies, talliedNames } from "../../src/model/tallies.ts";
import { decodeHeld, decodeText, encodeHeld, encodeText } from "../../src/results/encoding.ts";
import { overTime, PolarizedByTime } from "../../src/statistics/overTime.ts";
import { Summarizer } from "../../src/statistics/summary.ts";

const through = async <H extends Held>(held: H): Promise<H> =>
  decodeHeld<H>(JSON.parse(JSON.stringify(await encodeHeld(structuredClone(held)))));

/** What is not 0 in histograms, as a device packs it: from the last to the first. */
const pairsOf = ({ words }: Tallies): Pairs =>
  Uint32Array.from(
    [...words]
      .flatMap((word, at) => (word === 0 ? [] : [[at, word]]))
      .reverse()
      .flat(),
  );

describe("packed counts", () => {
  it("are those that were packed", () => {
    const runs = fc.array(fc.oneof(fc.nat(3), fc.nat(), fc.constantFrom(0, 127, 128, 2 ** 32 - 1)), { maxLength: 40 });
    const zeros = fc.nat(300);
    fc.assert(
      fc.property(fc.array(fc.tuple(runs, zeros), { maxLength: 60 }), (pieces) => {
        const counts = Uint32Array.from(pieces.flatMap(([some, none]) => [...some, ...new Array<number>(none).fill(0)]));
        const unpacked = new Array<number>(counts.length).fill(0);
        unpackCounts(packCounts(counts), (at, count) => {
          unpacked[at] = count;
        });
        expect(unpacked).toEqual([...counts]);
      }),
    );
  });
});

describe("encoded data", () => {
  it("are decoded bit for bit", async () => {
    const { held } = fc.letrec((tie) => ({
      held: fc.oneof(
        { depthSize: "small" },
        fc.double(),
        fc.constantFrom(-0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
        fc.string(),
        fc.uint8Array(),
        fc.array(fc.double()).map((numbers) => Float64Array.from(numbers)),
        fc.array(fc.double()).map((numbers) => Float32Array.from(numbers)),
        fc.array(tie("held")),
        fc.dictionary(fc.stringMatching(/^[a-z]+$/), tie("held"), { noNullPrototype: true }),
      ),
    }));
    await fc.assert(
      fc.asyncProperty(held as fc.Arbitrary<Held>, async (given) => {
        expect(await through(given)).toStrictEqual(given);
      }),
    );
  });
});

describe("encoded text", () => {
  it("is decoded as it was, and a list of numbers takes less than half of its text", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme" }), async (text) => {
        expect(await decodeText(await encodeText(text))).toBe(text);
      }),
      { numRuns: 20 },
    );
    const text = JSON.stringify(Array.from({ length: 200 }, (_, i) => ({ difference: 1 / (1 + (i % 50)), bound: 1e-4, key: "entropy" })));
    expect((await encodeText(text)).length).toBeLessThan(text.length / 2);
  });
});

describe("what statistics hold", () => {
  const tokens = 3;
  const maxRuns = 60;
  const real = fc.oneof(fc.double({ noNaN: true, min: -1e30, max: 1e30 }), fc.constantFrom(0, -0, Number.NaN, 1e-40, 0.5));
  const token = fc.constantFrom(0, 1, 2, none);
  const entry = Object.fromEntries(
    columnNames.map((name) => {
      const { type } = columns[name];
      if (type === "real") return [name, real] as const;
      if (type === "status") return [name, fc.constantFrom(...Object.values(statuses))] as const;
      return [name, type === "token" ? token : fc.nat(1)] as const;
    }),
  );
  const observed = fc.tuple(...talliedNames.map(() => fc.double({ noNaN: true, min: 0, max: 100 })));
  const run = fc.record({ row: fc.record(entry), observed: fc.array(observed, { minLength: 3, maxLength: 3 }) });
  const given = fc.record({
    runs: fc.array(run, { minLength: 1, maxLength: maxRuns }),
    cuts: fc.array(fc.nat(maxRuns), { maxLength: 5 }),
    Real: fc.constantFrom(Float32Array, Float64Array),
    maxExact: fc.constantFrom(0, Number.POSITIVE_INFINITY),
    columns: fc.boolean(),
  });

  it("gives the same summary, bit for bit, however runs are cut into parts that are kept", async () => {
    const isCompared = { exact: 0, binned: 0, withoutColumns: 0 };
    await fc.assert(
      fc.asyncProperty(given, async ({ runs, cuts, Real, maxExact, columns: withColumns }) => {
        const ensemble = parseEnsemble({ tokens, runs: runs.length, record: { times: { from: 1e-2, to: 1e2, count: 3 } } });
        const times = recordedTimes(ensemble).length;
        const rowsOf = (from: number, to: number) =>
          Object.fromEntries(
            columnNames.map((name) => [name, arrayOf(name, Real).from(runs.slice(from, to).map(({ row }) => row[name] as number))]),
          ) as Rows;
        const reduced = (from: number, to: number) => {
          const [summarizer, polarized, tallies] = [new Summarizer(ensemble, maxExact), new PolarizedByTime(ensemble), new Tallies(times)];
          if (to > from) summarizer.add(rowsOf(from, to));
          if (to > from) polarized.add(rowsOf(from, to));
          for (const { observed } of runs.slice(from, to))
            for (const [slot, numbers] of observed.entries())
              for (const [i, name] of talliedNames.entries()) tallies.add(name, slot, numbers[i] as number);
          return { summarizer, polarized, tallies };
        };
        const told = ({ summarizer, polarized, tallies }: ReturnType<typeof reduced>) => ({
          ...summarizer.summary(),
          overTime: overTime(ensemble, polarized.held(), tallies),
        });
        const whole = told(reduced(0, runs.length));
        const folded = reduced(0, 0);
        const ends = [0, ...cuts.filter((cut) => cut <= runs.length).sort((a, b) => a - b), runs.length];
        for (const [i, to] of ends.slice(1).entries()) {
          const from = ends[i] as number;
          const part = reduced(from, to);
          const held = await through({
            summary: part.summarizer.held({ columns: withColumns }),
            polarized: part.polarized.held(),
            tallies: part.tallies.held(),
          });
          folded.summarizer.addHeld(held.summary);
          if (!withColumns) folded.summarizer.keep(rowsOf(from, to));
          folded.polarized.addHeld(held.polarized);
          if (i % 2 === 0) folded.tallies.addHeld(held.tallies);
          else folded.tallies.addPairs(pairsOf(part.tallies));
        }
        expect(told(folded)).toStrictEqual(whole);
        isCompared[maxExact === 0 ? "binned" : "exact"]++;
        if (!withColumns) isCompared.withoutColumns++;
      }),
      { numRuns: 60 },
    );
    expect(Math.min(...Object.values(isCompared))).toBeGreaterThan(10);
  });

  it("is small without columns, which must be given again where quantiles are exact", async () => {
    const runs = 5000;
    const ensemble = parseEnsemble({ tokens, runs });
    const entries = columnNames.map((name, c) => {
      const numbers = Array.from({ length: runs }, (_, i) => Math.sin(i * Math.sqrt(c + 1)) ** 2);
      return [name, arrayOf(name, Float32Array).from(numbers)];
    });
    const rows = Object.fromEntries(entries) as Rows;
    rows.status.fill(statuses.completed);
    const summarizer = new Summarizer(ensemble);
    summarizer.add(rows);
    const [small, large] = await Promise.all([false, true].map((columns) => encodeHeld(summarizer.held({ columns }))));
    expect(JSON.stringify(large).length).toBeGreaterThan(20 * JSON.stringify(small).length);
    const other = new Summarizer(ensemble);
    other.addHeld(summarizer.held({ columns: false }));
    expect(() => other.summary()).toThrow("expected the 5000 numbers that were counted, got 0");
    other.keep(rows);
    expect(other.summary()).toStrictEqual(summarizer.summary());
  });

  it("is exact up to 2²⁰ runs, whatever the engine's numbers take", () => {
    const told = (runs: number, Real: typeof Float32Array | typeof Float64Array) => {
      const summarizer = new Summarizer(parseEnsemble({ tokens, runs }));
      const row = Object.fromEntries(columnNames.map((name) => [name, arrayOf(name, Real).of(statuses.completed)]));
      summarizer.add(row as Rows);
      return summarizer.summary();
    };
    for (const Real of [Float32Array, Float64Array]) {
      expect(told(2 ** 20, Real)).not.toHaveProperty("quantileResolution");
      expect(told(2 ** 20 + 1, Real)).toHaveProperty("quantileResolution");
    }
  });
});
