import { none } from "../../model/columns.ts";
import type { Ensemble } from "../../model/ensemble.ts";
import { exp } from "../../model/mathematics.ts";
import { seriesColors } from "../../model/palette.ts";
import { csvOf } from "../../results/csv.ts";
import type { Numbers, RunNumbers } from "../../results/runNumbers.ts";
import { pairedShares } from "../../statistics/pairedShares.ts";
import { type Proportion, proportion } from "../../statistics/proportion.ts";
import { alignedClaim } from "../claims.ts";
import type { GridCell, GridQuantity } from "../figures/gridCells.ts";
import { matrix } from "../figures/gridPlots.ts";
import { label, listed, percent, points, shareText, short } from "../format.ts";
import { type Figure, type PlotModule, renderSvg } from "../plot.ts";
import { spaced } from "../spaced.ts";
import type { Source, SourceResult } from "../study.ts";
import { muted } from "../theme.ts";
import { curves } from "./curves.ts";
import type { Table } from "./table.ts";
import type { Answer, Question } from "./types.ts";

/** Which token of a start is meant. */
export const chosen = {
  best: "best aligned token",
  least: "token of the least positive advantage",
  mode: "token of the largest a + β·v/‖β‖",
} as const;
export type Chosen = keyof typeof chosen;
const all = Object.keys(chosen) as Chosen[];

/** What an analysis needs of the runs. */
export const wanted = { columns: ["sink", "byMode"], vectors: ["initialLogits", "initialAlignments"] } as const;
const atRate = (rate: number, steps: number): Source => ({
  file: "adam-memory.yaml",
  set: [`optimizer.learningRate=${rate}`, `until.steps=${steps}`],
  ...wanted,
});

export const adamMemory: Question<"fast" | "middle" | "slow"> = {
  name: "adam-memory",
  title: "Which token wins under Adam?",
  about:
    "Adam divides a step by the root of a mean of squared gradients over about 1/(1 − β₂) steps, so ρ = learning rate/(1 − β₂) says how far the run goes within this memory. The advantage of a token is its alignment less the mean alignment by weights at the start: the logits of tokens of positive advantage begin to grow. All runs share their starts, and end at flow time 10, the sum of the learning rates.",
  sources: {
    fast: atRate(0.01, 1000),
    middle: atRate(0.003, 3333),
    slow: atRate(0.001, 10_000),
  },
  section(Plot, { fast, middle, slow }) {
    const cells = [fast, middle, slow].flatMap(cellsOf);
    return { sentences: sentences(cells), figures: [heat(Plot, cells)], tables: [table("adam-memory-table", cells)] };
  },
  ofSweep: {
    title: "Which token wins, by optimizer?",
    wants: ({ points }) => (points.every(({ ensemble, predictors }) => rateOf(ensemble) && predictors.alignment) ? [] : undefined),
    answer: ofSweep,
  },
};

/** The learning rate, where it is constant; undefined under the flow, too. */
const rateOf = ({ optimizer }: Ensemble): number | undefined =>
  typeof optimizer?.learningRate === "number" ? optimizer.learningRate : undefined;

/** How often the best aligned token wins under optimizers, and with what memory. */
function ofSweep(Plot: PlotModule, { report: { points } }: SourceResult): Answer {
  const found = points.map((point) => {
    const { optimizer } = point.ensemble as Ensemble & { optimizer: { kind: string; beta2?: number } };
    const rate = rateOf(point.ensemble) as number;
    const { kind, beta2 } = optimizer;
    return { point, kind, rate, rho: beta2 === undefined ? undefined : rhoOf({ rate, beta2 }), right: point.predictors.alignment };
  });
  const kinds = [...new Set(found.map(({ kind }) => kind))];
  const colors = kinds.map((label, i) => ({ label, color: seriesColors[i % seriesColors.length] as string }));
  const rates = [...new Set(found.map(({ rate }) => rate))];
  const figure = () =>
    curves(
      Plot,
      {
        name: "optimizer-winner",
        title: "How often the best aligned token wins, by optimizer and learning rate",
        caption: `With 95 % intervals; dashed, what a guess would get. All other settings of a dot are in the table.`,
      },
      {
        dots: found.flatMap(({ kind, rate, right }) =>
          right
            ? [
                {
                  series: kind,
                  color: colors[kinds.indexOf(kind)]?.color as string,
                  x: rate,
                  y: right.share,
                  low: right.interval[0],
                  high: right.interval[1],
                },
              ]
            : [],
        ),
        lines: rates.map((x) => ({ series: "guess", color: muted, x, y: 1 / (points[0] as (typeof points)[number]).ensemble.tokens })),
        apart: true,
        x: { label: "learning rate", log: true, ticks: rates },
        y: { label: "share of runs", domain: [0, 1] },
        legend: colors,
      },
    );
  return {
    sentences: spaced(found, 4).map(({ point, kind, rate, rho }) =>
      alignedClaim(`With ${kind} at learning rate ${rate}${rho === undefined ? "" : `, ρ = ${short(rho)},`}`, point),
    ),
    figures: rates.length > 1 ? [figure()] : [],
    tables: [
      {
        name: "optimizer-winners",
        title:
          "By point: learning rate, ρ = learning rate/(1 − β₂) where there is a β₂, and how often the token wins that leads at the start.",
        columns: [
          { title: "point", holds: "name" },
          { title: "optimizer", holds: "name" },
          { title: "learning rate", holds: "number" },
          { title: "ρ", holds: "number" },
          { title: "runs", holds: "count" },
          { title: "best aligned wins", holds: "share" },
          { title: "largest logit wins", holds: "share" },
        ],
        rows: found.map(({ point, kind, rate, rho, right }) => [
          label(point) || kind,
          kind,
          rate,
          rho,
          point.runs,
          right,
          point.predictors.logit,
        ]),
      },
    ],
  };
}

