import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { performTask, type Task } from "../../src/ensemble/perform.ts";
import { poolOf } from "../../src/ensemble/pool.ts";
import { columnNames, none } from "../../src/model/columns.ts";
import { arrayOf, type Rows } from "../../src/model/rows.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { statuses } from "../../src/model/status.ts";
import { Distribution, orderStatistics, resolution } from "../../src/statistics/distribution.ts";
import { ExactSum } from "../../src/statistics/exactSum.ts";
import { proportion } from "../../src/statistics/proportion.ts";
import { Summarizer } from "../../src/statistics/summary.ts";
import { uniformity, upperTail } from "../../src/statistics/uniformity.ts";
import { quantiles as sortedQuantiles } from "../support/quantiles.ts";

const all = (values: ArrayLike<number>) => Uint32Array.from({ length: values.length }, (_, i) => i);
const quantiles = (values: readonly number[]) => {
  const distribution = new Distribution(true);
  distribution.add(values, all(values));
  return distribution.quantiles();
};

const close = async () => {};

describe("quantiles", () => {
  it("interpolate between order statistics", () => {
    const q = quantiles([5, 1, 2, 4, 3]);
    expect(q).toMatchObject({ mean: 3, min: 1, q25: 2, median: 3, q75: 4, max: 5 });
    expect(q?.q05).toBeCloseTo(1.2, 12);
    expect(q?.q95).toBeCloseTo(4.8, 12);
  });
  it("keep the least and the largest value as they came", () => {
    expect(quantiles([0, -0])).toMatchObject({ min: -0, max: 0 });
  });
  it("are the same where a thread finds them, which takes the numbers with it", async () => {
    const values = Float32Array.from({ length: 2 ** 19 + 3 }, (_, i) => (i % 5 === 0 ? Number.NaN : Math.sin(i * i)));
    const [here, there] = [0, 1].map(() => new Distribution(true)) as [Distribution, Distribution];
    for (const distribution of [here, there]) distribution.add(values, all(values));
    const few = new Distribution(true);
    few.add(values, all(values.subarray(0, 9)));
    const thread = { perform: async (task: Task, moved: ArrayBuffer[]) => performTask(structuredClone(task, { transfer: moved })), close };
    const pool = poolOf(1, () => thread);
    let asked = 0;
    for (const distribution of [there, few])
      await distribution.rank((numbers, ranks) => {
        asked++;
        const found = pool.perform({ kind: "rank", numbers, ranks }, [numbers.buffer]);
        expect(numbers.length).toBe(0);
        return found;
      });
    expect(asked).toBe(1);
    expect(there.quantiles()).toEqual(here.quantiles());
  });
  it("are undefined for nothing", () => expect(quantiles([])).toBeUndefined());
  it("are ordered and within the range, for any values", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1 }), (values) => {
        const q = quantiles(values);
        const ordered = [q?.min, q?.q05, q?.q25, q?.median, q?.q75, q?.q95, q?.max] as number[];
        ordered.forEach((x, i) => {
          if (i > 0) expect(x).toBeGreaterThanOrEqual((ordered[i - 1] as number) - 1e-9);
        });
        expect(q?.min).toBe(Math.min(...values));
        expect(q?.max).toBe(Math.max(...values));
      }),
    );
  });
});

describe("order statistics", () => {
  /** Many numbers of few kinds: of both signs, infinite, subnormal, some equal, and many that differ in their last bits. */
  const many = (seed: number) =>
    Float32Array.from({ length: 40_000 }, (_, i) => {
      const x = Math.sin(seed + i * 1.7);
      const kinds = [x, 1 + x * 2 ** -20, x * 1e-42, -0, 0, x * 1e38, 0.25, x > 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY];
      return kinds[(i * 7 + (i >> 5)) % kinds.length] as number;
    });
  it.each([1, 2, 3])("are those of sorting, bit for bit, also where they are found by counting: %i", (seed) => {
    const values = many(seed);
    const ranks = [0, 39_999, ...Array.from({ length: 500 }, (_, i) => (i * 7919) % 40_000)].sort((a, b) => a - b);
    const sorted = values.slice().sort();
    orderStatistics(values, ranks).forEach((x, i) => {
      expect(x).toBe(sorted[ranks[i] as number]);
    });
  });
});

