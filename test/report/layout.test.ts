import { describe, expect, it } from "vitest";
import { gridKeys } from "../../src/report/figures/gridCells.ts";
import { apart } from "../../src/report/figures/gridPlots.ts";
import { lettered, movedApart, timeTicks } from "../../src/report/figures/layout.ts";
import type { PointReport } from "../../src/sweep/sweep.ts";

/** Widths in pixels of a label of a power of ten, and of a panel with the gap to the next: see figures/layout.ts. */
const labelWidth = 32;
const gap = 0.1;

describe("ticks of time in panels side by side", () => {
  it.each([
    [1e-2, 1e6],
    [1e-2, 1e4],
    [0.03, 2e3],
    [1, 10],
    [1e-2, 1e8],
    [2, 5],
  ])("keep apart from %d to %d, also from the next panel's", (from, to) => {
    for (let panels = 1; panels <= 6; panels++) {
      const pitch = 740 / panels;
      const ticks = timeTicks([from, to], pitch);
      const at = ticks.map((time) => (pitch * (1 - gap) * Math.log10(time / from)) / Math.log10(to / from));
      const places = [...at, ...at.map((place) => place + pitch)];
      const distances = places.slice(1).map((place, i) => place - (places[i] as number));
      expect(Math.min(...distances, Number.POSITIVE_INFINITY)).toBeGreaterThanOrEqual(labelWidth);
      for (const time of ticks) expect(Math.log10(time)).toBeCloseTo(Math.round(Math.log10(time)), 12);
    }
  });
  it("are as many as have room", () => {
    expect(timeTicks([1e-2, 1e6], 740)).toHaveLength(9);
    expect(timeTicks([1e-2, 1e6], 740 / 6)).toEqual([1e-2, 10, 1e4]);
  });
});

describe("labels", () => {
  it("of lines are moved apart, in their order, and end at the top", () => {
    const moved = movedApart([1, 1, 0.99, 0, 0], 0.1, 1);
    const sorted = [...moved].sort((a, b) => a - b);
    for (const [i, place] of sorted.slice(1).entries()) expect(place - (sorted[i] as number)).toBeGreaterThanOrEqual(0.1 - 1e-12);
    expect([Math.min(...moved), Math.max(...moved)]).toEqual([0, 1]);
    expect(Math.max(moved[3] as number, moved[4] as number)).toBeLessThan(moved[2] as number);
    expect(movedApart([0.5, 0.1], 0.1, 1)).toEqual([0.5, 0.1]);
  });
  it("of panels have a parameter a line, and break where they are wider", () => {
    expect(lettered("softmax, square", 120)).toBe("softmax\nsquare");
    expect(lettered("softmax temperature 0.5, square", 120)).toBe("softmax\ntemperature 0.5\nsquare");
    expect(lettered("softmax temperature 0.5", 400)).toBe("softmax temperature 0.5");
  });
  it("of an axis are left out where they would touch", () => {
    expect(apart([1, 2, 3], Number, 600)).toEqual([1, 2, 3]);
    expect(apart([1, 2, 3, 1000], Number, 600)).toEqual([1, 1000]);
  });
});

describe("the keys of a grid", () => {
  const points = (grid: Record<string, unknown[]>): PointReport[] =>
    Object.entries(grid)
      .reduce<Record<string, unknown>[]>(
        (all, [key, values]) => all.flatMap((one) => values.map((value) => ({ ...one, [key]: value }))),
        [{}],
      )
      .map((parameters) => ({ parameters }) as unknown as PointReport);
  const words = (count: number) => Array.from({ length: count }, (_, i) => `w${i}`);
  it.each([
    ["a number has lines", { scale: [1, 2], kind: words(5) }, { x: "scale", y: undefined, rest: ["kind"] }],
    ["more kinds than lines have a matrix", { scale: [1, 2], kind: words(6) }, { x: "scale", y: "kind", rest: [] }],
    ["two numbers have a matrix", { a: [1, 2], b: [1, 2, 3], kind: words(2) }, { x: "b", y: "a", rest: ["kind"] }],
    [
      "words alone that are not all shown have one, too",
      { loss: words(3), kind: words(4), train: words(2) },
      { x: "loss", y: "kind", rest: ["train"] },
    ],
    ["as have those of one key", { kind: words(7) }, { x: undefined, y: "kind", rest: [] }],
    ["words of which each is shown have none", { kind: words(6) }, undefined],
  ] as [string, Record<string, unknown[]>, unknown][])("%s", (_, grid, keys) => {
    expect(gridKeys(points(grid))).toEqual(keys);
  });
});
