import { seriesColors } from "../../model/palette.ts";
import { percent, short } from "../format.ts";
import type { Figure, PlotModule } from "../plot.ts";
import { type PanelRow, timeFigure } from "../timeFigure.ts";
import { runBand, runLine, sideBySide, tokenLegend, tokenRow } from "./lines.ts";
import { agreementRow, differenceRow, endRows, predictorRow } from "./numbers.ts";
import { agreementSentence, bandNote, differenceSentence, medianAndRange, ofStarts, thresholdOf } from "./phrases.ts";
import { agreement, authorsOf, type Compared, last, pointOf, type RunNumber, sinkOf } from "./results.ts";
import type { Experiment, NumberRow } from "./types.ts";

const [color = ""] = seriesColors;

export const crossEntropy: Experiment<"start" | "many" | "descent"> = {
  name: "cross-entropy",
  title: "Cross-entropy to a distribution",
  about:
    "n = d = k = 10, zero logits, values of scale 0.1, the target distribution softmax(10·U(0, 1)), learning rate 0.1 for 100,000 steps: t = 10⁴. The loss can't fall below the target's entropy.",
  sources: {
    start: { file: "cross-entropy-start.yaml" },
    many: { file: "cross-entropy.yaml" },
    descent: { file: "cross-entropy.yaml", set: ["integrator={kind: euler, step: 0.1}", "runs=32", "record.trajectories=0"] },
  },
  section(Plot, { start, many, descent }) {
    const point = pointOf(many);
    const data: Compared = { authors: authorsOf(start), many: point, same: agreement(point.sinks, pointOf(descent).sinks) };
    return { figures: figures(Plot, data), sentences: sentences(data), numbers: numbers(data) };
  },
};

function figures(Plot: PlotModule, { authors, many }: Compared): Figure[] {
  const about = { panel: sideBySide[0], series: "run", color };
  const row = (label: string, of: RunNumber, log = false): PanelRow => ({
    label,
    log,
    lines: runLine(about, authors.flow.run, of),
    dots: runLine(about, authors.descent.run, of),
    bands: runBand({ panel: sideBySide[1], series: "all", color }, many, of),
  });
  return [
    timeFigure(
      Plot,
      {
        name: "cross-entropy",
        title: "Loss, gradients, logits and weights",
        caption: `Left, the authors' start: lines, the flow; dots, gradient descent at their learning rate; of logits and weights each token's, the winner's in color. Right, many starts: of logits and weights the winner's and the largest of the others; ${bandNote(many)}`,
      },
      sideBySide,
      [
        row("loss", (run, j) => run.loss[j] as number),
        row("‖∂L/∂V‖", (run, j) => run.gradientNorms[j]?.[0] as number, true),
        row("‖∂L/∂a‖", (run, j) => run.gradientNorms[j]?.[1] as number, true),
        tokenRow("logit", color, authors, many, ({ logits }) => logits),
        tokenRow("weight", color, authors, many, ({ weights }) => weights, [0, 1]),
      ],
      { legend: tokenLegend(color) },
    ),
  ];
}

function sentences({ authors, many, same }: Compared): string[] {
  const { runs, polarized, polarizationTime, sinkShare, predictors, status } = many;
  const { report, run } = authors.flow;
  const sink = sinkOf(run);
  const threshold = thresholdOf(many);
  return [
    `From the authors' start token ${sink} holds ${short(last(run.weights)[sink])} of the weight at t = 10⁴, having passed ${threshold} at t = ${short(report.polarizationTime?.median)}.`,
    `One token passed ${threshold} by then in ${ofStarts(polarized, runs)}, at a median t = ${medianAndRange(polarizationTime)}; at the end the largest weight is ${medianAndRange(sinkShare)}.`,
    `The token that was best aligned at the start won in ${percent(predictors.alignment)} of them.`,
    `${status.converged} of ${runs} runs came to rest by t = 10⁴.`,
    agreementSentence(same),
    differenceSentence(authors),
  ];
}

const numbers = ({ authors, many, same }: Compared): NumberRow[] => [
  ...endRows("", authors, many),
  predictorRow("", "alignment", authors.flow.report, many),
  differenceRow("", authors),
  agreementRow("", same),
];