describe("a distribution that is counted in bins", () => {
  it("has quantiles to its resolution, and mean, least and greatest exactly, however its numbers come", () => {
    // Zero, and normal numbers: relative bins.
    const number = fc.oneof(fc.constant(0), fc.float({ noNaN: true, min: Math.fround(1e-37), max: Math.fround(1e37) }));
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            number,
            number.map((x) => -x),
          ),
          { minLength: 1, maxLength: 300 },
        ),
        fc.nat(),
        (values, cut) => {
          const binned = new Distribution(false);
          const [before, after] = [values.slice(0, cut % values.length), values.slice(cut % values.length)];
          binned.add(before, all(before));
          binned.add([9, ...after, Number.NaN], all([9, ...after, Number.NaN]).slice(1));
          const told = binned.quantiles();
          const exact = sortedQuantiles(values);
          const ranked = Float64Array.from(values).sort();
          for (const [key, q] of Object.entries({ q05: 0.05, q25: 0.25, median: 0.5, q75: 0.75, q95: 0.95 }) as ["q05", number][]) {
            // Off by the resolution of either of the two numbers between which it lies.
            const near = [Math.floor, Math.ceil].map((round) => Math.abs(ranked[round(q * (values.length - 1))] as number));
            expect(Math.abs((told?.[key] as number) - (exact?.[key] as number))).toBeLessThanOrEqual(Math.max(...near) * resolution);
          }
          expect([told?.min, told?.max].map((x) => (x as number) + 0)).toEqual([exact?.min, exact?.max].map((x) => (x as number) + 0));
          const sum = new ExactSum();
          for (const x of values) sum.add(x);
          expect(told?.mean).toBe(sum.result(values.length));
        },
      ),
    );
  });
});

describe("proportion", () => {
  /** P(X ≥ count) or P(X ≤ count) for a binomial, by summing its terms. */
  const tail = (count: number, total: number, p: number, upper: boolean) => {
    let term = (1 - p) ** total;
    let sum = 0;
    for (let k = 0; k <= total; k++) {
      if (upper ? k >= count : k <= count) sum += term;
      term *= ((total - k) / (k + 1)) * (p / (1 - p));
    }
    return sum;
  };
  it.each([
    [1, 10],
    [5, 20],
    [19, 20],
    [37, 100],
  ])("%i of %i: each end leaves 2.5 % beyond it", (count, total) => {
    const [low, high] = proportion(count, total)?.interval as [number, number];
    expect(tail(count, total, low, true)).toBeCloseTo(0.025, 8);
    expect(tail(count, total, high, false)).toBeCloseTo(0.025, 8);
  });
  it("none and all keep a certain end", () => {
    expect(proportion(0, 30)?.interval[0]).toBe(0);
    expect(proportion(0, 30)?.interval[1]).toBeCloseTo(1 - 0.025 ** (1 / 30), 10);
    expect(proportion(30, 30)?.interval[1]).toBe(1);
    expect(proportion(0, 0)).toBeUndefined();
  });
});

describe("uniformity", () => {
  it("has the closed form at two degrees of freedom: p = e^(−χ²/2)", () => {
    const { chiSquared, degreesOfFreedom, pValue } = uniformity([30, 10, 20]) as NonNullable<ReturnType<typeof uniformity>>;
    expect([chiSquared, degreesOfFreedom]).toEqual([10, 2]);
    expect(pValue / Math.exp(-5)).toBeCloseTo(1, 12);
  });
  it("is right far out in the tail", () => {
    // χ² = 184.2…, two degrees of freedom: p = e^(−χ²/2), near 1e-40.
    const counts = [124, 10, 14];
    const result = uniformity(counts) as NonNullable<ReturnType<typeof uniformity>>;
    expect(result.pValue).toBeLessThan(1e-35);
    expect(result.pValue / Math.exp(-result.chiSquared / 2)).toBeCloseTo(1, 10);
  });
  it.each([
    // scipy.stats.chi2.sf; the second by Simpson's rule over the density
    [2047, 2047, 0.49584],
    [2108.4, 2047, 0.168383],
    [4095, 4095, 0.49706],
    [4000, 4095, 0.85328],
  ])("is right at many degrees of freedom: χ² %f, %i", (chiSquared, degreesOfFreedom, p) => {
    expect(Math.abs(upperTail(chiSquared, degreesOfFreedom) - p)).toBeLessThan(6e-6); // the digits given
  });
  it("is 1 for equal counts", () => expect(uniformity([5, 5, 5])?.pValue).toBe(1));
});

