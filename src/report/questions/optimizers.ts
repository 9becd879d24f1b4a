import type { Ensemble } from "../../model/ensemble.ts";
import type { Optimizer } from "../../model/optimizers.ts";
import { seriesColors } from "../../model/palette.ts";
import { type Proportion, proportion } from "../../statistics/proportion.ts";
import { quantileWithInterval } from "../../statistics/quantileInterval.ts";
import { listed, percent, powerOfTen } from "../format.ts";
import type { Figure, PlotModule } from "../plot.ts";
import type { SourceResult } from "../study.ts";
import { curves } from "./curves.ts";
import type { Table } from "./table.ts";
import type { Question } from "./types.ts";
import { type Estimate, estimated } from "./words.ts";

const columns = ["polarizationTime", "timeToLoss", "sinkShare"] as const;

export const optimizers: Question<"runs"> = {
  name: "optimizers",
  title: "How fast does each optimizer polarize, at equal loss?",
  about:
    "Softmax and logistic loss, the same starts, by optimizer. An optimizer may be fast because its steps are long. So runs are compared when their loss first comes to the same level: the share of them that have polarized by then, which the learning rate, as long as it is small, does not change.",
  sources: { runs: { file: "optimizers.yaml", columns } },
  section(Plot, { runs }) {
    const cells = cellsOf(runs);
    return { sentences: sentences(cells), figures: [figure(Plot, cells)], tables: [table(cells)] };
  },
  ofSweep: {
    wants: ({ points }) =>
      points.length > 1 &&
      points.every(({ ensemble: { optimizer, record } }) => typeof optimizer?.learningRate === "number" && record.lossAt !== undefined)
        ? columns
        : undefined,
    answer: (Plot, result) => {
      if (result.runs.length === 0) return undefined;
      const cells = cellsOf(result);
      // Where a rate is varied, too, an optimizer at a rate is a series of its own.
      if (new Set(cells.map(({ optimizer, level }) => `${optimizer} ${level}`)).size < cells.length)
        for (const cell of cells) Object.assign(cell, { optimizer: `${cell.optimizer} at ${cell.rate}`, isNamedByRate: true });
      return { sentences: sentences(cells), figures: [figure(Plot, cells)], tables: [table(cells)] };
    },
  },
};

/** What the runs of an optimizer came to, at a level of the loss. */
export interface Cell {
  optimizer: string;
  rate: number;
  /** Whether its name says the rate. */
  isNamedByRate?: boolean;
  level: number;
  runs: number;
  /** Runs that come to the level; of these, the share that have polarized by then. */
  reached: Proportion | undefined;
  polarized: Proportion | undefined;
  /** Medians over runs, in steps; infinite where half of the runs do not come to it. */
  toLoss: Estimate | undefined;
  toPolarization: Estimate | undefined;
}

export function cellsOf({ report: { points }, runs }: SourceResult): Cell[] {
  return points.map(({ ensemble }, i) => {
    const { optimizer, record } = ensemble as Ensemble & { optimizer: Optimizer & { learningRate: number } };
    const { polarizationTime = [], timeToLoss = [], sinkShare = [] } = runs[i]?.columns ?? {};
    const sound = Array.from(sinkShare.keys()).filter((run) => !Number.isNaN(sinkShare[run]));
    const times = (of: ArrayLike<number>) =>
      sound.map((run) => (Number.isNaN(of[run]) ? Number.POSITIVE_INFINITY : (of[run] as number) / optimizer.learningRate));
    const [toLoss, toPolarization] = [times(timeToLoss), times(polarizationTime)];
    const came = toLoss.flatMap((steps, at) => (Number.isFinite(steps) ? [(toPolarization[at] as number) <= steps] : []));
    return {
      optimizer: optimizer.kind,
      rate: optimizer.learningRate,
      level: record.lossAt as number,
      runs: ensemble.runs,
      reached: proportion(came.length, sound.length),
      polarized: proportion(came.filter(Boolean).length, came.length),
      toLoss: quantileWithInterval(toLoss),
      toPolarization: quantileWithInterval(toPolarization),
    };
  });
}

/** Infinite where fewer than half of the runs come to it. */
const stepsText = (steps: Estimate | undefined): string =>
  steps?.value === Number.POSITIVE_INFINITY ? "more steps than there are" : estimated(steps);

