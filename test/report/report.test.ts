import { Resvg } from "@resvg/resvg-js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cpuEngine } from "../../src/ensemble/cpu.ts";
import { inlinePool } from "../../src/ensemble/perform.ts";
import { type EndState, hold } from "../../src/model/definitions.ts";
import { parseSpecification } from "../../src/model/grid.ts";
import { normalizers } from "../../src/model/normalizers.ts";
import { answer } from "../../src/report/answer.ts";
import { drawFigures } from "../../src/report/figures/index.ts";
import { powerOfTen, short } from "../../src/report/format.ts";
import { htmlReport } from "../../src/report/html.ts";
import type { Figure } from "../../src/report/plot.ts";
import { seriesSample, shownPoints } from "../../src/report/samples.ts";
import { factsOf } from "../../src/report/sentences.ts";
import { type SeriesEntry, seriesFromCsv, seriesToCsv } from "../../src/report/series.ts";
import { tableCells } from "../../src/report/table.ts";
import { colorsOf } from "../../src/report/theme.ts";
import type { Quantiles } from "../../src/statistics/quantiles.ts";
import { runSweep, type SweepReport } from "../../src/sweep/sweep.ts";

/** A sweep's report and its figures. */
async function drawn(specification: object): Promise<{ report: SweepReport; figures: Figure[]; series: SeriesEntry[] }> {
  const base = { runs: 40, integrator: { kind: "euler", step: 1 }, until: { steps: 300 } };
  const parsed = parseSpecification({ ...base, ...specification });
  const { sample, series } = seriesSample(parsed);
  const report = await runSweep(parsed, cpuEngine(inlinePool), inlinePool, { samples: 0, sample });
  return { report, figures: await drawFigures(report, series), series };
}
const font = { loadSystemFonts: false, fontFiles: ["node_modules/dejavu-fonts-ttf/ttf/DejaVuSans.ttf"], defaultFontFamily: "DejaVu Sans" };
const over = ["polarized", "final-entropy", "logit-lead"];
const all = ["shares", "entropy", "largest-share", "loss", "polarized-by", "sinks", "predictors"];

