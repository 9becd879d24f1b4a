import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { cpuEngine } from "../../src/ensemble/cpu.ts";
import { linearLeader } from "../../src/ensemble/linearLeader.ts";
import { inlinePool } from "../../src/ensemble/perform.ts";
import { pullsFrom, pullWeight } from "../../src/ensemble/pulls.ts";
import { readSpecification } from "../../src/model/source.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { Field } from "../../src/reference/field.ts";
import { drawStart } from "../../src/reference/start.ts";
import { loadPlot } from "../../src/report/plot.ts";
import { firstToken, halfOf } from "../../src/report/questions/firstToken.ts";
import { answersOf, questions } from "../../src/report/questions/index.ts";
import { normalizers } from "../../src/report/questions/normalizers.ts";
import { lastChange, overtakingsOf, takeoverTime } from "../../src/report/questions/overtaking.ts";
import { questionsPage } from "../../src/report/questions/page.ts";
import { polarization } from "../../src/report/questions/polarization.ts";
import { type Starts, startsOf } from "../../src/report/questions/starts.ts";
import { tableCsv } from "../../src/report/questions/table.ts";
import type { Answer } from "../../src/report/questions/types.ts";
import { winner } from "../../src/report/questions/winner.ts";
import { withRows, withRuns } from "../../src/report/sources.ts";
import type { Source, SourceResult, Study } from "../../src/report/study.ts";
import { choiceModel } from "../../src/statistics/choice.ts";
import { evenLead, leadChance } from "../../src/statistics/leader.ts";
import { proportion } from "../../src/statistics/proportion.ts";
import { runSweep, type SweepReport } from "../../src/sweep/sweep.ts";

const engine = cpuEngine(inlinePool);
const folder = join(import.meta.dirname, "../../examples/questions");

/** A source's results with few runs, and of few points. */
async function resultOf(source: Source, runs: number, set: readonly string[]): Promise<SourceResult> {
  const text = readFileSync(join(folder, source.file), "utf8");
  const specification = withRuns(readSpecification(text, source.file, [...(source.set ?? []), ...set]), runs);
  return withRows(specification, source, "cpu", (onPart) => runSweep(specification, engine, inlinePool, { onPart }));
}

/** The answer to a question, with few runs, and `set` in each source beside its own settings. */
async function answerOf(study: Study<Answer>, runs: number, set: Readonly<Record<string, readonly string[]>>) {
  const parts = Object.entries(study.sources).map(
    async ([part, source]) => [part, await resultOf(source, runs, set[part] ?? set["all"] ?? [])] as const,
  );
  const results = Object.fromEntries(await Promise.all(parts));
  return { study, results, ...study.section(await loadPlot(), results) };
}

