import { palette } from "../../model/palette.ts";
import { holm } from "../../statistics/holm.ts";
import { type PairedNumbers, pairedNumbers } from "../../statistics/pairedNumbers.ts";
import type { Quantiles } from "../../statistics/quantiles.ts";
import { type Survival, survival } from "../../statistics/survival.ts";
import type { PointReport, SweepReport } from "../../sweep/sweep.ts";
import { listed, percent, short } from "../format.ts";
import type { Figure, PlotModule } from "../plot.ts";
import type { SourceResult } from "../study.ts";
import { timeFigure } from "../timeFigure.ts";
import type { Table } from "./table.ts";
import type { Question } from "./types.ts";
import { estimated, variedIn } from "./words.ts";

const trained = ["both", "logits", "values"] as const;
type Trained = (typeof trained)[number];
const colors: Record<Trained, string> = { both: palette.blue, logits: palette.vermilion, values: palette.green };
const named: Record<Trained, string> = { both: "both trained", logits: "logits alone", values: "values alone" };

/** What runs with something frozen came to. */
interface Kept {
  train: Trained;
  /** Of the values at the start. */
  scale: number;
  point: PointReport;
  polarization: Survival | undefined;
  /** By run, infinite where it did not polarize by the end. */
  times: Float64Array;
}

/** With logits alone against both, from the same starts, at a scale of the values. */
interface Compared {
  scale: number;
  /** Of log times: logits alone less both. */
  logTimes: PairedNumbers;
  /** Holm's, over scales. */
  pValue: number;
}

export const feedback: Question<"runs"> = {
  name: "feedback",
  title: "Does focus need both, values and logits, to learn?",
  about:
    "Softmax and logistic loss: the same starts with both trained, with values frozen, and with logits frozen, for values of three scales, to t = 10⁴. A run is polarized once the largest share has reached 0.9.",
  sources: { runs: { file: "feedback.yaml", columns: ["polarizationTime", "time"] } },
  section: (Plot, { runs }) => {
    const all = keptOf(runs);
    const compared = comparedOf(all);
    return { sentences: sentences(all, compared), figures: [figure(Plot, all)], tables: [table(all), pairs(compared)] };
  },
  ofSweep: {
    wants: (report) => (isMeant(report) ? ["polarizationTime", "time"] : undefined),
    answer: (Plot, result) => (result.runs.length > 0 ? feedback.section(Plot, { runs: result }) : undefined),
  },
};

/** A sweep over what is trained, all three, and over the scale of the values. */
const isMeant = (report: SweepReport): boolean =>
  variedIn(report).every((key) => ["train", "values.scale"].includes(key)) &&
  new Set(report.points.map(({ ensemble }) => ensemble.train)).size === trained.length;

function keptOf({ report, runs }: SourceResult): Kept[] {
  return report.points.map((point, i) => {
    const { polarizationTime = [], time = [] } = runs[i]?.columns ?? {};
    const { train, values } = point.ensemble;
    const times = Float64Array.from(polarizationTime, (at, run) =>
      Number.isNaN(at) && !Number.isNaN(time[run]) ? Number.POSITIVE_INFINITY : at,
    );
    return { train, scale: "scale" in values ? values.scale : 0, point, polarization: survival(polarizationTime, time), times };
  });
}

const scalesOf = (all: readonly Kept[]) => [...new Set(all.map(({ scale }) => scale))];
const at = (all: readonly Kept[], scale: number, train: Trained) => all.find((kept) => kept.scale === scale && kept.train === train);

function comparedOf(all: readonly Kept[]): Compared[] {
  const found = scalesOf(all).flatMap((scale) => {
    const [alone, both] = [at(all, scale, "logits"), at(all, scale, "both")];
    const logTimes = alone && both && pairedNumbers(alone.times.map(Math.log), both.times.map(Math.log));
    return logTimes ? [{ scale, logTimes }] : [];
  });
  const adjusted = holm(found.map(({ logTimes }) => logTimes.pValue));
  return found.map((pair, i) => ({ ...pair, pValue: adjusted[i] as number }));
}

/** How many times as long logits alone take, as a median over runs. */
const factor = ({ logTimes: { median } }: Compared) => ({
  value: Math.exp(median.value),
  interval: median.interval.map(Math.exp) as [number, number],
});

/** What the shares of runs that polarized say: that most do at every scale, that few do, or neither. */
function verdict(those: readonly Kept[]): string {
  const intervals = those.flatMap(({ point }) => (point.polarized ? [point.polarized.interval] : []));
  if (intervals.length === 0) return "nothing is known";
  if (intervals.every(([low]) => low > 0.5)) return "most runs polarize";
  return intervals.every(([, high]) => high < 0.5) ? "most do not" : "it depends on the scale of the values";
}

