import { noiseKind } from "../../model/ensemble.ts";
import { squared } from "../../model/mathematics.ts";
import type { Noise } from "../../model/noise.ts";
import { palette } from "../../model/palette.ts";
import type { Numbers, RunNumbers } from "../../results/runNumbers.ts";
import { type PairedNumbers, pairedNumbers } from "../../statistics/pairedNumbers.ts";
import { quantileWithInterval } from "../../statistics/quantileInterval.ts";
import { listed, short } from "../format.ts";
import type { Figure, PlotModule } from "../plot.ts";
import type { SourceResult } from "../study.ts";
import { curves } from "./curves.ts";
import type { Table } from "./table.ts";
import type { Question } from "./types.ts";
import { type Estimate, estimated } from "./words.ts";

type Kind = Noise["kind"] | "none";
const colors: Record<Noise["kind"], string> = { label: palette.blue, gradient: palette.green, batch: palette.vermilion };

export const noise: Question<"runs"> = {
  name: "noise",
  title: "Does batch noise take the sink away too?",
  about:
    "Gradient descent for 3,000 steps under softmax and regression with 20 samples in 8 dimensions, from logits of spread 2, by learning rate η and by what is noisy in a step: the response, the gradient, or which samples it sees. The samples can't all be met, so batches go on to differ at the minimum. Σp² is 1 where one token has all weight, and 1/n at equal weights. All have the same starts.",
  sources: { runs: { file: "noise.yaml", columns: ["loss"], vectors: ["weights"] } },
  section(Plot, { runs }) {
    const cells = cellsOf(runs);
    return { sentences: sentences(cells), figures: [figure(Plot, cells)], tables: [table(cells)] };
  },
};

/** What the runs of a point came to. */
export interface Cell {
  kind: Kind;
  /** `scale 1`, `4 samples a step`; empty without noise. */
  strength: string;
  rate: number;
  runs: number;
  tokens: number;
  /** Medians of Σp² and of the loss at the end. */
  squares: Estimate | undefined;
  loss: Estimate | undefined;
  /** Of Σp², and of the loss, less that of the same start without noise at this rate. */
  difference: PairedNumbers | undefined;
  cost: PairedNumbers | undefined;
}

export function cellsOf({ report: { points }, runs }: SourceResult): Cell[] {
  const found = points.map(({ ensemble }, i) => {
    const { columns, vectors } = runs[i] as RunNumbers;
    const { noise, optimizer } = ensemble;
    const kind: Kind = noiseKind(ensemble) ?? "none";
    const squares = Float64Array.from(columns.loss as Numbers, (_, run) =>
      (vectors.weights ?? []).reduce((sum, p) => sum + squared(p[run] as number), 0),
    );
    const strength = kind === "none" || !noise ? "" : noise.kind === "batch" ? `${noise.size} a step` : `scale ${noise.scale}`;
    return { kind, strength, rate: optimizer?.learningRate as number, ensemble, squares, losses: columns.loss as Numbers };
  });
  return found.map(({ kind, strength, rate, ensemble, squares, losses }) => {
    const quiet = found.find((other) => other.kind === "none" && other.rate === rate);
    return {
      kind,
      strength,
      rate,
      runs: ensemble.runs,
      tokens: ensemble.tokens,
      squares: quantileWithInterval(squares),
      loss: quantileWithInterval(losses),
      difference: kind === "none" || !quiet ? undefined : pairedNumbers(squares, quiet.squares),
      cost: kind === "none" || !quiet ? undefined : pairedNumbers(losses, quiet.losses),
    };
  });
}

const named = ({ kind, strength }: Cell): string => `${kind} noise, ${strength}`;

export function sentences(cells: readonly Cell[]): string[] {
  const rates = [...new Set(cells.map(({ rate }) => rate))].sort((x, y) => x - y);
  const at = (rate: number | undefined, kind: Kind) => cells.filter((cell) => cell.rate === rate && cell.kind === kind);
  const most = rates.at(-1);
  const squares = (some: readonly Cell[]) => listed(some.map((cell) => `${estimated(cell.squares)} with ${cell.strength}`));
  const [quiet] = at(most, "none");
  const batches = at(most, "batch");
  const takes = batches.some(({ difference }) => difference && difference.median.interval[1] < 0);
  const noisy = cells.filter(({ rate, kind }) => rate === most && kind !== "none");
  return [
    `${takes ? "It does" : "It does not"}. At η = ${most} Σp² ends at a median of ${estimated(quiet?.squares)} without noise, and with batches of ${squares(batches)}; 1/n is ${short(1 / (quiet?.tokens ?? 1))}.`,
    `With label noise it ends at ${squares(at(most, "label"))}, with gradient noise at ${squares(at(most, "gradient"))}.`,
    `The loss ends higher than without noise, from the same start by a median of ${listed(noisy.map((cell) => `${estimated(cell.cost?.median)} with ${named(cell)}`))}.`,
    ...rates
      .slice(0, -1)
      .map(
        (rate) =>
          `At η = ${rate} batches leave ${squares(at(rate, "batch"))}, where no noise leaves ${estimated(at(rate, "none")[0]?.squares)}.`,
      ),
  ];
}

function figure(Plot: PlotModule, cells: readonly Cell[]): Figure {
  const dots = cells.flatMap(({ kind, rate, squares, cost }) =>
    squares && cost && kind !== "none"
      ? [
          {
            panel: `η = ${rate}`,
            series: kind,
            color: colors[kind],
            x: cost.median.value,
            y: squares.value,
            low: squares.interval[0],
            high: squares.interval[1],
          },
        ]
      : [],
  );
  const about = {
    name: "noise",
    title: "Focus and loss under noise",
    caption:
      "The median of Σp² after 3,000 steps, with its 95 % interval, against what noise adds to the loss of the same start, by what is noisy. A line joins the strengths of one noise: the lower at the same loss, the less it costs.",
  };
  return curves(Plot, about, {
    dots,
    joined: true,
    x: { label: "added to the loss" },
    y: { label: "Σp² at the end", domain: [0, 1] },
    legend: (Object.keys(colors) as Noise["kind"][]).map((kind) => ({ label: kind, color: colors[kind] })),
  });
}

const table = (cells: readonly Cell[]): Table => ({
  name: "noise-table",
  title:
    "By learning rate and noise: runs; the medians of Σp² and of the loss at the end; and the median over starts of how far Σp² and the loss are from those of the same start without noise, each with its 95 % interval.",
  columns: [
    { title: "noise", holds: "name" },
    { title: "strength", holds: "name" },
    { title: "learning rate", holds: "number" },
    { title: "runs", holds: "count" },
    { title: "Σp²", holds: "estimate" },
    { title: "loss", holds: "estimate" },
    { title: "Σp² less that without noise", holds: "estimate" },
    { title: "loss less that without noise", holds: "estimate" },
  ],
  rows: cells.map((cell) => [
    cell.kind,
    cell.strength,
    cell.rate,
    cell.runs,
    cell.squares,
    cell.loss,
    cell.difference?.median,
    cell.cost?.median,
  ]),
});
