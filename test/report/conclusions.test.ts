import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { cpuEngine } from "../../src/ensemble/cpu.ts";
import { inlinePool } from "../../src/ensemble/perform.ts";
import { none } from "../../src/model/columns.ts";
import { readSpecification } from "../../src/model/source.ts";
import { Field } from "../../src/reference/field.ts";
import { outputAfter } from "../../src/reference/fragility.ts";
import { dot } from "../../src/reference/linear.ts";
import { simulate } from "../../src/reference/simulate.ts";
import { drawStart } from "../../src/reference/start.ts";
import { loadPlot, type PlotModule } from "../../src/report/plot.ts";
import { broken } from "../../src/report/questions/brokenRuns.ts";
import { feedback } from "../../src/report/questions/feedback.ts";
import { flippingMove, fragility, fragilityOf } from "../../src/report/questions/fragility.ts";
import { massive, momentsOf } from "../../src/report/questions/massive.ts";
import { solver, waysOf } from "../../src/report/questions/solver.ts";
import { tableCsv } from "../../src/report/questions/table.ts";
import { endsOf, lateShortfall, linearTippingTime, tipping } from "../../src/report/questions/tipping.ts";
import type { Answer, Question } from "../../src/report/questions/types.ts";
import { withRows } from "../../src/report/sources.ts";
import type { Source, SourceResult } from "../../src/report/study.ts";
import { runSweep } from "../../src/sweep/sweep.ts";

const engine = cpuEngine(inlinePool);
let plot: PlotModule;
beforeAll(async () => {
  plot = await loadPlot();
});

/** The results of a question's sweep on the CPU engine, with few runs. */
async function resultOf(source: Source, set: readonly string[]): Promise<SourceResult> {
  const text = readFileSync(join(import.meta.dirname, "../../examples/questions", source.file), "utf8");
  const specification = readSpecification(text, source.file, [...(source.set ?? []), ...set]);
  return withRows(specification, source, "cpu", (onPart) => runSweep(specification, engine, inlinePool, { onPart }));
}

async function answerOf<Part extends string>(
  question: Question<Part>,
  set: Record<Part, readonly string[]>,
): Promise<{ answer: Answer; results: Record<Part, SourceResult> }> {
  const results = {} as Record<Part, SourceResult>;
  for (const part of Object.keys(question.sources) as Part[]) results[part] = await resultOf(question.sources[part], set[part]);
  return { answer: question.section(plot, results), results };
}

/** A table of an answer, as columns by title, of numbers and names as they are in its CSV. */
function columnsOf({ tables }: Answer, name: string): Record<string, string[]> {
  const found = tables.find((table) => table.name === name);
  if (!found) throw new Error(`expected a table ${name}`);
  const [header = [], ...rows] = tableCsv(found)
    .trim()
    .split("\n")
    .map((line) => (line.match(/"[^"]*"|[^",]+|(?<=,)(?=,|$)/g) ?? []).map((cell) => cell.replaceAll('"', "")));
  return Object.fromEntries(header.map((title, i) => [title, rows.map((row) => row[i] ?? "")]));
}
const numbers = (texts: readonly string[] | undefined) => (texts ?? []).map(Number);

const isDrawn = ({ figures }: Answer, ...names: string[]) => {
  expect(figures.map(({ name }) => name)).toEqual(names);
  for (const { svg } of figures) expect(svg).not.toMatch(/NaN|undefined/);
};

