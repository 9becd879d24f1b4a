import { seriesColors } from "../../model/palette.ts";
import { percent, short } from "../format.ts";
import type { Figure, PlotModule } from "../plot.ts";
import type { SourceResult } from "../study.ts";
import { type PanelRow, timeFigure } from "../timeFigure.ts";
import { runBand, runLine, sideBySide, tokenLines } from "./lines.ts";
import { agreementRow, differenceRow, endRows, predictorRow } from "./numbers.ts";
import { agreementSentence, bandNote, differenceSentence, medianAndRange, ofStarts, quartileNote, starts, thresholdOf } from "./phrases.ts";
import { type Place, placeFigure } from "./placeFigure.ts";
import { type Agreement, type Authors, agreement, authorsOf, type PointResult, pointOf, type RunNumber, sinkOf } from "./results.ts";
import type { Experiment, NumberRow } from "./types.ts";

const conditions = [1, 2, 3, 4, 5] as const;
type Condition = (typeof conditions)[number];
/** The condition number at which descent is run from many starts. */
const compared = 5;
/** What the authors' start of a condition number is called, in examples/paper/ and in the names of results. */
const startNames = { 1: "start-a", 2: "start-b", 3: "start-c", 4: "start-d", 5: "start-e" } as const satisfies Record<Condition, string>;

export const regression: Experiment = {
  name: "regression",
  title: "Regression by condition number",
  about:
    "‖X y − b‖² with n = d = 20 and 20 samples, values of scale 10⁻⁵, logits of scale 10⁻³, X of condition number κ, learning rate 0.001 for 100,000 steps: t = 100. All starts share one X; values and b are as likely in any direction, so that only its singular values count.",
  sources: {
    ...Object.fromEntries(conditions.map((kappa) => [startNames[kappa], { file: `regression-${startNames[kappa]}.yaml` }])),
    many: { file: "regression.yaml" },
    descent: {
      file: "regression.yaml",
      set: ["integrator={kind: euler, step: 0.001}", `grid={loss.conditionNumber: [${compared}]}`, "runs=16", "record.trajectories=0"],
    },
  },
  section(Plot, results) {
    const many = (kappa: Condition) =>
      pointOf(results["many"] as SourceResult, ({ loss }) => loss.kind === "regression" && loss.conditionNumber === kappa);
    const all = conditions.map((kappa, i) => ({
      kappa,
      name: `κ = ${kappa}`,
      color: seriesColors[i] ?? "",
      authors: authorsOf(results[startNames[kappa]] as SourceResult),
      many: many(kappa),
    })) as [ConditionResult, ...ConditionResult[]];
    const same = agreement(many(compared).sinks, pointOf(results["descent"] as SourceResult).sinks);
    return {
      figures: [gradients(Plot, all), logits(Plot, all), placeFigure(Plot, "regression-places", "largest weight", all)],
      sentences: sentences(all, same),
      numbers: numbers(all, same),
    };
  },
};

/** Results at a condition number. */
interface ConditionResult extends Place {
  kappa: Condition;
  many: PointResult;
}
type All = readonly [ConditionResult, ...ConditionResult[]];

const largestWeight: RunNumber = (run, j) => Math.max(...(run.weights[j] as number[]));

function gradients(Plot: PlotModule, all: All): Figure {
  const lines = (of: RunNumber, method: keyof Authors) =>
    all.flatMap(({ kappa, color, authors }) => runLine({ panel: sideBySide[0], series: String(kappa), color }, authors[method].run, of));
  const row = (label: string, of: RunNumber, more: Pick<PanelRow, "log" | "domain">): PanelRow => ({
    label,
    lines: lines(of, "flow"),
    dots: lines(of, "descent"),
    quartiles: true,
    bands: all.flatMap(({ kappa, color, many }) => runBand({ panel: sideBySide[1], series: String(kappa), color }, many, of)),
    ...more,
  });
  return timeFigure(
    Plot,
    {
      name: "regression",
      title: "Loss, gradients and the largest weight",
      caption: `Left, the authors' start: lines, the flow; dots, gradient descent at their learning rate. (X of κ = 2, 3, 4 has the singular vectors of theirs.) Right, many starts: ${quartileNote(all[0].many)}`,
    },
    sideBySide,
    [
      row("loss", (run, j) => run.loss[j] as number, { log: true, domain: [1e-8, 100] }),
      row("‖∂L/∂V‖", (run, j) => run.gradientNorms[j]?.[0] as number, { log: true }),
      row("‖∂L/∂a‖", (run, j) => run.gradientNorms[j]?.[1] as number, { log: true }),
      row("largest weight", largestWeight, { domain: [0, 1] }),
    ],
    { legend: all.map(({ name, color }) => ({ label: name, color })), linearTime: true },
  );
}

function logits(Plot: PlotModule, all: All): Figure {
  const tokens = (method: keyof Authors) =>
    all.flatMap(({ name, color, authors }) => {
      const { run } = authors[method];
      return tokenLines({ panel: name, color, sink: sinkOf(run) }, run, ({ logits }) => logits);
    });
  const weights = all.flatMap(({ name, color, many }) => runBand({ panel: name, series: "largest", color }, many, largestWeight));
  return timeFigure(
    Plot,
    {
      name: "regression-logits",
      title: "Logits and the largest weight by condition number",
      caption: `Above, the authors' start: each line a token under the flow, the winner in color; dots, gradient descent at their learning rate. Below, many starts: the largest weight; ${bandNote(all[0].many)}`,
    },
    all.map(({ name }) => name),
    [
      { label: "logit", lines: tokens("flow"), dots: tokens("descent") },
      { label: "largest weight, many starts", bands: weights, domain: [0, 1] },
    ],
    { linearTime: true },
  );
}

function sentences(all: All, same: Agreement): string[] {
  const each = (say: (result: ConditionResult) => string, separator: string) =>
    all.map((result) => `${say(result)} at ${result.name}`).join(separator);
  return [
    `From the authors' start the largest weight at t = 100 is ${each(({ authors }) => short(authors.flow.report.sinkShare?.median), ", ")}.`,
    `Over starts it is ${each(({ many }) => medianAndRange(many.sinkShare), "; ")}.`,
    `One token passed ${thresholdOf(all[0].many)} by then in ${each(({ many }) => percent(many.polarized), "; ")} (${starts(all[0].many)} each).`,
    ...all.flatMap(unlike),
    agreementSentence(same, ` at κ = ${compared}`),
    differenceSentence(...all.map(({ authors }) => authors)),
  ];
}

/**
 * A sentence where the authors' run polarizes and less than nine in ten starts do, or where it does not and more than one in a
 * hundred do. The end of the 95 % interval that is closer to the bound decides.
 */
function unlike({ name, authors, many }: ConditionResult): string[] {
  if (!many.polarized) return [];
  const [low, high] = many.polarized.interval;
  const once = authors.flow.report.polarized?.share === 1;
  const [threshold, share] = [thresholdOf(many), ofStarts(many.polarized, many.runs)];
  if (!once && low > 0.01) return [`At ${name} the authors' run does not reach ${threshold}; ${share} do.`];
  return once && high < 0.9 ? [`At ${name} the authors' run reaches ${threshold}; only ${share} do.`] : [];
}

const numbers = (all: All, same: Agreement): NumberRow[] =>
  all.flatMap(({ kappa, name, authors, many }) => [
    ...endRows(`${name}: `, authors, many),
    predictorRow(`${name}: `, "logit", authors.flow.report, many),
    differenceRow(`${name}: `, authors),
    ...(kappa === compared ? [agreementRow(`${name}: `, same)] : []),
  ]);
