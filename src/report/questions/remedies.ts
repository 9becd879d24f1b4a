import { squared } from "../../model/mathematics.ts";
import { seriesColors } from "../../model/palette.ts";
import { csvOf } from "../../results/csv.ts";
import type { Numbers, RunNumbers } from "../../results/runNumbers.ts";
import { type Proportion, proportion } from "../../statistics/proportion.ts";
import { exactQuantiles, type Quantiles } from "../../statistics/quantiles.ts";
import { listed, percent, short } from "../format.ts";
import { type Figure, type PlotModule, renderSvg } from "../plot.ts";
import type { SourceResult } from "../study.ts";
import { figureWidth } from "../theme.ts";
import { stacked } from "../timeFigure.ts";
import type { Table } from "./table.ts";
import type { Question } from "./types.ts";
import { medianOf } from "./words.ts";

/** A loss below this is an error of 0: the run has settled. */
const settledAt = 1e-10;
/** Weights are equal where Σp² is within this part of 1/n. */
const equalWithin = 0.01;

export const remedies: Question<"runs"> = {
  name: "remedies",
  title: "Do large steps and label noise take the sink away?",
  about:
    "Gradient descent under square loss and softmax for 3,000 steps, from logits of spread 2, by learning rate η and by the standard deviation of normals that are added to the target at every step. Σp² is 1 where one token has all weight, and 1/n at equal weights. Without noise a run that settles has met its target; the curvature there is at least Σp², and steps of η settle only where it is below 2/η.",
  sources: { runs: { file: "remedies.yaml", columns: ["loss"], vectors: ["initialLogits", "weights"] } },
  section(Plot, { runs }) {
    const cells = cellsOf(runs);
    return { sentences: sentences(cells), figures: [overRates(Plot, cells)], tables: [table(cells)] };
  },
};

/** What the runs of a point came to. */
export interface Cell {
  tokens: number;
  rate: number;
  scale: number;
  runs: number;
  /** Σp² at the end, of each run that ended soundly, and whether its loss was 0 then. */
  squares: number[];
  settled: boolean[];
}

function cellsOf({ report: { points }, runs }: SourceResult): Cell[] {
  return points.map(({ ensemble, parameters }, i) => {
    const { columns, vectors } = runs[i] as RunNumbers;
    const loss = columns.loss as Numbers;
    const sound = [...loss.keys()].filter((run) => !Number.isNaN(loss[run]));
    return {
      tokens: ensemble.tokens,
      rate: Number(parameters["optimizer.learningRate"]),
      scale: Number(parameters["noise.scale"]),
      runs: ensemble.runs,
      squares: sound.map((run) => (vectors.weights ?? []).reduce((sum, p) => sum + squared(p[run] as number), 0)),
      settled: sound.map((run) => (loss[run] as number) < settledAt),
    };
  });
}

/** Whether more than half of the runs did not diverge. */
const isMostlySound = ({ squares, runs }: Cell): boolean => squares.length > runs / 2;
const quantilesOf = ({ squares }: Cell): Quantiles | undefined => (squares.length > 0 ? exactQuantiles(squares) : undefined);
const equalShare = ({ squares, tokens, runs }: Cell): Proportion | undefined =>
  proportion(squares.filter((x) => x <= (1 + equalWithin) / tokens).length, runs);

export function sentences(cells: readonly Cell[]): string[] {
  const rates = [...new Set(cells.map(({ rate }) => rate))].sort((x, y) => x - y);
  const scales = [...new Set(cells.map(({ scale }) => scale))].sort((x, y) => x - y);
  const at = (rate: number | undefined, scale: number | undefined) =>
    cells.find((cell) => cell.rate === rate && cell.scale === scale) as Cell;
  const median = (cell: Cell) => short(quantilesOf(cell)?.median);
  const [least, most] = [rates[0] as number, rates.at(-1) as number];
  const quiet = rates.map((rate) => at(rate, 0));
  const bounded = quiet.filter(({ rate }) => rate > 2);
  const settled = bounded.flatMap(({ squares, settled: is, rate }) => squares.filter((_, i) => is[i]).map((x) => x < 2 / rate));
  const byNoise = scales.slice(1).map((scale) => `${median(at(1, scale))} at ${scale}`);
  const strongest = scales.at(-1) as number;
  const worse = cells.filter(
    (cell) => cell.scale > 0 && isMostlySound(cell) && (quantilesOf(cell)?.median ?? 0) > (quantilesOf(at(cell.rate, 0))?.median ?? 1),
  );
  const raised = worse.map((cell) => `to a median of ${median(cell)} at η = ${cell.rate} and noise ${cell.scale}`);
  const lost = (cell: Cell) => cell.runs - cell.squares.length;
  const diverging = rates.filter((rate) => lost(at(rate, strongest)) > 0);
  const diverged = diverging.map((rate) => `${lost(at(rate, 0))} and ${lost(at(rate, strongest))} of ${at(rate, 0).runs} at η = ${rate}`);
  const loudest = at(1, strongest);
  return [
    `Both do. Without noise Σp² ends at a median of ${median(at(least, 0))} at η = ${least} and at ${median(at(most, 0))} at η = ${most}: large steps forbid focus. Of the ${settled.length} runs without noise that settled at η = ${listed(bounded.map(({ rate }) => String(rate)))}, ${percent(proportion(settled.filter(Boolean).length, settled.length))} have Σp² below 2/η, as theory says.`,
    `Label noise takes weights toward equal ones, the faster the larger it is: at η = 1, after 3,000 steps, the median of Σp² is ${median(at(1, 0))} without noise, ${byNoise.join(", ")}; 1/n is ${short(1 / loudest.tokens)}. With s = ${loudest.scale} all weights are equal, with Σp² within ${100 * equalWithin} % of 1/n, in ${percent(equalShare(loudest))} of runs.`,
    ...(raised.length > 0 ? [`Together they can go too far: noise raises Σp² ${listed(raised)}.`] : []),
    ...(diverged.length > 0 ? [`Runs diverged, without noise and with noise ${strongest}: ${listed(diverged)}.`] : []),
  ];
}