export function sentences(all: readonly Kept[], compared: readonly Compared[]): string[] {
  const those = (train: Trained) => all.filter((kept) => kept.train === train);
  const each = (train: Trained, text: (point: PointReport) => string) => listed(those(train).map(({ point }) => text(point)));
  const polarized = (train: Trained) => `${verdict(those(train))} (${each(train, (point) => percent(point.polarized))})`;
  const loss = ({ loss }: PointReport) => short(loss?.median);
  const ratio = ({ massiveActivation }: PointReport) => short(massiveActivation.normRatio?.median);
  const scales = `values of scale ${listed(scalesOf(all).map(short))}`;
  return [
    `With logits alone ${polarized("logits")}, with both trained ${polarized("both")}, and with values alone ${polarized("values")}, at ${scales}.`,
    ...(compared.length > 0
      ? [
          `Logits alone take ${listed(compared.map((pair) => estimated(factor(pair))))} times as long as both, as a median over the same starts (Holm's p ${listed(compared.map(({ pValue }) => short(pValue)))}).`,
        ]
      : []),
    `Their median loss at the end is ${each("logits", loss)} with logits alone, ${each("both", loss)} with both, and ${each("values", loss)} with values alone.`,
    `The winner is the token that was best aligned at the start in ${each("logits", ({ predictors }) => percent(predictors.alignment))} of runs with logits alone; that of the largest a + β·v/‖β‖ in ${each("both", ({ predictors }) => percent(predictors["mode"]))} with both; that of the largest logit in ${each("values", ({ predictors }) => percent(predictors.logit))} with values alone.`,
    `The norm of the winner's value, as a median and over the median norm of a value, is ${each("both", ratio)} with both, ${each("logits", ratio)} with logits alone, and ${each("values", ratio)} with values alone.`,
  ];
}

function figure(Plot: PlotModule, all: readonly Kept[]): Figure {
  const panels = scalesOf(all).map((scale) => `values of scale ${short(scale)}`);
  const bands = (of: "sinkShare" | "loss") =>
    all.flatMap(({ train, scale, point: { overTime } }) =>
      (overTime?.times ?? []).flatMap((time, i) => {
        const band = overTime?.[of];
        if (!band) return [];
        const q = Object.fromEntries(Object.entries(band).map(([key, values]) => [key, values[i]])) as unknown as Quantiles;
        return [{ panel: `values of scale ${short(scale)}`, series: named[train], color: colors[train], time, q }];
      }),
    );
  return timeFigure(
    Plot,
    {
      name: "feedback",
      title: "What is trained, and what comes of it",
      caption: "The largest share and the loss over time: the median of runs, 25 to 75 % and 5 to 95 % of them.",
    },
    panels,
    [
      { label: "largest share", bands: bands("sinkShare"), domain: [0, 1] },
      { label: "loss", bands: bands("loss"), log: true },
    ],
    { legend: trained.map((train) => ({ label: named[train], color: colors[train] })) },
  );
}

const table = (all: readonly Kept[]): Table => ({
  name: "feedback-runs",
  title:
    "By what is trained: the share that polarized; the median time to polarize with its 95 % interval (Kaplan-Meier, infinite where less than half did); medians of loss and of the winner's norm over the median norm; and how often the token that led at the start by alignment, by logit, and by a + β·v/‖β‖, became the sink.",
  columns: [
    { title: "scale of values", holds: "number" },
    { title: "trained", holds: "name" },
    { title: "runs", holds: "count" },
    { title: "polarized", holds: "share" },
    { title: "time to polarize", holds: "estimate" },
    { title: "loss", holds: "number" },
    { title: "norm ratio", holds: "number" },
    { title: "alignment", holds: "share" },
    { title: "logit", holds: "share" },
    { title: "mode", holds: "share" },
  ],
  rows: all.map(({ train, scale, point, polarization }) => [
    scale,
    named[train],
    point.runs,
    point.polarized,
    polarization && { value: polarization.median, interval: polarization.medianInterval },
    point.loss?.median,
    point.massiveActivation.normRatio?.median,
    point.predictors.alignment,
    point.predictors.logit,
    point.predictors["mode"],
  ]),
});

const pairs = (compared: readonly Compared[]): Table => ({
  name: "feedback-pairs",
  title:
    "Logits alone against both, from the same starts: the median factor between their times to polarize with its exact 95 % interval, in how many runs logits alone took longer, and Holm's p-value of the sign test over the scales.",
  columns: [
    { title: "scale of values", holds: "number" },
    { title: "pairs", holds: "count" },
    { title: "factor", holds: "estimate" },
    { title: "logits alone longer", holds: "count" },
    { title: "shorter", holds: "count" },
    { title: "neither polarized", holds: "count" },
    { title: "p-value", holds: "number" },
  ],
  rows: compared.map((pair) => {
    const { pairs, greater, less, equal } = pair.logTimes;
    return [pair.scale, pairs, factor(pair), greater, less, equal, pair.pValue];
  }),
});
