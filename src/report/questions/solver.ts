import { none } from "../../model/columns.ts";
import { palette } from "../../model/palette.ts";
import { type Proportion, proportion } from "../../statistics/proportion.ts";
import { type QuantileEstimate, quantileWithInterval } from "../../statistics/quantileInterval.ts";
import type { PointReport } from "../../sweep/sweep.ts";
import { listed, percent, powerOfTen, short } from "../format.ts";
import type { Figure, PlotModule } from "../plot.ts";
import type { SourceResult } from "../study.ts";
import { panelsFigure } from "./panels.ts";
import type { Table } from "./table.ts";
import type { Question } from "./types.ts";

/** Runs from the same starts by one way of taking steps. */
interface Way {
  name: string;
  isEuler: boolean;
  point: PointReport;
  /** Against the tightest tolerance: runs of both that have a winner, those without one in either, and the share of another winner. */
  pairs: number;
  tied: number;
  other: Proportion | undefined;
  /** 1 − p_sink over that of the tightest tolerance, as a median over runs, less 1. */
  shift: QuantileEstimate | undefined;
}

/** So many runs of each point are compared with float64. */
const samples = 128;

export const solver: Question<"adaptive" | "euler"> = {
  name: "solver",
  title: "Does float32, the solver, or the learning rate decide who wins?",
  about:
    "The same starts, by an adaptive solver at four tolerances and by gradient descent (Euler steps) at three learning rates, to t = 10³. Each run's winner is compared with that at the tightest tolerance; and runs of each are followed in float64 from the same starts, by the same steps. A run is undecided where rounding in float32 may decide its course or its sink.",
  sources: {
    adaptive: { file: "solver-adaptive.yaml", columns: ["sink", "shortfall"], samples },
    euler: { file: "solver-euler.yaml", columns: ["sink", "shortfall"], samples },
  },
  section: (Plot, { adaptive, euler }) => {
    const ways = waysOf(adaptive, euler);
    return { sentences: sentences(ways), figures: [figure(Plot, ways)], tables: [table(ways)] };
  },
};

type Results = Pick<SourceResult, "runs"> & { report: Pick<SourceResult["report"], "points"> };

export function waysOf(...all: readonly Results[]): Way[] {
  const points = all.flatMap(({ report, runs }) => report.points.map((point, i) => ({ point, columns: runs[i]?.columns ?? {} })));
  const [first] = points; // the tightest tolerance: the first of the grid
  const { sink: sinks = [], shortfall: shortfalls = [] } = first?.columns ?? {};
  return points.map(({ point, columns: { sink = [], shortfall = [] } }) => {
    const { integrator } = point.ensemble;
    const isEuler = integrator !== undefined && "step" in integrator;
    const tolerance = integrator && "rtol" in integrator ? integrator.rtol : Number.NaN;
    const name = isEuler ? `η ${short(integrator.step)}` : powerOfTen(tolerance) || short(tolerance);
    const [pairs, differ] = differing(sink, sinks);
    const ratios = Float64Array.from(shortfall, (x, run) => x / (shortfalls[run] as number) - 1);
    return {
      name,
      isEuler,
      point,
      pairs,
      tied: sink.length - pairs,
      other: proportion(differ, pairs),
      shift: quantileWithInterval(ratios),
    };
  });
}

/** Runs that have a winner in both, and those of them that have another one. */
function differing(sink: ArrayLike<number>, other: ArrayLike<number>): [pairs: number, differ: number] {
  let [pairs, differ] = [0, 0];
  for (let run = 0; run < sink.length; run++) {
    if (sink[run] === none || other[run] === none) continue;
    pairs++;
    if (sink[run] !== other[run]) differ++;
  }
  return [pairs, differ];
}

/** Of the runs that were followed in float64: those that are decided and have another winner there, and those that are undecided. */
function against64({
  point: { verification },
}: Way): { decided: number; other: Proportion | undefined; undecided: Proportion | undefined } | undefined {
  if (!verification) return undefined;
  const { decided, undecided, sinkAgreement } = verification;
  const other = sinkAgreement === undefined ? undefined : proportion(Math.round((1 - sinkAgreement) * decided), decided);
  return { decided, other, undecided: proportion(undecided, decided + undecided) };
}