describe.each([
  ["a single ensemble", { tokens: 4 }, all],
  ["one kind after another", { tokens: 4, grid: { normalizer: ["softmax", "sigmoid", "linear"] } }, all],
  ["one numeric key", { tokens: 4, grid: { "values.scale": [0.1, 1, 10] } }, [...over, ...all]],
  [
    "kinds over a numeric key",
    { tokens: 4, grid: { normalizer: ["softmax", "sigmoid-norm"], "values.scale": [0.1, 1] } },
    [...over, ...all],
  ],
  ["two numeric keys", { tokens: 4, grid: { tokens: [2, 4, 6], "values.scale": [0.1, 1, 2] } }, [...over, ...all]],
  [
    "kinds over two numeric keys",
    { tokens: 4, grid: { tokens: [2, 4], normalizer: ["l2", "relu"], "values.scale": [0.1, 1] } },
    [...over, ...all],
  ],
  [
    "runs that end with all weight on one token",
    { tokens: 3, normalizer: "sparsemax", logits: { kind: "offset", scale: 30 }, grid: { "values.scale": [0, 1] } },
    [...over, ...all],
  ],
  [
    "many kinds over a number",
    { tokens: 3, runs: 4, grid: { normalizer: Object.keys(normalizers), "values.scale": [0.1, 1] } },
    [...over, ...all],
  ],
  ["many kinds", { tokens: 3, runs: 4, grid: { normalizer: Object.keys(normalizers) } }, [...over, ...all]],
  [
    "three keys of words",
    {
      tokens: 3,
      runs: 2,
      grid: {
        normalizer: Object.keys(normalizers),
        loss: ["logistic", "exponential", "square", "cross-entropy"],
        train: ["both", "values", "logits"],
      },
    },
    [...over, ...all],
  ],
  [
    "two keys of long values",
    {
      tokens: 4,
      runs: 4,
      grid: {
        logits: [1, 2].map((x) => ({ kind: "given", vector: [x, 1 / 3, 1 / 7, 1 / 9] })),
        target: [1, 2].map((x) => ({ kind: "given", vector: [x, 1 / 3, 1 / 7, 1 / 9] })),
      },
    },
    all,
  ],
  ["many tokens", { tokens: 60, dim: 2, runs: 20 }, all],
  ["runs that all end tied", { tokens: 4, normalizer: "uniform" }, all.slice(0, -2)],
  ["runs of which one kind ends tied", { tokens: 4, grid: { normalizer: ["softmax", "uniform"] } }, all],
])("the figures of %s", (_, specification, names) => {
  it("are there, whole, with nothing cut and nothing that is no number", async () => {
    const { figures } = await drawn(specification);
    expect(figures.map(({ name }) => name)).toEqual(names);
    for (const { name, svg, csv, title, caption } of figures) {
      expect(`${svg}${csv}`, name).not.toMatch(/NaN|undefined|Infinity|\[object/);
      expect(title.length * caption.length).toBeGreaterThan(0);
      const picture = new Resvg(svg, { font });
      const box = picture.getBBox();
      // The bounding box of everything that is drawn, text in its font, within the picture; half a pixel for strokes.
      expect(box, name).toBeDefined();
      expect(Math.min(box?.x ?? -1, box?.y ?? -1), name).toBeGreaterThanOrEqual(-0.5);
      expect((box?.x ?? 0) + (box?.width ?? 1e9), name).toBeLessThanOrEqual(picture.width + 0.5);
      expect((box?.y ?? 0) + (box?.height ?? 1e9), name).toBeLessThanOrEqual(picture.height + 0.5);
    }
  });
});

describe("a figure's data", () => {
  it("is the report's", async () => {
    const { report, figures } = await drawn({ tokens: 3, grid: { normalizer: ["softmax", "linear"] } });
    const rows = figures
      .find(({ name }) => name === "sinks")
      ?.csv.trim()
      .split("\n")
      .map((line) => line.split(","));
    expect(rows?.[0]).toEqual(["point", "token", "count", "share", "low", "high"]);
    expect(rows?.slice(1, 4).map((row) => Number(row[2]))).toEqual(report.points[0]?.sink.counts);
    expect(rows?.slice(4).map((row) => Number(row[2]))).toEqual(report.points[1]?.sink.counts);
  });
  it("of a column of one's own is its quantiles, of which the table has the median", async () => {
    const name = "participation";
    const value = ({ weights }: EndState) => 1 / weights.reduce((sum, p) => sum + p * p, 0);
    const definition = { name, unit: "tokens", says: "1/Σp² of the weights at the end", wgsl: "", value };
    const release = hold([{ definition, hash: "" }]);
    try {
      const { report, figures } = await drawn({ tokens: 3, record: { columns: [name] }, grid: { normalizer: ["softmax", "linear"] } });
      const own = figures.filter(({ name }) => name.startsWith("column-"));
      expect(own.map(({ name, title }) => [name, title])).toEqual([["column-participation", name]]);
      expect(own[0]?.caption).toMatch(/^1\/Σp² of the weights at the end: /);
      expect(own[0]?.svg).toContain("participation (tokens)");
      const [header, ...rows] = (own[0]?.csv ?? "").trim().split("\n");
      const quantiles = report.points.map(({ columns }) => columns?.[name] as Quantiles);
      expect(header).toBe("point,mean,min,q05,q25,median,q75,q95,max");
      const numbers = quantiles.map(({ mean, min, q05, q25, median, q75, q95, max }) => [mean, min, q05, q25, median, q75, q95, max]);
      expect(rows).toEqual([`softmax,${numbers[0]}`, `linear,${numbers[1]}`]);
      const [heads = [], ...cells] = tableCells(report);
      expect(cells.map((row) => row[heads.indexOf(name)])).toEqual(quantiles.map(({ median }) => short(median)));
      expect(factsOf(report)).toContain(`record.columns ${name}`);
    } finally {
      release();
    }
  });
  it("of the series reads back as it was written", () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true });
    const entry = fc.record({
      point: fc.nat(),
      run: fc.nat(),
      time: number,
      entropy: number,
      shares: fc.array(number, { minLength: 2, maxLength: 2 }),
    });
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        const zeros = (x: number) => x + 0; // −0 is written 0
        const plain = entries.map((e) => ({ ...e, time: zeros(e.time), entropy: zeros(e.entropy), shares: e.shares.map(zeros) }));
        expect(seriesFromCsv(seriesToCsv(plain))).toEqual(plain);
      }),
    );
    expect(seriesFromCsv("a,b\n1,2\n")).toBeUndefined();
    expect(seriesFromCsv("point,run,time,entropy,share0\n1,2,x,4,5\n")).toBeUndefined();
  });
  it("has shares that sum to one at every time of every sampled run", async () => {
    const { series } = await drawn({ tokens: 4, normalizer: "linear", runs: 5 });
    expect(new Set(series.map(({ run }) => run)).size).toBe(5);
    for (const { shares } of series) expect(shares.reduce((sum, x) => sum + x, 0)).toBeCloseTo(1, 12);
  });
});