/** What the runs of a point came to. */
export interface Cell {
  rate: number;
  beta2: number;
  epsilon: number;
  tokens: number;
  dim: number;
  loss: string;
  runs: number;
  /** Whether each run's sink was the chosen token; undefined where it has no sink, or the start no such token. */
  right: Record<Chosen, (boolean | undefined)[]>;
}

/** Learning rate/(1 − β₂). */
export const rhoOf = ({ rate, beta2 }: Pick<Cell, "rate" | "beta2">): number => Number((rate / (1 - beta2)).toPrecision(6));

/** The points of a source, as cells. */
export function cellsOf({ report: { points }, runs }: SourceResult): Cell[] {
  return points.map(({ ensemble }, i) => {
    const { optimizer, tokens, dim, loss } = ensemble as typeof ensemble & {
      optimizer: { learningRate: number; beta2: number; epsilon: number };
    };
    const right = rightOf(runs[i] as RunNumbers);
    const { learningRate: rate, beta2, epsilon } = optimizer;
    return { rate, beta2, epsilon, tokens, dim, loss: loss.kind, runs: ensemble.runs, right };
  });
}

/** Whether the winner was the chosen token, by run. */
export function rightOf({ columns, vectors: { initialLogits = [], initialAlignments = [] } }: RunNumbers): Cell["right"] {
  const { sink, byMode } = columns as Record<"sink" | "byMode", Numbers>;
  const right: Cell["right"] = { best: [], least: [], mode: [] };
  for (let run = 0; run < sink.length; run++) {
    const logits = initialLogits.map((x) => x[run] as number);
    const alignments = initialAlignments.map((x) => x[run] as number);
    const is = (token: number | undefined) =>
      sink[run] === none || token === undefined || token === none ? undefined : sink[run] === token;
    right.best.push(is(alignments.indexOf(Math.max(...alignments))));
    right.least.push(is(leastPositive(logits, alignments)));
    right.mode.push(is(byMode[run]));
  }
  return right;
}

/** The token of the least positive advantage under softmax: of those whose alignment is above the mean by weights, the one nearest to it. */
export function leastPositive(logits: readonly number[], alignments: readonly number[]): number | undefined {
  const largest = Math.max(...logits);
  const weights = logits.map((a) => exp(a - largest));
  const total = weights.reduce((sum, p) => sum + p, 0);
  const mean = alignments.reduce((sum, u, i) => sum + (u * (weights[i] as number)) / total, 0);
  const above = alignments.filter((u) => u > mean);
  return above.length > 0 ? alignments.indexOf(Math.min(...above)) : undefined;
}

/** The share of runs in which the answer is yes, of those that have one. */
export const shareOf = (answers: readonly (boolean | undefined)[]): Proportion | undefined =>
  proportion(answers.filter((answer) => answer).length, answers.filter((answer) => answer !== undefined).length);

/** `99 % to 100 %`, of the shares of some cells. */
export function range(cells: readonly Cell[], which: Chosen): string {
  const shares = cells.flatMap(({ right }) => shareOf(right[which]) ?? []).sort((x, y) => x.share - y.share);
  const [low, high] = [shares[0], shares.at(-1)];
  return low?.share === high?.share ? percent(low) : `${percent(low)} to ${percent(high)}`;
}

