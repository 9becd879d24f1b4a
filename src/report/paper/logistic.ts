import { seriesColors } from "../../model/palette.ts";
import type { Proportion } from "../../statistics/proportion.ts";
import { percent, short } from "../format.ts";
import type { Figure, PlotModule } from "../plot.ts";
import { timeFigure } from "../timeFigure.ts";
import { sideBySide, tokenLegend, tokenRow } from "./lines.ts";
import { agreementRow, differenceRow, endRows, manyOf, predictorRow } from "./numbers.ts";
import { agreementSentence, bandNote, differenceSentence, medianAndRange, ofStarts, thresholdOf } from "./phrases.ts";
import { agreement, type Compared, last, pointOf, pullsOf, singleOf, sinkOf } from "./results.ts";
import type { Experiment, NumberRow } from "./types.ts";

const [color = ""] = seriesColors;
/** Descent ends at t = 10⁴, as the paper's own run does, and the flow at t = 10⁵. Descent records the times of the flow up to its end. */
const descends = ["integrator={kind: euler, step: 0.1}", "until.time=1e4", "record.times={from: 0.1, to: 1e4, count: 61}"];

export const logistic: Experiment<"start" | "start-descent" | "many" | "descent"> = {
  name: "logistic",
  title: "Logistic loss from zero logits",
  about:
    "n = d = 8, zero logits, values of scale 0.1. Gradient descent as in the paper, 100,000 steps at rate 0.1, ends at t = 10⁴; the flow, which takes longer steps, goes on to t = 10⁵. Weights, and u = Vᵀβ, what each token's value adds to the margin.",
  sources: {
    start: { file: "logistic-start.yaml" },
    "start-descent": { file: "logistic-start.yaml", set: descends },
    many: { file: "logistic.yaml" },
    descent: { file: "logistic.yaml", set: [...descends, "runs=64", "record.trajectories=0"] },
  },
  section(Plot, { start, "start-descent": startDescent, many, descent }) {
    const authors = { flow: singleOf(start), descent: singleOf(startDescent) };
    const point = pointOf(many);
    const { times = [], polarized = [] } = point.overTime ?? {};
    const data: Data = {
      authors,
      many: point,
      end: authors.descent.run.times.length - 1,
      early: polarized[times.findIndex((time) => Math.abs(time / 1e4 - 1) < 1e-9)],
      same: agreement(point.sinks, pointOf(descent).sinks),
    };
    return { figures: figures(Plot, data), sentences: sentences(data), numbers: numbers(data) };
  },
};

interface Data extends Compared {
  /** Index of t = 10⁴ among the recorded times. */
  end: number;
  /** Share of many starts that have polarized by t = 10⁴. */
  early: Proportion | undefined;
}

const figures = (Plot: PlotModule, { authors, many }: Data): Figure[] => [
  timeFigure(
    Plot,
    {
      name: "logistic",
      title: "Weights, and u = Vᵀβ",
      caption: `Left, the authors' start: each line a token under the flow, the winner in color; dots, gradient descent at their learning rate. Right, many starts: the token that is the winner at the end, and the largest of the others; ${bandNote(many)}`,
    },
    sideBySide,
    [tokenRow("weight", color, authors, many, ({ weights }) => weights, [0, 1]), tokenRow("u = Vᵀβ", color, authors, many, pullsOf)],
    { legend: tokenLegend(color) },
  ),
];

function sentences({ authors, many, end, early, same }: Data): string[] {
  const { runs, polarized, polarizationTime, sinkShare, predictors } = many;
  const { report, run } = authors.flow;
  const sink = sinkOf(run);
  const threshold = thresholdOf(many);
  return [
    `From the authors' start token ${sink} holds ${short(run.weights[end]?.[sink])} of the weight at t = 10⁴ and ${short(last(run.weights)[sink])} at t = 10⁵, having passed ${threshold} at t = ${short(report.polarizationTime?.median)}.`,
    `One token passed ${threshold} by t = 10⁴ in ${percent(early)} and by t = 10⁵ in ${ofStarts(polarized, runs)}, at a median t = ${medianAndRange(polarizationTime)}; at the end the largest share is ${medianAndRange(sinkShare)}.`,
    `The token that was best aligned at the start won in ${percent(predictors.alignment)} of them.`,
    agreementSentence(same),
    differenceSentence(authors),
  ];
}

function numbers({ authors, many, end, early, same }: Data): NumberRow[] {
  const { flow, descent } = authors;
  return [
    ...endRows("", authors, many, false),
    {
      what: "largest share at t = 10⁴",
      flow: Math.max(...(flow.run.weights[end] as number[])),
      descent: descent.report.sinkShare?.median,
    },
    {
      what: `reached share ${thresholdOf(many)} by t = 10⁴ (1: yes)`,
      descent: descent.report.polarized?.share,
      many: manyOf(early, many.runs),
    },
    predictorRow("", "alignment", flow.report, many),
    differenceRow("", authors),
    agreementRow("", same),
  ];
}
