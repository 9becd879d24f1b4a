import { csvOf } from "../../results/csv.ts";
import type { GridCell } from "../figures/gridCells.ts";
import { matrix } from "../figures/gridPlots.ts";
import { listed, percent, shareText, short } from "../format.ts";
import { type Figure, type PlotModule, renderSvg } from "../plot.ts";
import { type Cell, type Chosen, cellsOf, chosen, quantity, range, rhoOf, shareOf, table, wanted } from "./adamMemory.ts";
import type { Question } from "./types.ts";

const shapes = [
  "runs=128",
  "grid.optimizer.beta2=[0.9, 0.999]",
  "grid.tokens=[4, 16, 64]",
  "grid.dim=[2, 8, 64]",
  "grid.loss=[logistic, exponential]",
];
const slow = [
  "runs=128",
  "optimizer.learningRate=0.001",
  "until.steps=10000",
  "dim=64",
  "grid.optimizer.beta2=[0.9]",
  "grid.optimizer.epsilon=[0, 1e-8]",
  "grid.tokens=[4, 16]",
];

export const adamShapes: Question<"shapes" | "slow"> = {
  name: "adam-shapes",
  title: "Does Adam's memory decide in other shapes and with another loss too?",
  about:
    "The same by the number of tokens and of dimensions and under two losses. As long as steps have their full length, the margin grows by η‖β‖₁ a step, and squared gradients fall by e^(−2η‖β‖₁); their mean falls by β₂ at most. So the memory is short where ρ‖β‖₁ < ½, with ρ = η/(1 − β₂). The advantage of a token is its alignment less the mean alignment by weights at the start. Runs of one shape share their starts, and end at flow time 10.",
  sources: { shapes: { file: "adam-memory.yaml", set: shapes, ...wanted }, slow: { file: "adam-memory.yaml", set: slow, ...wanted } },
  section(Plot, { shapes, slow }) {
    const [cells, others] = [cellsOf(shapes), cellsOf(slow)];
    return {
      sentences: sentences(cells, others),
      figures: [heat(Plot, cells)],
      tables: [table("adam-shapes-table", cells), table("adam-shapes-slow", others)],
    };
  },
};

const distinct = <T>(all: readonly T[]): T[] => [...new Set(all)];
const isShort = (cell: Cell): boolean => rhoOf(cell) < 1;

/** The mean of ‖β‖₁ over unit vectors of so many dimensions, d Γ(d/2)/(√π Γ((d + 1)/2)), by the recursion of the gamma function. */
export function meanNorm(dim: number): number {
  let mean = dim % 2 === 1 ? 1 : 4 / Math.PI;
  for (let d = dim % 2 === 1 ? 1 : 2; d < dim; d += 2) mean *= (d + 2) / (d + 1);
  return mean;
}

export function sentences(cells: readonly Cell[], slow: readonly Cell[]): string[] {
  const [loss = "", ...otherLosses] = distinct(cells.map((cell) => cell.loss));
  const own = cells.filter((cell) => cell.loss === loss);
  const [brief, long] = [own.filter(isShort), own.filter((cell) => !isShort(cell))];
  const tokens = distinct(own.map((cell) => cell.tokens));
  const dims = distinct(own.map(({ dim }) => dim));
  const counts = `${Math.min(...tokens)} to ${Math.max(...tokens)} tokens`;
  const rho = ([cell]: readonly Cell[]) => `ρ = ${short(cell && rhoOf(cell))}`;
  const byDim = (some: readonly Cell[], which: Chosen) => {
    const of = (dim: number) => some.filter((cell) => cell.dim === dim);
    return listed(dims.map((dim) => `${range(of(dim), which)} in ${dim} dimensions`));
  };
  const bySize = (some: readonly Cell[]) => listed(some.map((cell) => `${percent(shareOf(cell.right.best))} of ${cell.tokens} tokens`));
  const [exact, usual] = [slow.filter(({ epsilon }) => epsilon === 0), slow.filter(({ epsilon }) => epsilon > 0)];
  const apart = (which: Chosen) =>
    Math.max(
      ...cells.map((cell) => {
        const first = own.find(({ tokens, dim, beta2 }) => tokens === cell.tokens && dim === cell.dim && beta2 === cell.beta2);
        return Math.abs((shareOf(cell.right[which])?.share ?? 0) - (shareOf((first ?? cell).right[which])?.share ?? 0));
      }),
    );
  return [
    `What decides is ρ‖β‖₁, how far the margin goes within the memory. At ${rho(brief)} the best aligned of ${counts} wins in ${byDim(brief, "best")}, where ‖β‖₁ is ${listed(dims.map((dim) => short(meanNorm(dim))))} on average.`,
    `In ${slow[0]?.dim} dimensions at ${rho(slow)} it does in ${bySize(exact)} if ε = 0, and in ${bySize(usual)} at ε = ${short(usual[0]?.epsilon)}: gradients fall below ε, and steps end, before the best token has won.`,
    `With the long memory, ${rho(long)}, the best aligned token wins in ${byDim(long, "best")}; the token of the least positive advantage in ${byDim(long, "least")}.`,
    `The token of the largest a + β·v/‖β‖ is right in ${byDim(brief, "mode")} at ${rho(brief)}.`,
    `The loss hardly matters: with ${listed(otherLosses)} loss in place of ${loss} loss no share of the best aligned token differs by more than ${shareText(apart("best"))} points, and none of the least advantaged one by more than ${shareText(apart("least"))}.`,
  ];
}

function heat(Plot: PlotModule, cells: readonly Cell[]): Figure {
  const loss = cells[0]?.loss;
  const shown = cells.flatMap((cell): GridCell[] => {
    const which = isShort(cell) ? "best" : "least";
    const found = cell.loss === loss ? shareOf(cell.right[which]) : undefined;
    if (!found) return [];
    const [low, high] = found.interval;
    const place = { series: `ρ = ${short(rhoOf(cell))}: ${chosen[which]}`, normalizer: "softmax", x: cell.tokens, y: cell.dim };
    return [{ ...place, value: found.share, low, high, shown: quantity.show(found.share) }];
  });
  return {
    name: "adam-shapes",
    title: "Which token wins under Adam, by shape",
    caption: `Share of runs with ${loss} loss, by tokens and dimensions: with the short memory, in which the sink was the best aligned token at the start; with the long one, in which it was that of the least positive advantage.`,
    svg: renderSvg(Plot, matrix(Plot, quantity, shown, { x: "tokens", y: "dimensions", rest: ["memory and token"] })),
    csv: csvOf(
      ["what", "tokens", "dim", "share", "low", "high"],
      shown.map(({ series, x, y, value, low, high }) => [series, x, y, value, low, high]),
    ),
  };
}
