import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { cpuEngine } from "../../src/ensemble/cpu.ts";
import { inlinePool } from "../../src/ensemble/perform.ts";
import { runWhole } from "../../src/ensemble/whole.ts";
import { type Ensemble, stepsOf } from "../../src/model/ensemble.ts";
import type { Specification } from "../../src/model/grid.ts";
import { readSpecification } from "../../src/model/source.ts";
import { simulate } from "../../src/reference/simulate.ts";
import { drawStart } from "../../src/reference/start.ts";
import { experiments } from "../../src/report/paper/experiments.ts";
import { numberCells, numbersCsv, paperPage } from "../../src/report/paper/page.ts";
import { agreement, weightDistance } from "../../src/report/paper/results.ts";
import type { NumberRow, PaperSection } from "../../src/report/paper/types.ts";
import { loadPlot } from "../../src/report/plot.ts";
import { withRows, withRunsAtMost } from "../../src/report/sources.ts";
import type { Studied } from "../../src/report/study.ts";
import { runSweep } from "../../src/sweep/sweep.ts";
import { distance, type Golden, goldens, replay } from "../golden/golden.ts";

const folder = join(import.meta.dirname, "../../examples/paper");
const read = (file: string, set: readonly string[] = []) => readSpecification(readFileSync(join(folder, file), "utf8"), file, set);
const engine = cpuEngine(inlinePool);
const kindOf = (value: unknown) => (value as { kind?: string }).kind ?? value;

/** The specification of a golden file's start, and in its grid the point of gradient descent under that file's normalizer. */
function startOf({ name, loss, normalizer, model }: Golden): { specification: Specification; ensemble: Ensemble } {
  const condition = "abcde"[Number(/kappa(\d)/.exec(name)?.[1] ?? 1) - 1];
  const own = { "cross-entropy": "cross-entropy", regression: "regression" }[loss];
  const file = model
    ? "tied-start"
    : own
      ? `${own}-start${loss === "regression" ? `-${condition}` : ""}`
      : /n8/.test(name)
        ? "logistic-start"
        : `normalizers-${loss}-start`;
  const { set = [] } =
    experiments.flatMap(({ sources }) => sources["start-descent"] ?? []).find((source) => source.file === `${file}.yaml`) ?? {};
  const specification = read(`${file}.yaml`, set);
  const found = specification.points.find(
    ({ ensemble }) => ensemble.integrator?.kind === "euler" && ensemble.normalizer.kind === normalizer,
  );
  return { specification, ensemble: found?.ensemble as Ensemble };
}

describe.each(goldens)("the authors' start of $name", (golden) => {
  // The later ones follow from these: test/golden goes to the end.
  it("goes through every checkpoint of the first 2,000 steps at their learning rate", async () => {
    const { ensemble: own, checkpoints: all } = replay(golden);
    const checkpoints = all.filter(({ step }) => step <= 2000);
    expect(checkpoints.length).toBeGreaterThan(1);
    const { ensemble } = startOf(golden);
    expect(ensemble).toMatchObject({
      tokens: own.tokens,
      dim: own.dim,
      loss: { kind: golden.loss },
      integrator: { kind: "euler", step: golden.learningRate },
    });
    const { times: _, ...kept } = ensemble.record as typeof ensemble.record & { times?: object };
    const steps = checkpoints.map(({ step }) => step);
    const record = { ...kept, trajectories: 1, steps };
    const { trajectories } = await runWhole(engine, { ...ensemble, until: { steps: steps.at(-1) as number }, record });
    // As in test/golden: float64 rounding over 1e5 steps.
    for (const [i, { weights }] of checkpoints.entries()) expect(distance(trajectories[0]?.weights[i] ?? [], weights)).toBeLessThan(1e-9);
  });
});

describe("the designs of the authors' start between theirs", () => {
  it.each([2, 3, 4])("have singular values evenly from 1 to 1/κ, and response and start as theirs: κ = %i", (kappa) => {
    const ensemble = read(`regression-start-${"abcde"[kappa - 1]}.yaml`).points[0]?.ensemble as Ensemble;
    const theirs = read("regression-start-a.yaml").points[0]?.ensemble as Ensemble;
    const { design, response } = ensemble.target as { design: number[][]; response: number[] };
    expect({ response, values: ensemble.values, logits: ensemble.logits }).toEqual({
      response: (theirs.target as { response: number[] }).response,
      values: theirs.values,
      logits: theirs.logits,
    });
    // Σ s², Σ s⁴ and Σ s⁶ as traces of powers of XXᵀ.
    const gram = design.map((a) => design.map((b) => a.reduce((sum, x, k) => sum + x * (b[k] as number), 0)));
    const times = (x: number[][], y: number[][]) =>
      x.map((row) => row.map((_, j) => row.reduce((sum, a, k) => sum + a * (y[k]?.[j] as number), 0)));
    const trace = (x: number[][]) => x.reduce((sum, row, i) => sum + (row[i] as number), 0);
    const singular = Array.from({ length: 20 }, (_, k) => 1 + ((1 / kappa - 1) * k) / 19);
    const powers = [gram, times(gram, gram), times(gram, times(gram, gram))];
    for (const [i, matrix] of powers.entries())
      expect(trace(matrix)).toBeCloseTo(
        singular.reduce((sum, s) => sum + s ** (2 * (i + 1)), 0),
        10,
      );
  });
});

