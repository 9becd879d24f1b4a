import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Ensemble } from "../../src/model/ensemble.ts";
import { familyOf } from "../../src/model/families.ts";
import { parseSpecification } from "../../src/model/grid.ts";
import { losses } from "../../src/model/losses.ts";
import { normalizers } from "../../src/model/normalizers.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { cutParts, type Part, sizesOf } from "../../src/sweep/parts.ts";

const ensemblesOf = (specification: object): Ensemble[] => parseSpecification(specification).points.map(({ ensemble }) => ensemble);
const rowsOf = (parts: readonly Part[]) => parts.map(({ rows }) => rows);

describe("a sweep is cut into parts", () => {
  it("of some eight points of 4,096 runs, where each is a family: 55 points are 7 parts", () => {
    const parts = cutParts(
      ensemblesOf({ tokens: 8, runs: 4096, grid: { loss: Object.keys(losses), normalizer: Object.keys(normalizers) } }),
    );
    expect(rowsOf(parts)).toEqual([...new Array(6).fill(32_768), 7 * 4096]);
  });

  it("of 16 families where they are small: 8,640 of 512 runs are 540 parts", () => {
    const [ensemble] = ensemblesOf({ tokens: 2, runs: 512 }) as [Ensemble];
    const families = Array.from({ length: 8640 }, (_, i) => ({ ...ensemble, tokens: 2 + (i % 90), dim: 1 + Math.floor(i / 90) }));
    expect(rowsOf(cutParts(families))).toEqual(new Array(540).fill(16 * 512));
  });

  it("of four families of 16 points of 512 runs, 32,768 rows", () => {
    const scales = Array.from({ length: 16 }, (_, i) => i + 1);
    const parts = cutParts(ensemblesOf({ runs: 512, grid: { tokens: [2, 3, 4, 5, 6, 7, 8], "values.scale": scales } }));
    expect(parts.map(({ rows, stretches }) => [rows, stretches.length])).toEqual([
      [32_768, 4],
      [24_576, 3],
    ]);
    expect(parts[0]?.stretches[0]).toHaveLength(16);
  });

  it("of 262,144 rows of a large point", () => {
    expect(rowsOf(cutParts(ensemblesOf({ tokens: 8, runs: 1_000_000 })))).toEqual([262_144, 262_144, 262_144, 213_568]);
  });

  it("of 64 MiB of results, with lists or trajectories", () => {
    const [vectors] = ensemblesOf({ tokens: 4096, dim: 1, runs: 2000, record: { vectors: true } }) as [Ensemble];
    // 26 columns or more and five lists of 4,096 numbers, 4 bytes each: 818 rows.
    expect(rowsOf(cutParts([vectors]))).toEqual([818, 818, 364]);
    const [recorded] = ensemblesOf({ tokens: 8, runs: 200_000, record: { trajectories: 5000 } }) as [Ensemble];
    const { row, trajectory } = sizesOf(recorded);
    const [first, second] = cutParts([recorded]) as [Part, Part];
    expect(first.rows * (row + trajectory)).toBeLessThanOrEqual(2 ** 26);
    expect((first.rows + 2) * (row + trajectory)).toBeGreaterThan(2 ** 26);
    expect(second.stretches).toEqual([[{ point: 0, first: first.rows, count: second.rows }]]);
  });

  it("of 2²⁷ numbers of state, but of two runs at least", () => {
    const of = (tokens: number, dim: number, runs: number) => rowsOf(cutParts(ensemblesOf({ tokens, dim, runs })));
    expect(of(1024, 1023, 300)).toEqual([128, 128, 44]);
    expect(of(4096, 4096, 17)).toEqual([6, 6, 5]); // 7.998 runs
  });

  it("with points of one family together, in the order of first points", () => {
    const parts = cutParts(ensemblesOf({ runs: 3, grid: { seed: [1, 2], tokens: [4, 8] }, tokens: 2 }));
    expect(parts.map(({ stretches }) => stretches.map((stretch) => stretch.map(({ point }) => point)))).toEqual([
      [
        [0, 2],
        [1, 3],
      ],
    ]);
  });
});

it("has each run once, in order, within all limits, cut at even runs", () => {
  const family = fc.record({
    tokens: fc.integer({ min: 2, max: 5 }),
    vectors: fc.boolean(),
    trajectories: fc.integer({ min: 0, max: 4 }),
    points: fc.array(fc.integer({ min: 4, max: 60 }), { minLength: 1, maxLength: 4 }),
  });
  const limitsOf = fc.record({
    rows: fc.integer({ min: 2, max: 64 }),
    bytes: fc.integer({ min: 1, max: 20_000 }),
    state: fc.integer({ min: 1, max: 1000 }),
    enoughRows: fc.integer({ min: 1, max: 64 }),
    enoughFamilies: fc.integer({ min: 1, max: 3 }),
  });
  fc.assert(
    fc.property(fc.array(family, { minLength: 1, maxLength: 5 }), limitsOf, (families, limits) => {
      const ensembles = families.flatMap(({ tokens, vectors, trajectories, points }) =>
        points.map((runs) => parseEnsemble({ tokens, runs, record: { vectors, trajectories, times: { from: 1, to: 10, count: 2 } } })),
      );
      const parts = cutParts(ensembles, limits);
      expect(parts.map(({ number }) => number)).toEqual(parts.map((_, i) => i));
      const keys = ensembles.map(familyOf);
      const order = [...new Set(keys)].flatMap((key) => keys.flatMap((other, point) => (other === key ? [point] : [])));
      const portions = parts.flatMap(({ stretches }) => stretches.flat());
      const seen = portions.flatMap(({ point, first, count }) => Array.from({ length: count }, (_, i) => `${point} ${first + i}`));
      expect(seen).toEqual(order.flatMap((point) => Array.from({ length: ensembles[point]?.runs ?? 0 }, (_, run) => `${point} ${run}`)));
      for (const { first } of portions) expect(first % 2).toBe(0);
      for (const { rows, stretches } of parts) {
        expect(stretches.flat().reduce((sum, { count }) => sum + count, 0)).toBe(rows);
        for (const stretch of stretches) expect(new Set(stretch.map(({ point }) => keys[point])).size).toBe(1);
        let [bytes, state] = [0, 0];
        for (const { point, first, count } of stretches.flat()) {
          const ensemble = ensembles[point] as Ensemble;
          const size = sizesOf(ensemble);
          const recorded = Math.min(first + count, ensemble.record.trajectories) - Math.min(first, ensemble.record.trajectories);
          bytes += count * size.row + recorded * size.trajectory;
          state += count * size.state;
        }
        if (rows > 2) {
          expect(rows).toBeLessThanOrEqual(limits.rows);
          expect(bytes).toBeLessThanOrEqual(limits.bytes);
          expect(state).toBeLessThanOrEqual(limits.state);
        }
        expect(stretches.length).toBeLessThanOrEqual(limits.enoughFamilies);
      }
    }),
  );
});