describe("the tipping point", () => {
  it("of linear growth is where the two equations that it solves come to", () => {
    // a' = u/n, u' = a/n from a = u = M/2, until n − 1 tokens at 0 leave e^a/(e^a + n − 1) = 2/n; t' = 1 + e^(τ/n). By Heun's method.
    const [n, scale, h] = [8, 0.1, 1e-3];
    let [a, u, t, tau] = [0, 0, 0, 0];
    a = u = (scale * 1.385198) / 2; // Φ⁻¹(2^(−1/8)), from SciPy
    while (Math.exp(a) / (Math.exp(a) + n - 1) < 2 / n) {
      const [a1, u1] = [a + (h * u) / n, u + (h * a) / n];
      [a, u] = [a + (h * (u + u1)) / (2 * n), u + (h * (a + a1)) / (2 * n)];
      t += (h * (2 + Math.exp(tau / n) + Math.exp((tau + h) / n))) / 2;
      tau += h;
    }
    // The end is found to a step, of which each is worth some 1 + e^(τ/n) < 20 units of t; and Φ⁻¹ to seven digits.
    expect(Math.abs(linearTippingTime({ tokens: n, scale }) - t)).toBeLessThan(20 * h + 1e-6 * t);
  });

  it("scales with the start as linear growth does where the start is close to uniform", async () => {
    const few = ["runs=16", "until.time=1e8"];
    const { answer, results } = await answerOf(tipping, {
      tokens: [...few, "grid.tokens=[4, 8]"],
      dim: [...few, "grid.dim=[8]"],
      scale: [...few, "grid={values.scale: [1e-5, 1e-4, 1e-3], logits.scale: [0]}"],
      late: ["runs=8", "grid={tokens: [4], until.clock: [1000, 2000]}"],
    });
    isDrawn(answer, "tipping", "tipping-late");
    const slopes = columnsOf(answer, "tipping-slopes");
    const at = slopes["varied"]?.indexOf("scale") as number;
    const [found, expected] = [numbers(slopes["slope"])[at] as number, numbers(slopes["linear growth"])[at] as number];
    // Of t = n (log K/M + K/M − 1) the factor K may be off by half, which matters in the logarithm alone: by 2 M/K < 0.2 %, over two powers of ten.
    expect(Math.abs(found - expected)).toBeLessThan(0.01);
    expect(expected).toBeCloseTo(-1, 1);
    expect(answer.sentences[1]).toContain(`they would be`);
    const times = columnsOf(answer, "tipping-times");
    const polarized = numbers(times["reaches 0.9"]);
    for (const [i, tipped] of numbers(times["exceeds twice uniform"]).entries()) expect(tipped).toBeLessThan((polarized[i] as number) / 2);
    // A tenth of the start takes ten times as long in each run: a and u are the same but for the factor.
    const { ensemble } = results.scale.report.points[0] as SourceResult["report"]["points"][number];
    expect(ensemble).toMatchObject({ values: { scale: 1e-5 }, logits: { scale: 0 } });
    const [finest, coarser] = [results.scale.runs[0], results.scale.runs[1]].map((run) => run?.columns.tippingTime ?? []);
    const ratios = Array.from(finest ?? [], (time, run) => time / ((coarser ?? [])[run] as number));
    // The clock makes it less by some 10 M/K log(K/M), with K/M above 3000: by 0.03; tolerances of 1e-4 a step add some 0.01.
    for (const ratio of ratios) expect(Math.abs(ratio - 10)).toBeLessThan(0.1);

    const ends = endsOf(results.late);
    const off = ends.map(({ shortfall, law }) => shortfall.value / law - 1);
    // The next order is in 1/τ: it halves. And the law is met to 3 % at τ = 1000 (measured before in float64 at 8 tokens: 1.042).
    expect(off[0]).toBeLessThan(0.03);
    expect((off[1] as number) / (off[0] as number)).toBeGreaterThan(0.45);
    expect((off[1] as number) / (off[0] as number)).toBeLessThan(0.55);
    expect(ends[0]?.law).toBe(lateShortfall(4, 1000));
  });
});

