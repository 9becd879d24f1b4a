import { seriesColors } from "../../model/palette.ts";
import { percent, short } from "../format.ts";
import type { Figure, PlotModule } from "../plot.ts";
import { muted } from "../theme.ts";
import { timeFigure } from "../timeFigure.ts";
import { runBand, runLine, tokenLines } from "./lines.ts";
import { agreementRow, differenceRow, endRows, predictorRow, resultRow } from "./numbers.ts";
import { agreementSentence, bandNote, differenceSentence, medianAndRange, ofStarts, thresholdOf } from "./phrases.ts";
import { agreement, authorsOf, type Compared, last, type PointResult, pointOf, type RunNumber, sinkOf } from "./results.ts";
import type { Experiment, NumberRow } from "./types.ts";

const sizes = [10, 20, 50, 100] as const;
type Size = (typeof sizes)[number];
/** The size of the authors' start. */
const own = 10;
const colors = Object.fromEntries(sizes.map((size, i) => [size, seriesColors[i] as string])) as Record<Size, string>;
const panels = [`authors' start, D = ${own}`, "many starts, D = 10 to 100"] as const;

export const tied: Experiment<"start" | "many" | "descent"> = {
  name: "tied",
  title: "One matrix in both places",
  about:
    "The tied model z = U a, p = σ(z), y = U p, with U = I at the start, a = 1 + 0.1·N(0, 1), ‖β‖ = 1, D tokens of D dimensions, logistic loss, learning rate 0.05 for 10,000 steps: t = 500.",
  sources: {
    start: { file: "tied-start.yaml" },
    many: { file: "tied.yaml" },
    descent: {
      file: "tied.yaml",
      set: ["integrator={kind: euler, step: 0.05}", `grid.tokens=[${own}]`, "runs=64", "record.trajectories=0"],
    },
  },
  section(Plot, { start, many, descent }) {
    const bySize = sizes.map((size) => ({ size, point: pointOf(many, ({ tokens }) => tokens === size) }));
    const [{ point: first }] = bySize as [SizeResult];
    const data: Data = { authors: authorsOf(start), many: first, same: agreement(first.sinks, pointOf(descent).sinks), bySize };
    return { figures: figures(Plot, data), sentences: sentences(data), numbers: numbers(data) };
  },
};

interface SizeResult {
  size: Size;
  point: PointResult;
}

/** Results. Those of `Compared` are of the authors' size. */
interface Data extends Compared {
  bySize: readonly SizeResult[];
}

function figures(Plot: PlotModule, { authors: { flow, descent }, many, bySize }: Data): Figure[] {
  const run = { panel: panels[0], series: "run", color: colors[own] };
  const token = { panel: panels[0], color: colors[own], sink: sinkOf(flow.run) };
  const bands = (of: RunNumber) =>
    bySize.flatMap(({ size, point }) => runBand({ panel: panels[1], series: String(size), color: colors[size] }, point, of));
  const loss: RunNumber = (run, j) => run.loss[j] as number;
  const tokenRow = (label: string, of: "weights" | "valueNorms") => ({
    label,
    lines: tokenLines(token, flow.run, (run) => run[of]),
    dots: tokenLines(token, descent.run, (run) => run[of]),
    bands: bands((run, j) => run[of][j]?.[sinkOf(run)] as number),
  });
  return [
    timeFigure(
      Plot,
      {
        name: "tied",
        title: "Loss, weights, and the norm of the winner's column",
        caption: `Left, the authors' start: lines, the flow; dots, gradient descent at their learning rate; of weights and norms each token's, the winner's in color. Right, many starts by D: the winner's; ${bandNote(many)}`,
      },
      panels,
      [
        { label: "loss", log: true, lines: runLine(run, flow.run, loss), dots: runLine(run, descent.run, loss), bands: bands(loss) },
        { ...tokenRow("weight", "weights"), domain: [0, 1] },
        tokenRow("norm of column", "valueNorms"),
      ],
      { legend: [...sizes.map((size) => ({ label: `D = ${size}`, color: colors[size] })), { label: "other tokens", color: muted }] },
    ),
  ];
}

function sentences({ authors, many, same, bySize }: Data): string[] {
  const { report, run } = authors.flow;
  const sink = sinkOf(run);
  const each = (say: (point: PointResult) => string) => bySize.map(({ size, point }) => `D = ${size}, ${say(point)}`).join("; ");
  const predicted = (by: "alignment" | "logit") =>
    bySize.map(({ size, point }) => `${percent(point.predictors[by])} at D = ${size}`).join("; ");
  return [
    `From the authors' start token ${sink} holds ${short(last(run.weights)[sink])} of the weight at t = 500, and its column has grown from 1 to ${short(last(run.valueNorms)[sink])}, ${short(report.massiveActivation.normRatio?.median)} times the median column.`,
    `One token passed ${thresholdOf(many)}: ${each(({ polarized, runs, polarizationTime }) => `${ofStarts(polarized, runs)}, at a median t = ${short(polarizationTime?.median)}`)}.`,
    `The norm of the winner's column over the median one: ${each(({ massiveActivation }) => medianAndRange(massiveActivation.normRatio))}.`,
    ...(report.predictors.logit?.share === 1 && report.predictors.alignment?.share === 1
      ? ["In the authors' start one token has both the largest logit and the largest β_i, and wins: so it can't tell which decides."]
      : []),
    `The best aligned token at the start, which with U = I is that of the largest β_i, won in ${predicted("alignment")}; that of the largest logit in ${predicted("logit")}.`,
    agreementSentence(same, ` at D = ${own}`),
    differenceSentence(authors),
  ];
}

function numbers({ authors, same, bySize }: Data): NumberRow[] {
  const { flow, descent } = authors;
  const single = { flow: flow.report, descent: descent.report };
  return bySize.flatMap(({ size, point }): NumberRow[] => {
    const name = `D = ${size}: `;
    const rows = [
      ...endRows(name, authors, point),
      resultRow(`${name}norm of the winner's column`, ({ massiveActivation }) => massiveActivation.sinkNorm, point, single),
      resultRow(`${name}that over the median column's`, ({ massiveActivation }) => massiveActivation.normRatio, point, single),
      predictorRow(name, "alignment", flow.report, point),
    ];
    if (size === own) return [...rows, differenceRow(name, authors), agreementRow(name, same)];
    return rows.map(({ what, many }) => ({ what, many }));
  });
}