describe("a summary", () => {
  const ensemble = parseEnsemble({ tokens: 2, runs: 4, integrator: { kind: "euler", step: 0.5 } });
  const rows = Object.fromEntries(columnNames.map((name) => [name, new Float64Array(4)])) as Rows;
  rows.status.set([statuses.completed, statuses.completed, statuses.diverged, statuses["non-finite"]]);
  rows.sink.set([1, 1, 0, 0]);
  rows.entropy.set([0.1, 0.3, 1e30, Number.NaN]);
  rows.loss.set([1, 3, Number.POSITIVE_INFINITY, Number.NaN]);
  rows.steps.set([10, 10, 3, 2]);
  rows.rejected.set([1, 2, 0, 0]);
  rows.polarizationTime.set([2, Number.NaN, 0.5, 0.5]);
  rows.byLogit.set([1, 0, 0, 0]);
  rows.byAlignment.set([none, none, 0, 0]);
  const summarize = (all: Rows, parts = [0, 4]) => {
    const summarizer = new Summarizer(ensemble);
    parts.slice(1).forEach((to, i) => {
      const part = columnNames.map((name) => [name, all[name].subarray(parts[i], to)]);
      summarizer.add(Object.fromEntries(part) as Rows);
    });
    return summarizer.summary();
  };
  const summary = summarize(rows);

  it("counts runs that went wrong, and leaves them out of everything else", () => {
    expect(summary.status).toMatchObject({ completed: 2, diverged: 1, "non-finite": 1 });
    expect(summary.sink.counts).toEqual([0, 2]);
    expect(summary.entropy?.max).toBe(0.3);
    expect(summary.loss?.mean).toBe(2);
    expect(summary.steps).toEqual({ mean: 10, max: 10, rejected: 1.5 });
  });
  it("gives times in flow time, of the runs that have one", () => {
    expect(summary.polarized?.share).toBe(0.5);
    expect(summary.polarizationTime?.median).toBe(2);
  });
  it("counts a tied run as tied, with no sink and no vote for a predictor", () => {
    const tied: Rows = { ...rows, sink: Uint32Array.of(none, 1, 0, 0) };
    expect(summarize(tied).sink).toMatchObject({ counts: [0, 1], tied: 1, share: [0, 1] });
    expect(summarize(tied).predictors.logit?.share).toBe(0); // of one run, in which token 0 led and token 1 is the sink
    const all = summarize({ ...tied, sink: new Uint32Array(4).fill(none) });
    expect(all.sink).toEqual({ counts: [0, 0], tied: 2, negativeWeight: 0 });
    expect(all.predictors).toEqual({});
    const dark = { ...tied, sinkShare: new Float64Array(4).fill(Number.NaN) }; // no weights, no shares
    expect(summarize(dark).sink.tied).toBe(0);
  });
  it("leaves out predictors whose start values tie", () => {
    expect(summary.predictors.logit?.share).toBe(0.5);
    expect(summary.predictors).not.toHaveProperty("alignment");
  });
  it("has no null and no NaN, whatever happened", () => {
    const nothing = Object.fromEntries(columnNames.map((name) => [name, new Float64Array(4).fill(Number.NaN)])) as Rows;
    nothing.status.fill(statuses["non-finite"]);
    expect(JSON.stringify(summarize(nothing))).not.toMatch(/null|NaN/);
  });
  it("does not depend on how the rows came", () => {
    expect(summarize(rows, [0, 1, 3, 4])).toEqual(summary);
    expect(JSON.stringify(summarize(rows, [0, 2, 2, 4]))).toBe(JSON.stringify(summary));
  });
  it.each([Number.POSITIVE_INFINITY, 0])(
    "is the same where parts are counted apart and merged, with exact quantiles up to %f runs",
    (maxExact) => {
      const part = (from: number, to: number) => {
        const summarizer = new Summarizer(ensemble, maxExact);
        if (to > from) summarizer.add(Object.fromEntries(columnNames.map((name) => [name, rows[name].subarray(from, to)])) as Rows);
        return summarizer;
      };
      const whole = part(0, 4).summary();
      for (const cuts of [
        [0, 1, 4],
        [0, 0, 3, 4],
        [0, 2, 2, 4],
      ]) {
        const parts = cuts.slice(1).map((to, i) => part(cuts[i] as number, to));
        const [first, ...others] = parts as [Summarizer, ...Summarizer[]];
        for (const other of others) first.addHeld(other.held({ columns: true }));
        expect(first.summary()).toEqual(whole);
      }
    },
  );
  it.each([Number.POSITIVE_INFINITY, 0])("is that of all rows at once, with exact quantiles up to %f runs", (maxExact) => {
    const runs = 30_000;
    const many = Object.fromEntries(
      columnNames.map((name, c) => [
        name,
        arrayOf(name, Float32Array) === Uint32Array
          ? Uint32Array.from({ length: runs }, (_, i) => ((i * 31 + c) % 7 === 0 ? none : (i * 17 + (i >> c)) & 1))
          : Float32Array.from({ length: runs }, (_, i) => ((i * 13 + c) % 11 === 0 ? Number.NaN : Math.exp(3 * Math.sin(i * (c + 1))))),
      ]),
    ) as Rows;
    many.status.forEach((_, i) => {
      many.status[i] = i % 97 === 0 ? statuses.diverged : statuses.completed;
    });
    const summarized = (firsts: readonly number[]) => {
      const summarizer = new Summarizer({ ...ensemble, runs }, maxExact);
      for (const first of firsts)
        summarizer.add(Object.fromEntries(columnNames.map((name) => [name, many[name].subarray(first, first + 7001)])) as Rows);
      return summarizer;
    };
    const told = summarized([0, 7001, 14_002, 21_003, 28_004]).summary();
    const [late, early] = [summarized([28_004, 0]), summarized([14_002, 21_003, 7001])];
    late.addHeld(early.held({ columns: true }));
    expect(late.summary()).toEqual(told); // bit for bit, in any order
    expect(told.quantileResolution).toBe(maxExact === 0 ? resolution : undefined);
    const sound = Array.from({ length: runs }, (_, i) => i).filter((i) => many.status[i] === statuses.completed);
    const present = (name: (typeof columnNames)[number]) => sound.map((i) => many[name][i] as number).filter((x) => !Number.isNaN(x));
    const compared = {
      entropy: present("entropy"),
      effectiveTokens: present("effectiveTokens"),
      loss: present("loss"),
      polarizationTime: present("polarizationTime"),
    };
    for (const [name, values] of Object.entries(compared) as ["entropy", number[]][]) {
      const exact = sortedQuantiles(values);
      const tolerance = maxExact === 0 ? resolution : 1e-12;
      for (const key of ["mean", "min", "q05", "q25", "median", "q75", "q95", "max"] as const)
        expect(Math.abs((told[name]?.[key] as number) / (exact?.[key] as number) - 1)).toBeLessThanOrEqual(
          ["mean", "min", "max"].includes(key) ? 1e-12 : tolerance,
        );
    }
    expect(told.sink.counts).toEqual([0, 1].map((token) => sound.filter((i) => many.sink[i] === token).length));
    const both = sound.filter((i) => many.byLogit[i] !== none && many.sink[i] !== none);
    expect(told.predictors.logit?.share).toBe(both.filter((i) => many.byLogit[i] === many.sink[i]).length / both.length);
    expect(told.polarized?.share).toBe(present("polarizationTime").length / sound.length);
  });
});