const runs = 24;

describe("what the page says", () => {
  const sections = new Map<string, PaperSection>();
  const reproduced: Studied<PaperSection>[] = [];
  beforeAll(async () => {
    const Plot = await loadPlot();
    for (const experiment of experiments) {
      const results: Studied["results"] = Object.fromEntries(
        await Promise.all(
          Object.entries(experiment.sources).map(async ([part, source]) => {
            const { file, set = [] } = source;
            const maxRuns = part === "descent" ? 4 : experiment.name === "tied" ? 8 : runs;
            const specification = withRunsAtMost(read(file, set), maxRuns);
            return [
              part,
              await withRows(specification, source, "cpu", (onPart) => runSweep(specification, engine, inlinePool, { onPart })),
            ] as const;
          }),
        ),
      );
      const section = experiment.section(Plot, results);
      sections.set(experiment.name, section);
      reproduced.push({ study: experiment, results, ...section });
    }
  }, 300_000);
  const number = (name: string, what: string): NumberRow => {
    const row = sections.get(name)?.numbers.find((other) => other.what === what);
    if (!row)
      throw new Error(
        `no ${what} in ${name}: ${sections
          .get(name)
          ?.numbers.map((other) => other.what)
          .join("; ")}`,
      );
    return row;
  };
  const lastOf = (name: string) =>
    (goldens.find((golden) => golden.name === name) as Golden).checkpoints.at(-1) as Golden["checkpoints"][0];
  const share = (weights: number[]) => Math.max(...weights.map(Math.abs)) / weights.reduce((sum, p) => sum + Math.abs(p), 0);

  it.each([
    ["logistic", "largest share at t = 10⁴", "logistic-n8-seed123"],
    ["normalizers-logistic", "softmax: largest share at the end", "logistic-softmax-n10-d10-seed42"],
    ["normalizers-logistic", "sigmoid: largest share at the end", "logistic-sigmoid-n10-d10-seed42"],
    ["normalizers-logistic", "l2: largest share at the end", "logistic-l2-n10-d10-seed42"],
    ...["softmax", "sigmoid", "l1", "sum", "l2", "relu"].map((kind) => [
      "normalizers-square",
      `${kind}: largest share at the end`,
      `square-${kind}-n10-d10-seed42`,
    ]),
    ["tied", "D = 10: largest share at the end", "tied-n10-seed42"],
    ["regression", "κ = 1: largest share at the end", "regression-n20-kappa1-seed123"],
    ["regression", "κ = 5: largest share at the end", "regression-n20-kappa5-seed123"],
    ["cross-entropy", "largest share at the end", "cross-entropy-n10-k10-seed123"],
  ])("of descent from the authors' start is what their run ends with: %s, %s", (name, what, file) => {
    const row = number(name as string, what as string);
    const golden = goldens.find((other) => other.name === file) as Golden;
    const [before, at] = golden.checkpoints.slice(-2) as [Golden["checkpoints"][0], Golden["checkpoints"][0]];
    const theirs = share(at.weights);
    // Some files end a step before the run does, in which it moves by no more than it did by the mean of their last stretch.
    const missing = (stepsOf(startOf(golden).ensemble) as number) - at.step;
    expect(missing).toBeLessThan(2);
    const moves = Math.abs(theirs - share(before.weights)) / Math.max(1, at.step - before.step);
    expect(Math.abs((row.descent as number) - theirs)).toBeLessThan(1e-9 + missing * moves);
    // The flow ends near: at first order in the learning rate, which shows most in l2's 0.28 under square loss.
    expect(Math.abs((row.flow as number) - theirs)).toBeLessThan(5e-3);
  });

  it("of the tied model's massive activation is what their run ends with", () => {
    expect(number("tied", "D = 10: norm of the winner's column").descent).toBeCloseTo(
      lastOf("tied-n10-seed42").sinkColumnNorm as number,
      9,
    );
  });

  it("of losses is what their run ends with", () => {
    expect(number("cross-entropy", "loss at the end").descent).toBeCloseTo(lastOf("cross-entropy-n10-k10-seed123").loss as number, 6);
    expect(number("regression", "κ = 5: loss at the end").descent).toBeCloseTo(lastOf("regression-n20-kappa5-seed123").loss as number, 3);
  });

  it("of many starts is what a count of them one by one gives", () => {
    const ensemble = read("normalizers-logistic.yaml").points.find(({ ensemble }) => ensemble.normalizer.kind === "l1")
      ?.ensemble as Ensemble;
    const rows = Array.from({ length: runs }, (_, run) => simulate(ensemble, drawStart(ensemble, run)).row);
    const reached = rows.filter(({ polarizationTime }) => polarizationTime >= 0).length;
    expect(reached).toBeGreaterThan(0);
    expect(reached).toBeLessThan(runs);
    const { many } = number("normalizers-logistic", "l1: reached share 0.9 (1: yes)");
    expect(many).toMatchObject({ value: reached / runs, of: "share", runs });
    const shares = rows.map(({ sinkShare }) => sinkShare).sort((a, b) => a - b);
    expect(number("normalizers-logistic", "l1: largest share at the end").many?.value).toBeCloseTo(
      ((shares[11] as number) + (shares[12] as number)) / 2,
      12,
    );
    const { low, high } = number("normalizers-logistic", "l1: largest share at the end").many ?? {};
    // At ranks 0.05·23 = 1.15 and 0.95·23 = 21.85, between two runs.
    const between = (rank: number, part: number) => (1 - part) * (shares[rank] as number) + part * (shares[rank + 1] as number);
    expect(low).toBeCloseTo(between(1, 0.15), 12);
    expect(high).toBeCloseTo(between(21, 0.85), 12);
    const led = rows.filter(({ byLogit, sink }) => byLogit === sink).length;
    expect(number("normalizers-logistic", "l1: largest logit at the start won (1: yes)").many?.value).toBe(led / runs);
    const sentence = sections.get("normalizers-logistic")?.sentences.find((line) => line.startsWith("Of "));
    expect(sentence).toContain(`l1 ${((100 * reached) / runs).toFixed(1)} %`);
  });

  it("of how many reached 0.9 by t = 10⁴ is a count, and of descent what a run of the notebook's length says", () => {
    const ensemble = read("logistic.yaml").points[0]?.ensemble as Ensemble;
    const times = Array.from({ length: runs }, (_, run) => simulate(ensemble, drawStart(ensemble, run)).row.polarizationTime);
    const reached = times.filter((time) => time >= 0 && time <= 1e4).length;
    const { many, descent } = number("logistic", "reached share 0.9 by t = 10⁴ (1: yes)");
    expect(many).toMatchObject({ value: reached / runs, runs });
    expect(descent).toBe(1);
    const { flow: early } = number("logistic", "largest share at t = 10⁴");
    const { flow: late, descent: none } = number("logistic", "largest share at the end");
    expect(late as number).toBeGreaterThan((early as number) + 0.01);
    expect(none).toBeUndefined();
  });

  it("tells how far the largest logit of the authors' start leads", () => {
    const { initialLogits } = goldens.find(({ name }) => name === "square-softmax-n10-d10-seed42") as Golden;
    const [first = 0, second = 0] = [...initialLogits].sort((a, b) => b - a);
    for (const name of ["normalizers-logistic", "normalizers-square"])
      expect(sections.get(name)?.sentences.join()).toContain(`largest logit, which leads by ${(first - second).toPrecision(3)}, won`);
  });

  it("says in each caption of how many runs bands are, and how far weights go where they leave the axis", () => {
    for (const { figures } of reproduced)
      for (const { caption } of figures) expect(caption).toMatch(/ % of (all|the first) [\d,]+ runs[.;]/);
    const caption = (name: string) => sections.get(name)?.figures[0]?.caption;
    const points = reproduced.find(({ study }) => study.name === "normalizers-logistic")?.results["start"]?.report.points ?? [];
    const flow = points.find(({ parameters }) => parameters["normalizer"] === "sum" && kindOf(parameters["integrator"]) === "tsit5");
    const weights = flow?.trajectories?.[0]?.weights.flat() ?? [];
    const [low, high] = [Math.min(...weights), Math.max(...weights)].map((x) => Number(x.toPrecision(3)));
    expect(caption("normalizers-logistic")).toContain(`The weights of sum leave the axis, to ${low} and ${high}. `);
    expect(caption("normalizers-square")).not.toContain("leave the axis");
  });

  it("has dots of descent at least an eleventh of the axis apart, on linear and logarithmic axes", () => {
    for (const name of ["regression", "logistic"]) {
      const svg = sections.get(name)?.figures[0]?.svg ?? "";
      const places = [...new Set([...svg.matchAll(/<circle [^>]*cx="([\d.]+)"/g)].map((match) => Number(match[1])))].sort((a, b) => a - b);
      expect(places.length).toBeGreaterThan(6);
      const [first = 0, last = 0] = [places[0], places.at(-1)];
      for (const [i, x] of places.slice(1).entries()) expect(x - (places[i] as number)).toBeGreaterThan(0.99 * ((last - first) / 11));
    }
  });

  it("compares two ensembles run by run, as far as both go", () => {
    expect(agreement([0, 1, 2, 3], [0, 2, 2])).toMatchObject({ share: 2 / 3, runs: 3 });
    const run = (weights: number[][]) => ({ weights }) as never;
    expect(
      weightDistance(
        run([
          [0.5, 0.5],
          [0.9, 0.1],
        ]),
        run([
          [0.4, 0.6],
          [0.6, 0.4],
        ]),
      ),
    ).toBeCloseTo(0.3, 12);
  });

  it("has intervals that are exact: of all of 24 from 0.025^(1/24)", () => {
    // Clopper and Pearson: p with p²⁴ = 0.025.
    const { many } = number("logistic", "best aligned token won (1: yes)");
    expect(many).toMatchObject({ value: 1, high: 1, runs });
    expect(many?.low).toBeCloseTo(0.025 ** (1 / runs), 10);
  });

  it("calls the threshold what specifications say", async () => {
    const Plot = await loadPlot();
    for (const { study, results, sentences, numbers } of reproduced) {
      const changed = Object.fromEntries(
        Object.entries(results).map(([part, { report, runs }]) => {
          const points = report.points.map((point) => ({ ...point, ensemble: { ...point.ensemble, polarizedAt: 0.25 } }));
          return [part, { report: { ...report, points }, runs }];
        }),
      );
      const section = study.section(Plot, changed) as PaperSection;
      const renamed = (text: string) => text.replaceAll(/\b0\.9(?!\d)/g, "0.25");
      expect(section.sentences).toEqual(sentences.map(renamed));
      expect(section.numbers).toEqual(numbers.map(({ what, ...row }) => ({ what: renamed(what), ...row })));
      expect(`${sentences}${numbers.map(({ what }) => what)}`).toMatch(/\b0\.9(?!\d)/);
    }
  });

  it("holds what is known: square loss polarizes under no normalizer, the tied model always", () => {
    for (const kind of ["softmax", "sigmoid", "l1", "sum", "l2", "relu"])
      expect(number("normalizers-square", `${kind}: reached share 0.9 (1: yes)`).many?.value).toBe(0);
    for (const size of [10, 20, 50, 100]) expect(number("tied", `D = ${size}: reached share 0.9 (1: yes)`).many?.value).toBe(1);
    // At κ = 1 the target is reached at a rate common to all tokens, before any leads.
    expect(number("regression", "κ = 1: largest share at the end").many?.high).toBeLessThan(0.1);
  });

  it("draws u = β·v of the sink, which at the end is what the loss says, for one token has nearly all weight", () => {
    const logistic = reproduced[0]?.results["start"]?.report.points[0]?.trajectories?.[0];
    const csv = sections
      .get("logistic")
      ?.figures[0]?.csv.split("\n")
      .map((line) => line.split(",")) as string[][];
    const last = csv.filter(
      ([what, panel, , kind, time]) => what === "u = Vᵀβ" && panel === "authors' start" && kind === "flow" && Number(time) > 99_990,
    );
    expect(last).toHaveLength(8);
    // m = p·u, and L = log(1 + e^(−m)).
    const margin = last.reduce((sum, line, i) => sum + Number(line[5]) * (logistic?.weights.at(-1)?.[i] as number), 0);
    expect(Math.log1p(Math.exp(-margin))).toBeCloseTo(logistic?.loss.at(-1) as number, 9);
  });

  it("is a page that loads nothing, with every figure, sentence and number, and no hole in it", () => {
    const page = paperPage(reproduced, { sinkflow: "0.0.0", engine: "cpu", adapter: null });
    expect(page).not.toMatch(/NaN|undefined|Infinity|<script|https?:\/\/(?!www\.w3\.org)/);
    expect(page.match(/<figure /g)).toHaveLength(10);
    for (const { study, sentences, figures, numbers } of reproduced) {
      expect(page).toContain(`id="${study.name}"`);
      expect(sentences.length).toBeGreaterThan(3);
      for (const { svg, csv, name } of figures) {
        expect(name).toMatch(/^[a-z-]+$/);
        expect(svg).not.toMatch(/NaN|undefined/);
        expect(csv.split("\n").length).toBeGreaterThan(5);
      }
      for (const line of numberCells(numbers)) expect(line).toHaveLength(5);
    }
    const lines = numbersCsv(reproduced).trimEnd().split("\n");
    expect(lines).toHaveLength(1 + reproduced.reduce((sum, { numbers }) => sum + numbers.length, 0));
  });
});