describe("the feedback", () => {
  it("with values alone the weights stay, and the loss is 1/(Σp² t); with logits alone the best aligned token takes all", async () => {
    const { answer } = await answerOf(feedback, { runs: ["runs=32", "grid.values.scale=[0.1]", "until.time=1e5"] });
    isDrawn(answer, "feedback");
    const runs = columnsOf(answer, "feedback-runs");
    expect(runs["trained"]).toEqual(["both trained", "logits alone", "values alone"]);
    const [both, , values] = numbers(runs["loss"]) as [number, number, number];
    expect(numbers(runs["polarized"])[2]).toBe(0);
    expect(numbers(runs["logit"])[2]).toBe(1);
    // m' = ‖p‖²/(1 + e^m): the loss is 1/(‖p‖² t) late, with 8 Σp² = 1 + 0.1² in the mean; it is 1/t where one token has all.
    expect(values * 1e5).toBeGreaterThan(8 / 1.03);
    expect(values * 1e5).toBeLessThan(8);
    expect(both * 1e5).toBeCloseTo(1, 2);
    // Softmax policy gradient finds the best arm (Mei et al. 2020).
    expect(numbers(runs["polarized"])[1]).toBe(1);
    expect(numbers(runs["alignment"])[1]).toBeGreaterThan(0.9);
    expect(answer.sentences[0]).toMatch(/^With logits alone most runs polarize .* with values alone most do not \(0\.0 %/);
    const pairs = columnsOf(answer, "feedback-pairs");
    expect(numbers(pairs["pairs"])).toEqual([32]);
    expect(Number(pairs["logits alone longer"]) + Number(pairs["shorter"])).toBe(32);
  });
});

describe("massive activations", () => {
  it("late the norm of the winner's value is the margin, log t, in value-softmax; so it grows by 1 for each unit of log t", async () => {
    const { answer, results } = await answerOf(massive, {
      runs: ["runs=8", "grid={model: [value-softmax], until.time: [1e6, 1e9, 1e12]}"],
    });
    isDrawn(answer, "massive", "massive-share");
    const moments = momentsOf(results.runs);
    // m = p_sink u_sink + Σ p_j u_j = log t + o(1): to the shortfall, times what u is.
    for (const { time, medians } of moments) {
      const bound = 2 * medians.shortfall.value * medians.sinkNorm.value;
      expect(Math.abs(medians.sinkNorm.value - Math.log(time))).toBeLessThan(bound);
    }
    const slope = numbers(columnsOf(answer, "massive-slopes")["slope"])[0] as number;
    expect(Math.abs(slope - 1)).toBeLessThan(0.01);
    // The smallest 1 − p for a given norm is that of losers which are equal.
    for (const { tokens, medians } of moments)
      expect(medians.shortfall.value).toBeGreaterThan((2 * (tokens - 1)) / (tokens * medians.sinkNorm.value ** 2) / 1.01);
  });
});

describe("fragility", () => {
  it("is what moving or taking away the winner's value does, told at the end and at equal loss", async () => {
    const runs = 12;
    const set = ["runs=12", "grid={normalizer: [softmax, sigmoid, linear, uniform], until.time: [5, 20, 50, 100, 200, 500, 1e4]}"];
    const { answer, results } = await answerOf(fragility, { runs: set });
    isDrawn(answer, "fragility", "fragility-flips", "fragility-by-loss");
    const rows = columnsOf(answer, "fragility-table");
    expect(rows["normalizer"]?.slice(0, 3)).toEqual(["softmax", "sigmoid", "linear"]); // and not uniform, which has no winner
    expect(answer.sentences[1]).toContain("Under uniform no run has a winner.");
    const { groups } = broken(results.runs);
    for (const { when, name, loss, change, flips } of groups.flatMap(({ kinds }) => kinds)) {
      // ∇L moves a value as far as chance does; and where a weight hangs on its own logit, removal takes ten such moves away.
      expect(change.adversarialSink?.value, name).toBeCloseTo(change.nudgeSink?.value as number, 9);
      if (name !== "softmax") expect(change.removalSink?.value, name).toBeCloseTo(10 * (change.nudgeSink?.value as number), 9);
      // The output is the winner's value nearly, which a tenth of it can't turn.
      if (name === "softmax" && when === "t = 10⁴") expect(flips.adversarialSink?.share).toBe(0);
      const level = when.startsWith("loss") ? (when.endsWith("⁻²") ? 1e-2 : 1e-4) : undefined;
      if (level) expect(Math.abs(Math.log((loss?.value as number) / level)), `${name} ${when}`).toBeLessThanOrEqual(Math.log(2));
    }
    // At the end softmax is moved farther than both others in all of 12 runs: 2·2⁻¹² by the sign test, times Holm's number of tests.
    const tested = groups.flatMap(({ kinds }) => kinds.flatMap(({ beside }) => beside ?? []));
    for (const { beside } of groups[0]?.kinds.slice(1) ?? []) {
      expect(beside?.superiority).toBe(0);
      expect(beside?.pValue).toBeCloseTo(tested.length * 2 ** (1 - runs), 12);
    }

    // The smallest move along +∇L that flips the answer, found by halving in float64, in each run at the end under softmax.
    const [, , , , , , end] = results.runs.report.points;
    const { ensemble } = end as SourceResult["report"]["points"][number];
    const found = results.runs.runs[6]?.columns.adversarialSink ?? [];
    for (let run = 0; run < 4; run++) {
      const state = drawStart(ensemble, run);
      const start = state.values.slice();
      const { row } = simulate(ensemble, state);
      const here = new Field(ensemble, state).at(state);
      const size = row.sinkNorm;
      const flipsAt = (move: number) =>
        dot(
          state.target,
          outputAfter(
            here,
            row.sink,
            state.target.map((x) => -move * size * x),
          ),
        ) < 0;
      let [low, high] = [0, 10];
      for (let i = 0; i < 50; i++) {
        const middle = (low + high) / 2;
        if (flipsAt(middle)) high = middle;
        else low = middle;
      }
      const change = found[run] as number;
      const told = flippingMove({ value: change, interval: [change, change] })?.value as number;
      // What lies across β does not move: the output's part across it is at most that of the longest value at the start.
      const across = Math.max(
        ...Array.from({ length: 8 }, (_, i) => Math.hypot(...Array.from({ length: 8 }, (_, k) => start[8 * k + i] as number))),
      );
      const output = Math.sqrt(dot(here.output, here.output));
      expect(low).toBeLessThanOrEqual(told * (1 + 1e-9));
      expect(low).toBeGreaterThanOrEqual(told * Math.sqrt(1 - (across / output) ** 2) * (1 - 1e-9));
    }
    // A sweep's own report has the same numbers of its ends.
    const swept = fragilityOf(plot, results.runs.report);
    expect(swept?.tables[0]?.rows).toHaveLength(21);
    expect(numbers(columnsOf(swept as Answer, "fragility-table")["removal"])[6]).toBeCloseTo(numbers(rows["removal"])[0] as number, 12);
    expect(swept?.sentences[0]).toContain("removing the winner moves the output by");
  });
});

describe("the solver", () => {
  it("is compared run by run, a tied run with none, and in float64 by what verification found", async () => {
    const { answer, results } = await answerOf(solver, {
      adaptive: ["runs=12", "until.time=100", "grid={integrator.rtol: [1e-6, 1e-3]}"],
      euler: ["runs=12", "until.time=100", "grid={integrator.step: [1]}"],
    });
    isDrawn(answer, "solver");
    expect(answer.sentences[1]).toBe("The runs were computed in float64, so float32 decides nothing.");
    const { adaptive, euler } = results;
    const [, , coarse] = waysOf(adaptive, euler);
    // Euler at step 1 is of first order, with a second derivative below 1: nearly all of 12 runs have the same winner.
    expect(coarse?.other?.share).toBeLessThan(0.5);
    // The same results, where two runs are made to differ and one is made tied; and where a device was verified.
    const sink = euler.runs[0]?.columns.sink?.slice() as Uint32Array;
    for (const run of [3, 5]) sink[run] = ((adaptive.runs[0]?.columns.sink?.[run] as number) + 1) % 8;
    sink[7] = none;
    const verification = { runs: 10, decided: 8, sinkAgreement: 0.75, undecided: 2, beyondRange: 0, exceeded: 0, worst: {} };
    const points = euler.report.points.map((point) => ({ ...point, verification }));
    const changed = { report: { points }, runs: [{ vectors: {}, columns: { ...euler.runs[0]?.columns, sink } }] };
    const way = waysOf(adaptive, changed).at(-1);
    const before = coarse?.other?.share ?? 0;
    expect(way).toMatchObject({ name: "η 1", pairs: 11, tied: 1 });
    expect(Math.round(11 * (way?.other?.share ?? 0))).toBe(2 + Math.round(12 * before));
    const told = solver.section(plot, { adaptive, euler: changed as unknown as SourceResult });
    expect(told.sentences[1]).toContain(
      "another token wins in 2 of 8 decided runs, 25.0 % [3.2, 65.1]; undecided are 20.0 % [2.5, 55.6] at η 1",
    );
  });
});