/** Cells of one ρ at different rates: whether the rate matters to a share beyond ρ, by the runs that answer differently. */
function sameRho(cells: readonly Cell[], which: Chosen): string {
  const rho = 1;
  const own = cells.filter((cell) => rhoOf(cell) === rho).sort((x, y) => x.rate - y.rate);
  const [slow, fast] = [own[0], own.at(-1)];
  if (!slow || !fast || slow === fast) return "";
  const paired = pairedShares(slow.right[which], fast.right[which]);
  const difference = paired ? `${points(paired.difference)} [${paired.interval.map(points).join(", ")}]` : "–";
  return `${percent(shareOf(slow.right[which]))} at rate ${slow.rate} and ${percent(shareOf(fast.right[which]))} at ${fast.rate} (a difference of ${difference} points, p = ${short(paired?.pValue ?? 1)})`;
}

export function sentences(cells: readonly Cell[]): string[] {
  const [brief, long] = [cells.filter((cell) => rhoOf(cell) <= 0.11), cells.filter((cell) => rhoOf(cell) >= 1)];
  const tokens = cells[0]?.tokens as number;
  return [
    `Adam's memory decides. With ρ = learning rate/(1 − β₂) of at most 0.1 the best aligned token wins in ${range(brief, "best")} of runs; with ρ of 1 and more, PyTorch's 0.001 and 0.999 among them, in ${range(long, "best")}, and the token of the least positive advantage in ${range(long, "least")}, where chance is ${shareText(1 / tokens)} %.`,
    `The token that wins under gradient flow, of the largest a + β·v/‖β‖, does in ${range(brief, "mode")} with the short memory, and in ${range(long, "mode")} with the long one.`,
    `ρ is not all. At ρ = 1 the best aligned token wins in ${sameRho(cells, "best")}; the one of the least positive advantage in ${sameRho(cells, "least")}. Each difference is of the same starts.`,
  ];
}

/** A share of runs, as a matrix shows it. */
export const quantity: GridQuantity = {
  name: "adam-memory",
  title: "Which token wins under Adam",
  caption: "",
  unit: "share of runs",
  of: () => undefined,
  band: "its 95 % interval",
  top: 1,
  show: (value) => `${shareText(value, 0)}%`,
  showTop: () => "100 %",
};

function heat(Plot: PlotModule, cells: readonly Cell[]): Figure {
  const shown = (["best", "least"] as const).flatMap((which) =>
    cells.flatMap((cell): GridCell[] => {
      const found = shareOf(cell.right[which]);
      if (!found) return [];
      const [low, high] = found.interval;
      const place = { series: chosen[which], normalizer: "softmax", x: cell.beta2, y: cell.rate };
      return [{ ...place, value: found.share, low, high, shown: quantity.show(found.share) }];
    }),
  );
  return {
    name: "adam-memory",
    title: quantity.title,
    caption: `Share of runs, by learning rate and β₂, in which the winner was the best aligned token at the start, and the one of the least positive advantage. ρ = learning rate/(1 − β₂) grows to the right and upward.`,
    svg: renderSvg(Plot, matrix(Plot, quantity, shown, { x: "β₂", y: "learning rate", rest: ["token"] })),
    csv: csvOf(
      ["token", "learningRate", "beta2", "share", "low", "high"],
      shown.map(({ series, y, x, value, low, high }) => [series, y, x, value, low, high]),
    ),
  };
}

export const table = (name: string, cells: readonly Cell[]): Table => ({
  name,
  title: `By setting: runs, and the share in which the winner was ${listed(all.map((which) => `the ${chosen[which]}`))} at the start.`,
  columns: [
    { title: "loss", holds: "name" },
    { title: "tokens", holds: "count" },
    { title: "dim", holds: "count" },
    { title: "learning rate", holds: "number" },
    { title: "β₂", holds: "name" },
    { title: "ρ", holds: "number" },
    { title: "ε", holds: "number" },
    { title: "runs", holds: "count" },
    { title: "best aligned", holds: "share" },
    { title: "least positive advantage", holds: "share" },
    { title: "largest a + β·v/‖β‖", holds: "share" },
  ],
  rows: cells.map((cell) => [
    cell.loss,
    cell.tokens,
    cell.dim,
    cell.rate,
    String(cell.beta2),
    rhoOf(cell),
    cell.epsilon,
    cell.runs,
    ...all.map((which) => shareOf(cell.right[which])),
  ]),
});
