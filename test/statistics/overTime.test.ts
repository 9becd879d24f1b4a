import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { columnNames } from "../../src/model/columns.ts";
import type { Rows } from "../../src/model/rows.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { statuses } from "../../src/model/status.ts";
import { binEdges, binOf, bins, buffersOf, copyOf, Tallies, tallied, talliedNames } from "../../src/model/tallies.ts";
import { histogramQuantiles, overTime, PolarizedByTime } from "../../src/statistics/overTime.ts";
import { quantiles } from "../support/quantiles.ts";

const filled = (name: (typeof talliedNames)[number], values: readonly number[]) => {
  const tallies = new Tallies(1);
  for (const x of values) tallies.add(name, 0, x);
  return tallies;
};

describe("histograms over time", () => {
  it.each(talliedNames)("give quantiles to the resolution of their bins, least and greatest exactly: %s", (name) => {
    const { lowest, bits } = tallied[name];
    const range = { noNaN: true, min: 2 ** (lowest + 1), max: 2 ** (lowest + bins / 2 ** bits - 1) };
    fc.assert(
      fc.property(
        fc.array(fc.float({ ...range, min: Math.fround(range.min), max: Math.fround(range.max) }), { minLength: 1 }),
        (values) => {
          const told = histogramQuantiles(name, filled(name, values).histogram(name, 0));
          const exact = quantiles(values);
          for (const key of ["mean", "q05", "q25", "median", "q75", "q95"] as const)
            expect(Math.abs((told?.[key] as number) / (exact?.[key] as number) - 1)).toBeLessThanOrEqual(2 ** -bits);
          expect([told?.min, told?.max]).toEqual([exact?.min, exact?.max]);
        },
      ),
    );
  });
  it("are the same in whatever order numbers come", () => {
    fc.assert(
      fc.property(fc.array(fc.float({ noNaN: true, min: 0 })), (values) => {
        const [forth, back] = [values, [...values].reverse()].map((list) => Buffer.from(filled("loss", list).words.buffer)) as [
          Buffer,
          Buffer,
        ];
        expect(back.equals(forth)).toBe(true);
      }),
    );
  });
  it("count what is beyond their bins, and 0, and leave out what is not finite", () => {
    const { counts, min, max } = filled("loss", [0, 1e-30, 1e30, Number.POSITIVE_INFINITY, Number.NaN]).histogram("loss", 0);
    expect([counts[0], counts[bins - 1], min, max]).toEqual([2, 1, 0, Math.fround(1e30)]);
    expect(histogramQuantiles("loss", filled("loss", []).histogram("loss", 0))).toBeUndefined();
  });
  it("have bins that begin where `binOf` says, each above the one before", () => {
    for (const name of talliedNames) {
      for (let bin = 1; bin < bins; bin += 7) {
        const edge = binEdges(name)[bin] as number;
        expect(binOf(name, edge)).toBe(bin);
        expect(binOf(name, edge * (1 - 2 ** -24))).toBe(bin - 1);
      }
      expect([binEdges(name)[0] as number, binEdges(name)[bins] as number]).toEqual([0, Number.POSITIVE_INFINITY]);
      // An entropy of log 4096, a share of 1, a loss of 1 lie well inside.
      expect((binEdges(name)[5001] as number) / (binEdges(name)[5000] as number) - 1).toBeLessThanOrEqual(2 ** -tallied[name].bits);
    }
    expect(binEdges("sinkShare")[bins - 1]).toBeGreaterThan(1);
  });
});

describe("overTime", () => {
  const ensemble = parseEnsemble({ tokens: 2, runs: 4, record: { times: { from: 1, to: 100, count: 3 } } });
  const rows = Object.fromEntries(columnNames.map((name) => [name, new Float64Array(4)])) as Rows;
  rows.status.set([statuses.completed, statuses.converged, statuses.diverged, statuses.diverged]);
  rows.time.set([1e6, 50, 5, 0.5]);
  rows.polarizationTime.set([20, Number.NaN, 0, Number.NaN]);
  const polarized = new PolarizedByTime(ensemble);
  // In two parts, as rows come.
  for (const [from, to] of [
    [0, 3],
    [3, 4],
  ])
    polarized.add(Object.fromEntries(columnNames.map((name) => [name, rows[name].subarray(from, to)])) as Rows);
  const tallies = new Tallies(3);
  for (let slot = 0; slot < 3; slot++) for (const name of talliedNames) tallies.add(name, slot, 0.5);

  it("tells which share has polarized by each time, of the runs that were sound until then", () => {
    // At t = 1 three runs are sound, and the third has polarized; at 10 it is gone; at 100 the first has.
    expect(overTime(ensemble, polarized.held(), tallies)?.polarized.map(({ share }) => share)).toEqual([1 / 3, 0, 1 / 2]);
  });
  it("is the same where parts of the runs are counted apart and merged", () => {
    const parts = [0, 1, 2].map((i) => {
      const [from, to] = [
        [0, 1],
        [1, 1],
        [1, 4],
      ][i] as [number, number];
      const [counted, histograms] = [new PolarizedByTime(ensemble), new Tallies(3)];
      counted.add(Object.fromEntries(columnNames.map((name) => [name, rows[name].subarray(from, to)])) as Rows);
      for (let run = from; run < to; run++) for (const [i, name] of talliedNames.entries()) histograms.add(name, run % 3, 0.1 * (run + i));
      return { counted, histograms };
    }) as [{ counted: PolarizedByTime; histograms: Tallies }, ...{ counted: PolarizedByTime; histograms: Tallies }[]];
    const [first, ...others] = parts;
    for (const { counted, histograms } of others) {
      first.counted.addHeld(counted.held());
      first.histograms.addHeld(histograms.held());
    }
    const whole = new Tallies(3);
    for (let run = 0; run < 4; run++) for (const [i, name] of talliedNames.entries()) whole.add(name, run % 3, 0.1 * (run + i));
    expect(first.counted.result()).toEqual(polarized.result());
    expect(first.histograms.words).toEqual(whole.words);
  });
  it("are handed over in copies that share no memory, as arrays of a message do", () => {
    const message = Uint32Array.of(5, 2, 7, 1, 5, 3, 9, 4);
    const tallies = new Tallies(3);
    for (const [from, to] of [
      [0, 4],
      [4, 4],
      [4, 8],
    ])
      tallies.addPairs(message.subarray(from, to));
    const copy = copyOf(tallies.handed());
    const given = structuredClone(copy, { transfer: buffersOf(copy) });
    expect([5, 7, 9].map((at) => Tallies.of(given).words[at])).toEqual([5, 1, 4]);
    expect(tallies.words.filter((word) => word > 0)).toEqual(Uint32Array.of(5, 1, 4));
  });
  it("has arrays as long as its times, ending where no run is sound", () => {
    const some = new Tallies(3);
    for (const slot of [0, 1]) for (const name of talliedNames) some.add(name, slot, 0.5);
    const result = overTime(ensemble, polarized.held(), some);
    expect(result?.times).toHaveLength(2);
    for (const name of talliedNames) for (const values of Object.values(result?.[name] ?? {})) expect(values).toEqual([0.5, 0.5]);
    expect(overTime(ensemble, polarized.held(), new Tallies(3))).toBeUndefined();
  });
  it("leaves out entropies where a time has no shares", () => {
    const losses = new Tallies(3);
    for (let slot = 0; slot < 3; slot++) losses.add("loss", slot, 1);
    expect(Object.keys(overTime(ensemble, polarized.held(), losses) ?? {}).sort()).toEqual(["loss", "polarized", "resolution", "times"]);
  });
});