function overRates(Plot: PlotModule, cells: readonly Cell[]): Figure {
  const scales = [...new Set(cells.map(({ scale }) => scale))];
  const colorOf = (scale: number) => seriesColors[scales.indexOf(scale)] as string;
  const rates = [...new Set(cells.map(({ rate }) => rate))];
  const dots = cells.flatMap((cell) => {
    const q = quantilesOf(cell);
    return q && isMostlySound(cell)
      ? [{ x: cell.rate, scale: cell.scale, color: colorOf(cell.scale), median: q.median, low: q.q25, high: q.q75 }]
      : [];
  });
  const [{ tokens }] = cells as [Cell];
  const [low, high] = [Math.min(...rates), Math.max(...rates)];
  const along = Array.from({ length: 80 }, (_, i) => low * (high / low) ** (i / 79));
  const bounds = [
    ...along.map((x) => ({ line: "2/η", x, y: 2 / x })).filter(({ y }) => y <= 1),
    ...along.map((x) => ({ line: "1/n", x, y: 1 / tokens })),
  ];
  const height = 320;
  const svg = renderSvg(Plot, {
    width: figureWidth,
    height,
    marginLeft: 60,
    marginRight: 24,
    marginTop: 30,
    marginBottom: 44,
    x: { type: "log", base: 2, label: "learning rate η", domain: [0.85 * low, high / 0.85], ticks: rates, tickFormat: String },
    y: { label: "Σp² at the end", domain: [0, 1], grid: true },
    color: { type: "identity" },
    marks: [
      Plot.line(bounds, { x: "x", y: "y", z: "line", stroke: "currentColor", strokeOpacity: 0.6, strokeDasharray: "6,3" }),
      Plot.areaY(dots, { x: "x", y1: "low", y2: "high", z: "scale", fill: "color", fillOpacity: 0.16 }),
      Plot.line(dots, { x: "x", y: "median", z: "scale", stroke: "color", strokeWidth: 2 }),
      Plot.dot(dots, { x: "x", y: "median", fill: "color", r: 3.5 }),
    ],
  });
  return {
    name: "remedies",
    title: "Large steps and label noise",
    caption:
      "Σp² after 3,000 steps by learning rate, a line for each scale of the noise: the median of runs, and 25 to 75 % of them. Left out where half of the runs diverged or more. Dashed: 2/η, below which a run without noise settles, and 1/n.",
    svg: stacked(
      [{ svg, height }],
      scales.map((scale) => ({ label: scale === 0 ? "no noise" : `noise ${scale}`, color: colorOf(scale) })),
    ),
    csv: csvOf(
      ["what", "learningRate", "noise.scale", "median", "q25", "q75"],
      [
        ...dots.map(({ x, scale, median, low, high }) => ["runs", x, scale, median, low, high]),
        ...bounds.map(({ line, x, y }) => [line, x, undefined, y, undefined, undefined]),
      ],
    ),
  };
}

const table = (cells: readonly Cell[]): Table => ({
  name: "remedies-table",
  title: `By learning rate and scale of the noise: runs; those whose loss is below ${settledAt} at the end; the median of Σp², with where 90 % of runs lie; and the share of runs in which it is within ${100 * equalWithin} % of 1/n.`,
  columns: [
    { title: "learning rate", holds: "number" },
    { title: "noise", holds: "number" },
    { title: "runs", holds: "count" },
    { title: "settled", holds: "share" },
    { title: "Σp²", holds: "estimate" },
    { title: "equal weights", holds: "share" },
  ],
  rows: cells.map((cell) => [
    cell.rate,
    cell.scale,
    cell.runs,
    proportion(cell.settled.filter(Boolean).length, cell.runs),
    medianOf(quantilesOf(cell)),
    equalShare(cell),
  ]),
});