describe("tied runs", () => {
  it("are named with the answer, by point where there is a grid", async () => {
    const page = async (specification: object) => {
      const { report, figures } = await drawn(specification);
      expect(htmlReport(report, figures, { specificationHash: "" })).toContain(answer(report));
      return answer(report);
    };
    expect(await page({ tokens: 4, normalizer: "uniform" })).toMatch(/ No winner: all 40 runs end tied\.$/);
    expect(await page({ tokens: 4, grid: { normalizer: ["softmax", "uniform"] } })).toMatch(
      / No winner: under uniform all 40 runs end tied\.$/,
    );
    // Tokens 1 to 4 are alike, and token 0 is the sink where its value helps.
    const some = await page({ tokens: 5, dim: 1, logits: "zero", values: "identity" });
    expect(Number(/ No winner: (\d+) of 40 runs end tied\.$/.exec(some)?.[1])).toBeGreaterThan(5);
    expect(await page({ normalizer: "uniform", grid: { tokens: [2, 3, 4, 5] } })).toMatch(/ No winner: 160 runs at 4 points end tied\.$/);
    expect(await page({ tokens: 4 })).not.toMatch(/No winner/);
  });
  it("have no token drawn as their sink", async () => {
    const { figures } = await drawn({ tokens: 4, normalizer: "uniform" });
    const svg = figures.find(({ name }) => name === "shares")?.svg as string;
    const { figures: others } = await drawn({ tokens: 4 });
    const width = 'stroke-width="2.5"';
    expect([svg.includes(width), others.find(({ name }) => name === "shares")?.svg.includes(width)]).toEqual([false, true]);
  });
});

describe("the page", () => {
  it("opens with the answer, says how to repeat it, loads nothing, and runs nothing of what it is given", async () => {
    const { report, figures } = await drawn({ name: `<script>alert("&'")</script>`, tokens: 3, grid: { loss: ["logistic", "square"] } });
    const page = htmlReport(report, figures, { specificationHash: "abc123" });
    expect(page).not.toMatch(/<script|src=|href=|url\(|@import/);
    expect(page).toContain("&lt;script&gt;alert(&quot;&amp;&#39;&quot;)&lt;/script&gt;");
    expect(page.indexOf(answer(report).replace(/"/g, "&quot;"))).toBeLessThan(page.indexOf("<figure"));
    expect(page.match(/<figure /g)).toHaveLength(7);
    for (const text of ["abc123", "tokens: 3", "sinkflow run spec.yaml", "prefers-color-scheme: dark", "@media print"])
      expect(page).toContain(text);
  });
});

describe("colors", () => {
  it("are a normalizer's own where each point has another, and different for all", () => {
    const kinds = Object.keys(normalizers);
    const all = colorsOf(kinds.map((kind) => ({ label: kind, normalizer: kind })));
    expect(new Set(all.values()).size).toBe(kinds.length);
    const some = colorsOf([
      { label: "x", normalizer: "l2" },
      { label: "y", normalizer: "softmax" },
      { label: "z", normalizer: "softmax" },
    ]);
    expect(new Set(some.values()).size).toBe(3);
  });
  it("tell points apart where all have one normalizer", () => {
    const colors = colorsOf(["a", "b", "c"].map((label) => ({ label, normalizer: "softmax" })));
    expect(new Set(colors.values()).size).toBe(3);
  });
});

it("powers of ten are written as such, and nothing between", () => {
  expect([0.01, 1, 1000, 1e4, 1e-12, 20].map(powerOfTen)).toEqual(["10⁻²", "1", "1000", "10⁴", "10⁻¹²", ""]);
});

it("six points stand for many: of every kind as many, spread over its numbers", () => {
  const numbers = (count: number) => Array.from({ length: count }, (_, scale) => ({ parameters: { scale } as Record<string, unknown> }));
  expect(shownPoints(numbers(3))).toEqual([0, 1, 2]);
  expect(shownPoints(numbers(1))).toEqual([0]);
  expect(shownPoints(numbers(101))).toEqual([0, 20, 40, 60, 80, 100]);
  const kinds = (count: number) =>
    numbers(5).flatMap(({ parameters }) => numbers(count).map((_, i) => ({ parameters: { ...parameters, normalizer: `k${i}` } })));
  expect(shownPoints(kinds(2))).toEqual([0, 4, 8, 1, 5, 9]);
  expect(shownPoints(kinds(3))).toEqual([0, 12, 1, 13, 2, 14]);
  expect(shownPoints(kinds(4))).toEqual([8, 9, 10, 11]);
  expect(shownPoints(kinds(9))).toHaveLength(6);
});
