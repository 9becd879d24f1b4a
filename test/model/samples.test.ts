import { describe, expect, it } from "vitest";
import { sampledRun, samplesBetween, samplingOf } from "../../src/model/samples.ts";

describe("sampled runs", () => {
  it("are spread evenly, the last run included, and found batch by batch", () => {
    for (const [runs, wanted] of [
      [1, 16],
      [5, 16],
      [16, 16],
      [1000, 16],
      [300_001, 16],
      [4096, 1],
    ] as const) {
      const sampling = samplingOf(runs, wanted);
      const all = Array.from({ length: sampling.count }, (_, i) => sampledRun(sampling, i));
      expect(new Set(all).size).toBe(Math.min(runs, wanted));
      expect(all[0]).toBe(0);
      if (wanted > 1) expect(all.at(-1)).toBe(runs - 1);
      for (const size of [1, 7, 1000, 131_072].filter((size) => runs / size < 5000)) {
        const found: number[] = [];
        for (let first = 0; first < runs; first += size) {
          const { from, to } = samplesBetween(sampling, first, Math.min(runs, first + size));
          for (let i = from; i < to; i++) {
            expect(sampledRun(sampling, i)).toBeGreaterThanOrEqual(first);
            expect(sampledRun(sampling, i)).toBeLessThan(first + size);
            found.push(i);
          }
        }
        expect(found).toEqual(all.map((_, i) => i));
      }
    }
  });
});