/** Rows of a table as objects by the titles of its columns. */
function rowsOf({ tables }: Answer, name: string): Record<string, string>[] {
  const table = tables.find((each) => each.name === name);
  const [header = [], ...lines] = tableCsv(table as Answer["tables"][number])
    .trimEnd()
    .split("\n")
    .map((line) => [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map(([, cell = ""]) => cell.replaceAll('"', "")));
  return lines.map((line) => Object.fromEntries(header.map((title, i) => [title, line[i] ?? ""])));
}
const holds = (row: Record<string, string>, title: string, value: number) => {
  expect(Number(row[`${title}, low`]), JSON.stringify(row)).toBeLessThanOrEqual(value);
  expect(Number(row[`${title}, high`]), JSON.stringify(row)).toBeGreaterThanOrEqual(value);
};

describe("the chance that one of n normals with a head start is the largest", () => {
  it("is 1/n without one, and Φ(lead/√2) of two", () => {
    for (const n of [2, 3, 8, 100]) expect(leadChance(n, 0)).toBeCloseTo(1 / n, 12);
    // Φ(1) and Φ(2), Abramowitz and Stegun, table 26.1.
    expect(leadChance(2, Math.SQRT2)).toBeCloseTo(0.841344746068543, 12);
    expect(leadChance(2, 2 * Math.SQRT2)).toBeCloseTo(0.97724986805182, 12);
    expect(leadChance(2, -Math.SQRT2)).toBeCloseTo(1 - 0.841344746068543, 12);
  });

  it("is a half at the even lead: 0 of two tokens", () => {
    expect(evenLead(2)).toBeCloseTo(0, 12);
    for (const n of [3, 8, 32]) expect(leadChance(n, evenLead(n))).toBeCloseTo(0.5, 12);
  });
});

describe("the choice model", () => {
  // Two tokens whose first quantities differ by 1, and whose second ones by +1 in the first ten runs and by −1 in the others: then
  // θ₁ + θ₂ and θ₁ − θ₂ are the log odds of the first token in each group.
  const ofRuns = (number: (run: number) => number) => Float64Array.from({ length: 20 }, (_, run) => number(run));
  const first = [ofRuns(() => 1), ofRuns(() => 0)];
  const second = [ofRuns((run) => (run < 10 ? 1 : -1)), ofRuns(() => 0)];
  const winners = Array.from({ length: 20 }, (_, run) => (run < 9 || (run >= 10 && run < 17) ? 0 : 1));

  it("is logistic regression where there are two tokens, in closed form", () => {
    const [plus, minus] = [Math.log(9 / 1), Math.log(7 / 3)];
    const model = choiceModel([first, second], winners);
    expect(model?.coefficients[0]).toBeCloseTo((plus + minus) / 2, 6);
    expect(model?.coefficients[1]).toBeCloseTo((plus - minus) / 2, 6);
    // Var(log odds) = 1/k + 1/(n − k) in each group, and θ₁ is half of their sum.
    const variance = (1 / 9 + 1 / 1 + 1 / 7 + 1 / 3) / 4;
    expect(model?.errors[0]).toBeCloseTo(Math.sqrt(variance), 5);
    expect(model?.errors[1]).toBeCloseTo(Math.sqrt(variance), 5);
    // The covariance is half the difference of the two variances, over two.
    const ratio = (plus - minus) / (plus + minus);
    expect(model?.ratio).toBeCloseTo(ratio, 6);
    const covariance = (1 / 9 + 1 / 1 - 1 / 7 - 1 / 3) / 4;
    const spread = Math.sqrt(variance - 2 * ratio * covariance + ratio ** 2 * variance) / ((plus + minus) / 2);
    expect(((model?.interval[1] as number) - ratio) / 1.959963984540054).toBeCloseTo(spread, 5);
  });

  it("leaves runs without a winner out, and knows nothing where one sum names every winner", () => {
    const [more, none] = [(x: Float64Array) => Float64Array.from([...x, 5]), [...winners, undefined]];
    expect(choiceModel([first.map(more), second.map(more)], none)).toEqual(choiceModel([first, second], winners));
    expect(
      choiceModel(
        [first, second],
        winners.map((_, run) => (run < 10 ? 0 : 1)),
      ),
    ).toBeUndefined();
  });
});

describe("the weight of a pull beside a logit", () => {
  const weightOf = (specification: object) => pullWeight(parseEnsemble({ tokens: 8, ...specification })) as number;

  it("is 1 for softmax with a loss of the margin: the mode is a + β·v/‖β‖; with temperature T it is tanh(m/T) for as long as m grows", () => {
    expect(weightOf({})).toBeCloseTo(1, 5);
    // Of equal tokens m' = e^(−m)/n with exponential loss, and differences grow at rate e^(−m)/(nT).
    const margin = Math.log1p(1e6 / 8);
    expect(weightOf({ loss: "exponential", normalizer: { kind: "softmax", temperature: 8 } })).toBeCloseTo(Math.tanh(margin / 8), 3);
  });

  it("is tanh 1 for softmax with square loss: ∫ (1 − m) dt = n, and differences grow at rate 1/n", () => {
    expect(weightOf({ loss: "square" })).toBeCloseTo(Math.tanh(1), 3);
  });

  it("is tanh τ under linear weights, where a = cosh τ and u = sinh τ of equal tokens, and t = ∫ (1 + e^m) dτ with m = (n/2) sinh 2τ", () => {
    let [time, tau] = [0, 0];
    for (const step = 1e-5; time < 1e6; tau += step) time += step * (1 + Math.exp(4 * Math.sinh(2 * tau)));
    expect(weightOf({ normalizer: "linear" })).toBeCloseTo(Math.tanh(tau), 3);
  });

  it("is tanh of the length of the output's way where that is straight, for any loss: of the square loss, run by run", () => {
    const ensemble = parseEnsemble({
      tokens: 8,
      dim: 3,
      loss: "square",
      logits: { kind: "gaussian", scale: 1 },
      values: { kind: "gaussian", scale: 1 }, // far from equal tokens, where growth is another
    });
    for (let run = 0; run < 12; run++) {
      const { logits, values, target } = drawStart(ensemble, run);
      const way = Array.from(target, (b, k) => b - values.subarray(8 * k, 8 * k + 8).reduce((sum, x) => sum + x, 0) / 8);
      const length = Math.hypot(...way);
      const sums = Array.from(
        logits,
        (a, i) => a + (Math.tanh(length) * way.reduce((sum, w, k) => sum + w * (values[8 * k + i] as number), 0)) / length,
      );
      expect(linearLeader(ensemble, run), `run ${run}`).toBe(sums.indexOf(Math.max(...sums)));
    }
  });

  it("counts pulls, β·v_i, found back from alignments", () => {
    for (const [loss, normalizer] of [
      ["logistic", "softmax"],
      ["logistic", "sigmoid"],
      ["exponential", "linear"],
    ]) {
      const ensemble = parseEnsemble({ tokens: 5, dim: 3, loss, normalizer, values: { kind: "gaussian", scale: 0.3 } });
      const start = drawStart(ensemble, 3);
      const gradient = new Field(ensemble, start).at(start).gradient;
      const along = (g: ArrayLike<number>) =>
        Float64Array.from({ length: 5 }, (_, i) =>
          [0, 1, 2].reduce((sum, k) => sum + (g[k] as number) * (start.values[5 * k + i] as number), 0),
        );
      const found = along(gradient).map((x) => -x);
      pullsFrom(ensemble)?.(start.logits, found);
      const direct = along(start.target);
      for (const [i, u] of found.entries()) expect(u).toBeCloseTo(direct[i] as number, 9);
    }
    expect(pullsFrom(parseEnsemble({ tokens: 3, loss: "cross-entropy" }))).toBeUndefined();
  });
});

describe("who overtakes whom", () => {
  it("is when the two equations that it solves come to: of two tokens and of three", () => {
    // a' = u/n and u' = a/n of differences, t' = 1 + e^(m₀ + τ/n), by Heun's method to where token 0 has the largest logit.
    for (const [logits, pulls] of [
      [
        [0.1, 0.15],
        [0.2, -0.1],
      ],
      [
        [0.1, 0.3, 0.32],
        [0.5, 0.1, -0.2],
      ],
    ] as const) {
      const n = logits.length;
      const mean = pulls.reduce((sum, x) => sum + x, 0) / n;
      const [a, u]: [number[], number[]] = [[...logits], pulls.map((x) => x - mean)];
      let [t, kappa] = [0, 0];
      for (const h = 1e-5; Math.max(...a) > (a[0] as number); kappa += h) {
        for (let i = 0; i < n; i++) {
          const [x, y] = [a[i] as number, u[i] as number];
          a[i] = x + h * (y + (h * x) / 2);
          u[i] = y + h * (x + (h * y) / 2);
        }
        t += (n * h * (2 + Math.exp(mean + kappa) + Math.exp(mean + kappa + h))) / 2;
      }
      // The end is found to a step, of which each is worth n (1 + e^(m₀ + κ)) < 20 in t.
      expect(Math.abs(takeoverTime(logits, pulls, 0) - t)).toBeLessThan(20 * 1e-5 + 1e-6 * t);
    }
    expect(takeoverTime([0, 1], [0, 0.5], 0)).toBe(Number.POSITIVE_INFINITY);
    expect(takeoverTime([1, 0], [0, 0.5], 0)).toBe(0);
  });

  it("is so in runs that begin close to equal tokens, and a run that has not polarized is censored", async () => {
    const set = ["logits.scale=1e-4", "values.scale=1e-4", "record.vectors=true", "until.time=200"];
    const [start] = startsOf(await resultOf(winner.sources.starts, 24, set));
    const all = overtakingsOf(start as Starts);
    expect(all.length).toBeGreaterThan(4);
    // By t = 200 none has polarized, so each time is one up to which nothing more has happened.
    expect(all.every(({ isLast }) => !isLast)).toBe(true);
    expect(lastChange(all)).toMatchObject({ runs: all.length, censored: all.length, median: Number.POSITIVE_INFINITY });
    // Where the lead changes in the time that runs take, it does so when growth near equal tokens says. Shares differ from equal ones by 1e-4, and rtol is as much.
    const within = all.filter(({ expected }) => expected > 0.1 && expected < 100);
    expect(within.length).toBeGreaterThan(3);
    for (const { time, expected } of within) expect(Math.abs(time / expected - 1)).toBeLessThan(0.01);
  });
});

it("the head start that wins half is between those below and above, and open where none is above", () => {
  const start = (by: number, count: number) => ({ by, won: proportion(count, 100) }) as Parameters<typeof halfOf>[0][number];
  const half = halfOf([start(0.2, 80), start(0, 20), start(0.1, 40)]);
  expect(half?.value).toBeCloseTo(0.125, 12);
  expect(half?.interval[0]).toBeLessThan(0.125);
  expect(half?.interval[1]).toBeGreaterThan(0.125);
  expect(halfOf([start(0, 10), start(0.1, 52)])?.interval[1]).toBe(Number.POSITIVE_INFINITY);
  expect(halfOf([start(0, 10), start(0.1, 20)])).toBeUndefined();
});

describe("what few runs say", () => {
  const answers = new Map<string, Awaited<ReturnType<typeof answerOf>>>();
  beforeAll(async () => {
    const short = ["grid.tokens=[4, 8]", "grid.headStart.by=[0.0, 0.1, 0.3]"];
    const fewKinds = "grid.normalizer=[softmax, linear, uniform]";
    const all: [Study<Answer>, number, Record<string, string[]>][] = [
      [polarization, 24, { all: ["grid.loss=[logistic, square]", fewKinds] }],
      [
        winner,
        48,
        {
          starts: [],
          turning: ["grid.loss=[regression]"],
          others: ["grid.loss=[square]", "grid.normalizer=[softmax, linear]"],
          all: ["until.time=1e4"],
        },
      ],
      [firstToken, 96, { zero: short, scale: short.slice(1), random: short.slice(1) }],
      [normalizers, 24, { all: [fewKinds] }],
    ];
    for (const [study, runs, set] of all) answers.set(study.name, await answerOf(study, runs, set));
  }, 120_000);
  const answer = (name: string) => answers.get(name) as Awaited<ReturnType<typeof answerOf>>;

  it("polarization: square loss polarizes under none, uniform weights keep n effective tokens and no sink", () => {
    const rows = rowsOf(answer("polarization"), "polarization-table");
    expect(rows).toHaveLength(6);
    for (const row of rows) {
      const polarizes = row["loss"] === "logistic" && row["normalizer"] === "softmax";
      expect(Number(row["polarized"]), JSON.stringify(row)).toBe(polarizes ? 1 : 0);
      if (row["normalizer"] !== "uniform") continue;
      expect(row["tied"]).toBe("24");
      expect(Number(row["effective tokens"])).toBeCloseTo(8, 12);
    }
    expect(answer("polarization").sentences[1]).toContain(
      "with logistic most runs polarize under softmax; with square most runs polarize under no normalizer",
    );
  });

  it("winner: the sum names the winner far more often than its parts, which by symmetry are alike, and the lead decides", () => {
    const { sentences, tables } = answer("winner");
    expect(tables).toHaveLength(5);
    const [main, square, linear] = rowsOf(answer("winner"), "winner-others") as [Record<string, string>, ...Record<string, string>[]];
    expect(Number(main["sum"])).toBeGreaterThan(0.9);
    expect(Number(main["logit"])).toBeLessThan(0.75);
    // P(the largest of 8 logits is the largest of 8 sums with pulls of the same spread), found by 8,192 runs: 0.472.
    holds(main, "logit", 0.472);
    expect(Number(square?.["c"])).toBeCloseTo(Math.tanh(1), 3);
    expect(Number(square?.["sum with c"])).toBeGreaterThanOrEqual(Number(square?.["sum"]));
    // Under linear weights square loss is met before a pull has counted for much.
    expect(Number(linear?.["c"])).toBeLessThan(0.3);
    const leads = rowsOf(answer("winner"), "winner-leads");
    for (const row of leads) if (Number(row["lead from"]) >= 0.05) expect(Number(row["right"]), JSON.stringify(row)).toBe(1);
    expect(leads.reduce((sum, row) => sum + Number(row["runs"]), 0)).toBe(48);
    expect(sentences[0]).toMatch(/^The token with the largest a \+ β·v\/‖β‖ at the start wins in 9\d\.\d+ % \[/);
    const pairs = rowsOf(answer("winner"), "winner-pairs");
    const overtaken = pairs.reduce((sum, row) => sum + Number(row["runs"]), 0);
    expect(overtaken).toBe(Math.round(48 * (1 - Number(main["logit"]))));
    for (const row of rowsOf(answer("winner"), "winner-settings"))
      expect(Number(row["a + β·v/‖β‖"]), JSON.stringify(row)).toBeGreaterThan(0.75);
  });

  it("first token: its share of sinks is that of the distribution of a + β·v, 1/n without a head start", () => {
    const rows = rowsOf(answer("first-token"), "first-token-table");
    expect(rows).toHaveLength(2 * 3 + 2 * 3 + 2 * 3);
    for (const row of rows.filter(({ normalizer }) => normalizer === "softmax")) {
      // Bonferroni's bound for 15 intervals: the exact ones at 96 runs, widened by half.
      const [low, high] = [Number(row["wins, low"]), Number(row["wins, high"])];
      const line = Number(row["line"]);
      expect(Math.abs(line - Number(row["wins"])), JSON.stringify(row)).toBeLessThan(0.75 * (high - low));
      if (row["δ"] === "0") expect(line).toBeCloseTo(1 / Number(row["tokens"]), 12);
      // With zero logits the token leads as soon as it has a head start, and none does before.
      if (row["scale of logits"] === "0") expect(row["leads"]).toBe(row["δ"] === "0" ? "" : "1");
    }
  });

  it("normalizers: softmax does not see the mean of logits, uniform weights never polarize and lower the loss all the same", () => {
    const rows = rowsOf(answer("normalizers"), "normalizers-table");
    const of = (group: string, normalizer: string) => rows.find((row) => row["group"] === group && row["normalizer"] === normalizer) ?? {};
    for (const title of ["polarized", "logit leads"]) expect(of("mean 1", "softmax")[title]).toBe(of("mean 0", "softmax")[title]);
    // The difference is that of the shares, −1, and all 24 runs differ: p = 2·2⁻²⁴, times Holm's 2 within the group.
    const uniform = of("mean 1", "uniform");
    expect(Number(uniform["difference"])).toBe(-1);
    expect(Number(uniform["p"])).toBeCloseTo(2 ** -22, 12);
    expect(uniform["softmax's winner"]).toBe("");
    expect(of("mean 1", "softmax")["difference"]).toBe("");
    const losses = rowsOf(answer("normalizers"), "normalizers-loss");
    const loss = losses.find((row) => row["group"] === "mean 1" && row["normalizer"] === "uniform");
    // m = t-dependent with equal weights: m' = −ℓ′(m)/n, so t = n (m + e^m − m₀ − e^m₀), with loss 0.01 at m = −log(e^0.01 − 1).
    const m = -Math.log(Math.expm1(0.01));
    const time = 8 * (m + Math.exp(m) - 1);
    // m₀, of spread 0.1/√8, counts for t by (1 + e^m₀)·n·m₀: less than 1 %; a median over 24 runs is nearer.
    expect(Number(loss?.["time to loss 0.01"]) / time).toBeCloseTo(1, 2);
  });

  it("the report of any sweep over losses and normalizers, or over head starts, has the same answers", async () => {
    const Plot = await loadPlot();
    const [{ report } = { report: undefined }] = Object.values(answer("polarization").results);
    const whole = await answersOf(Plot, report as SweepReport);
    expect(whole.html).toContain(answer("polarization").sentences[1]);
    expect(Object.keys(whole.files)).toEqual(["figures/polarization-table.csv"]);
    const starts = answer("first-token").results["zero"]?.report as SweepReport;
    const { files, html, figures } = await answersOf(Plot, starts);
    expect(figures.map(({ name }) => name)).toEqual(["first-token"]);
    // The same shares, without those of the start, which need rows.
    const rows = rowsOf(answer("first-token"), "first-token-table").slice(0, 6);
    const lines = files["figures/first-token-table.csv"]?.trimEnd().split("\n").slice(1) ?? [];
    expect(lines.map((line) => Number(line.split(",")[6]))).toEqual(rows.map((row) => Number(row["wins"])));
    expect(html).toContain("The δ that wins half of the runs is");
    // Without rows nothing is said of what needs them; with rows the numbers are those of the question.
    const other = answer("normalizers").results["equal"] as SourceResult;
    expect((await answersOf(Plot, other.report)).html).toBe("");
    const paired = await answersOf(Plot, other.report, async () => [...other.runs]);
    expect(Object.keys(paired.files)).toEqual(["figures/normalizers-table.csv", "figures/normalizers-loss.csv"]);
    const own = rowsOf(answer("normalizers"), "normalizers-table").filter(({ group }) => group === "equal logits");
    const told = paired.files["figures/normalizers-table.csv"]?.trimEnd().split("\n").slice(1) ?? [];
    for (const [i, line] of told.entries())
      expect(line.split(",").slice(1, 4)).toEqual(["normalizer", "runs", "polarized"].map((title) => own[i]?.[title]));
  });

  it("makes a page that loads nothing, with every figure, table and sentence, and no hole in it", () => {
    const all = [...answers.values()];
    const page = questionsPage(all, { sinkflow: "0.0.0", engine: "cpu", adapter: null });
    expect(page.match(/.{0,60}(?:NaN|undefined|Infinity|<script|https?:\/\/(?!www\.w3\.org)).{0,20}/)?.[0]).toBeUndefined();
    for (const { study, sentences, figures, tables } of all) {
      expect(page).toContain(`id="${study.name}"`);
      expect(sentences[0]).toMatch(/\[\d/); // an interval
      for (const { svg, csv } of figures) {
        expect(svg).not.toMatch(/NaN|undefined/);
        expect(csv.split("\n").length).toBeGreaterThan(4);
      }
      for (const { name } of [...tables, ...figures]) expect(page).toContain(`download="${name}.csv"`);
    }
    // Names of files are those of one figure or table each.
    const names = all.flatMap(({ figures, tables }) => [...figures, ...tables].map(({ name }) => name));
    expect(new Set(names).size).toBe(names.length);
  });
});

it("every question is listed once, and its specifications are there", () => {
  const names = questions.studies.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { sources } of questions.studies)
    for (const { file, set = [], vectors = [] } of Object.values<Source>(sources)) {
      const { points } = readSpecification(readFileSync(join(folder, file), "utf8"), file, set);
      for (const { ensemble } of points) expect(ensemble.record.vectors || vectors.length === 0, file).toBe(true);
      // All points have as many runs: --runs sets those of all.
      expect(new Set(points.map(({ ensemble }) => ensemble.runs)).size, file).toBe(1);
    }
});