const distinct = <T>(all: readonly T[]): T[] => [...new Set(all)];
/** Whether most runs have polarized by then. */
const mostHave = ({ polarized }: Cell): boolean => polarized !== undefined && polarized.interval[0] > 0.5;

export function sentences(cells: readonly Cell[]): string[] {
  const levels = distinct(cells.map(({ level }) => level)).sort((x, y) => y - x);
  const at = (level: number | undefined) => cells.filter((cell) => cell.level === level && cell.polarized);
  const shares = (those: readonly Cell[]) => listed(those.map(({ optimizer, polarized }) => `${percent(polarized)} by ${optimizer}`));
  /** The first level by which most runs of an optimizer have polarized. */
  const firstOf = (optimizer: string) =>
    levels.find((level) => cells.some((cell) => cell.optimizer === optimizer && cell.level === level && mostHave(cell)));
  const names = distinct(cells.map(({ optimizer }) => optimizer));
  const groups = [...levels, undefined].flatMap((level) => {
    const those = names.filter((name) => firstOf(name) === level);
    const when = level === undefined ? `at none of the levels that they come to, down to ${levels.at(-1)}` : `when it has come to ${level}`;
    return those.length > 0 ? [`with ${listed(those)} ${when}`] : [];
  });
  const ofAll = at(levels[0]);
  return [
    `At equal loss they differ. By the time of a loss most runs have polarized ${listed(groups)}.`,
    ...levels.flatMap((level) => {
      const those = at(level);
      const missing = names.filter((name) => !those.some(({ optimizer }) => optimizer === name));
      const others = missing.length > 0 ? `; no run with ${listed(missing)} came to it` : "";
      return those.length > 0 ? [`When the loss has come to ${level}, these have polarized: ${shares(those)}${others}.`] : [];
    }),
    `In steps, which hang on the learning rate, the largest share reaches 0.9 at a median of ${listed(ofAll.map((cell) => `${stepsText(cell.toPolarization)} by ${cell.optimizer}${cell.isNamedByRate ? "" : ` at rate ${cell.rate}`}`))}.`,
  ];
}

function figure(Plot: PlotModule, cells: readonly Cell[]): Figure {
  const names = distinct(cells.map(({ optimizer }) => optimizer));
  const colorOf = (name: string) => seriesColors[names.indexOf(name) % seriesColors.length] as string;
  const dots = cells.flatMap(({ optimizer, level, polarized }) =>
    polarized
      ? [
          {
            series: optimizer,
            color: colorOf(optimizer),
            x: level,
            y: polarized.share,
            low: polarized.interval[0],
            high: polarized.interval[1],
          },
        ]
      : [],
  );
  const levels = distinct(cells.map(({ level }) => level));
  const about = {
    name: "optimizers",
    title: "Polarization at equal loss, by optimizer",
    caption:
      "The share of runs that have polarized when their loss first comes to a level, with its 95 % interval, by optimizer. Where no run comes to a level there is no dot.",
  };
  return curves(Plot, about, {
    dots,
    joined: true,
    apart: true,
    x: { label: "loss", log: true, ticks: levels, format: powerOfTen },
    y: { label: "polarized by then", domain: [0, 1] },
    legend: names.map((name) => ({ label: name, color: colorOf(name) })),
  });
}

const table = (cells: readonly Cell[]): Table => ({
  name: "optimizers-table",
  title:
    "By optimizer and level of the loss: runs, the share that come to it, the median of steps up to it and up to polarization, with its 95 % interval, and of the runs that come to the level the share that have polarized by then.",
  columns: [
    { title: "optimizer", holds: "name" },
    { title: "learning rate", holds: "number" },
    { title: "loss", holds: "number" },
    { title: "runs", holds: "count" },
    { title: "come to it", holds: "share" },
    { title: "steps to the loss", holds: "estimate" },
    { title: "steps to polarization", holds: "estimate" },
    { title: "polarized by then", holds: "share" },
  ],
  rows: cells.map((cell) => [
    cell.optimizer,
    cell.rate,
    cell.level,
    cell.runs,
    cell.reached,
    cell.toLoss,
    cell.toPolarization,
    cell.polarized,
  ]),
});