export function sentences(ways: readonly Way[]): string[] {
  const [first] = ways;
  if (!first) return [];
  const adaptive = ways.filter((way) => way !== first && !way.isEuler);
  const descent = ways.filter(({ isEuler }) => isEuler);
  const each = (those: readonly Way[], text: (way: Way) => string) => listed(those.map((way) => `${text(way)} at ${way.name}`));
  const verified = ways.filter((way) => against64(way) !== undefined);
  const decided = verified.reduce((sum, way) => sum + (against64(way)?.decided ?? 0), 0);
  const differ = verified.reduce((sum, way) => sum + Math.round((against64(way)?.other?.share ?? 0) * (against64(way)?.decided ?? 0)), 0);
  return [
    `The token that wins is another than at the tolerance ${first.name} in this share of ${first.pairs} runs: ${each(adaptive, ({ other }) => percent(other))}; by gradient descent with learning rate η, ${each(descent, ({ other }) => percent(other))}.`,
    verified.length > 0
      ? `Against float64, by the same steps from the same starts, another token wins in ${differ} of ${decided} decided runs, ${percent(proportion(differ, decided))}; undecided are ${each(verified, (way) => percent(against64(way)?.undecided))}.`
      : "The runs were computed in float64, so float32 decides nothing.",
    `What is left of the weight, 1 − p_sink, is off by ${each([...adaptive, ...descent], ({ shift }) => percentOf(shift))}, as a median over runs.`,
  ];
}

const percentOf = (shift: QuantileEstimate | undefined): string =>
  shift ? `${short(100 * shift.value)} % [${shift.interval.map((x) => short(100 * x)).join(", ")}]` : "–";

function figure(Plot: PlotModule, ways: readonly Way[]): Figure {
  const dot = (series: string, color: string) => (way: Way, p: Proportion | undefined) =>
    p ? [{ series, color, x: way.name, y: 100 * p.share, low: 100 * p.interval[0], high: 100 * p.interval[1] }] : [];
  const [solved, rounded, open] = [
    dot("another winner than at the tightest tolerance", palette.blue),
    dot("another winner than in float64", palette.vermilion),
    dot("undecided", palette.orange),
  ];
  const x = { label: "tolerance, or learning rate η" };
  const in64 = ways.flatMap((way) => [...rounded(way, against64(way)?.other), ...open(way, against64(way)?.undecided)]);
  return panelsFigure(
    Plot,
    {
      name: "solver",
      title: "Who wins by another solver, and in float64",
      caption:
        in64.length === 0
          ? "Shares of runs with exact 95 % intervals, against the tightest tolerance, run by run. What the CPU engine computes is float64 itself."
          : "Shares of runs with exact 95 % intervals. Left, against the tightest tolerance, run by run; right, against float64 by the same steps.",
    },
    [
      { x, y: { label: "% of runs" }, dots: ways.slice(1).flatMap((way) => solved(way, way.other)) },
      ...(in64.length > 0 ? [{ x, y: { label: "% of runs" }, dots: in64 }] : []),
    ],
    [
      { label: "another winner than at the tightest tolerance", color: palette.blue },
      ...(in64.length > 0
        ? [
            { label: "another winner than in float64", color: palette.vermilion },
            { label: "undecided", color: palette.orange },
          ]
        : []),
    ],
  );
}

const table = (ways: readonly Way[]): Table => ({
  name: "solver-runs",
  title:
    "By solver: runs; pairs with the tightest tolerance in which both have a winner, and those in which one is tied; the share of pairs with another winner; the median shift of 1 − p_sink, relative to that tolerance, with its exact 95 % interval; of runs followed in float64, those that are decided, the share of them with another winner, and the share that is undecided.",
  columns: [
    { title: "solver", holds: "name" },
    { title: "runs", holds: "count" },
    { title: "pairs", holds: "count" },
    { title: "tied", holds: "count" },
    { title: "another winner", holds: "share" },
    { title: "shift of 1 − p_sink", holds: "estimate" },
    { title: "decided", holds: "count" },
    { title: "another winner in float64", holds: "share" },
    { title: "undecided", holds: "share" },
  ],
  rows: ways.map((way) => {
    const found = against64(way);
    return [way.name, way.point.runs, way.pairs, way.tied, way.other, way.shift, found?.decided, found?.other, found?.undecided];
  }),
});
