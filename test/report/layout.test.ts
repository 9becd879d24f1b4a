import { describe, expect, it } from "vitest";
import { parseEnsemble } from "../../src/model/specification.ts";
import { drawnCells, type GridCell, gridKeys } from "../../src/report/figures/gridCells.ts";
import { apart } from "../../src/report/figures/gridPlots.ts";
import { lettered, movedApart, timeTicks } from "../../src/report/figures/layout.ts";
import { loadPlot } from "../../src/report/plot.ts";
import { rowsFigure } from "../../src/report/questions/rows.ts";
import { tableCells, tableNote } from "../../src/report/table.ts";
import type { PointReport, SweepReport } from "../../src/sweep/sweep.ts";

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

describe("the cells of a grid that are drawn", () => {
  const cells = (xs: number, ys: number, panels = 1): GridCell[] =>
    Array.from({ length: xs * ys * panels }, (_, i) => ({
      series: `panel ${Math.floor(i / (xs * ys))}`,
      normalizer: "softmax",
      x: 0.5 * (i % xs),
      y: Math.floor(i / xs) % ys,
      value: i,
      low: i,
      high: i,
      shown: "",
    }));
  const matrix = { x: "values.scale", y: "seed", rest: [] };
  const countOf = (drawn: readonly GridCell[], key: "x" | "y" | "series") => new Set(drawn.map((cell) => cell[key])).size;
  it.each([
    [50, 50, 1],
    [5, 5, 100],
    [50, 10, 5],
  ])("are all of %i × %i in %i panels", (xs, ys, panels) => {
    expect(drawnCells(cells(xs, ys, panels), matrix)).toEqual({ drawn: cells(xs, ys, panels), note: "" });
  });
  it("are evenly spaced where they are many, the ends among them, and the caption says so", () => {
    const { drawn, note } = drawnCells(cells(2, 5000), matrix);
    expect(drawn).toHaveLength(100);
    expect([countOf(drawn, "x"), countOf(drawn, "y")]).toEqual([2, 50]);
    const ys = [...new Set(drawn.map(({ y }) => y as number))];
    expect([ys[0], ys.at(-1)]).toEqual([0, 4999]);
    const steps = ys.slice(1).map((y, i) => y - (ys[i] as number));
    expect(Math.max(...steps) - Math.min(...steps)).toBeLessThanOrEqual(1);
    expect(note).toBe(" Drawn are 50 of the 5000 values of seed, evenly spaced; the figure's CSV has all.");
  });
  it("are at most 2,500 in all panels together, of which there are six at most", () => {
    const { drawn, note } = drawnCells(cells(40, 25, 10), matrix);
    expect([countOf(drawn, "x"), countOf(drawn, "y"), countOf(drawn, "series")]).toEqual([20, 20, 6]);
    expect(drawn).toHaveLength(2400);
    expect(note).toMatch(
      /^ Drawn are 6 of the 10 panels and 20 of the 40 values of values.scale and 20 of the 25 values of seed, evenly spaced/,
    );
  });
  it("of lines are at most 200 a line", () => {
    const lines = { x: "values.scale", y: undefined, rest: ["loss"] };
    const five = cells(2000, 1, 5).map((cell) => ({ ...cell, y: 0 }));
    const { drawn, note } = drawnCells(five, lines);
    expect([drawn.length, countOf(drawn, "series")]).toEqual([1000, 5]);
    expect(note).toMatch(/^ Drawn are 200 of the 2000 values of values.scale, evenly spaced/);
    expect(drawnCells(five.slice(0, 200), lines).note).toBe("");
  });
});

describe("the table of a report", () => {
  it("has 500 points at most, evenly spaced, and then says so", () => {
    const ensemble = parseEnsemble({ tokens: 2 });
    const report = (count: number) =>
      ({ points: Array.from({ length: count }, (_, seed) => ({ parameters: { seed }, ensemble })) }) as unknown as SweepReport;
    expect(tableCells(report(500))).toHaveLength(501);
    expect(tableNote(report(500))).toBeUndefined();
    const rows = tableCells(report(10_000));
    expect(rows).toHaveLength(501);
    expect([rows[1]?.[0], rows.at(-1)?.[0]]).toEqual(["0", "9999"]);
    expect(tableNote(report(10_000))).toBe("The table has 500 of the 10000 points, evenly spaced.");
  });
});

describe("rows of numbers with their intervals", () => {
  it("have room for all dots of a row: within the frame, and apart from the next row's", async () => {
    const Plot = await loadPlot();
    const series = Array.from({ length: 10 }, (_, i) => `scale ${i}`);
    const dots = ["softmax", "sigmoid"].flatMap((row) => series.map((series) => ({ row, series, value: 0.5, low: 0.4, high: 0.6 })));
    const { svg } = rowsFigure(Plot, { name: "rows", title: "", caption: "" }, dots, { label: "share", domain: [0, 1] });
    const moves = [...svg.matchAll(/<g transform="translate\([^,]*,([-.\d]+)\)" aria-label="dot">(.*?)<\/g>/gs)];
    const places = moves.flatMap(([, dy, inner]) =>
      [...(inner as string).matchAll(/cy="([-.\d]+)"/g)].map(([, cy]) => Number(cy) + Number(dy)),
    );
    expect(places).toHaveLength(20);
    const sorted = places.toSorted((a, b) => a - b);
    expect(Math.min(...sorted.slice(1).map((place, i) => place - (sorted[i] as number)))).toBeGreaterThanOrEqual(7.9);
    const [, height, top] = /<rect height="([.\d]+)"[^>]* y="([.\d]+)"[^>]* aria-label="frame"/.exec(svg) as RegExpExecArray;
    expect(sorted[0]).toBeGreaterThan(Number(top) + 4);
    expect(sorted.at(-1)).toBeLessThan(Number(top) + Number(height) - 4);
  });
});
