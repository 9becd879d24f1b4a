import { palette } from "../../model/palette.ts";
import type { Numbers } from "../../results/runNumbers.ts";
import { quantileWithInterval } from "../../statistics/quantileInterval.ts";
import { type Line, line, logLogSlope } from "../../statistics/slope.ts";
import { powerOfTen, short } from "../format.ts";
import type { Figure, PlotModule } from "../plot.ts";
import type { SourceResult } from "../study.ts";
import { type Panel, panelsFigure } from "./panels.ts";
import type { Table } from "./table.ts";
import type { Question } from "./types.ts";
import { type Estimate, estimated, slopeText, variedIn } from "./words.ts";

/** What is followed in time: a number of a run. `others` is the median norm of a value. */
const measures = {
  sinkNorm: { says: "norm of the winner's value", color: palette.blue },
  others: { says: "median norm of a value", color: palette.sky },
  largestValue: { says: "largest entry of V", color: palette.green },
  largestLogit: { says: "largest logit", color: palette.vermilion },
  logitGap: { says: "gap between the two largest logits", color: palette.orange },
} as const;
type Measure = keyof typeof measures;
const measureNames = Object.keys(measures) as Measure[];

/** The runs of a model at a time. */
interface Moment {
  model: string;
  tokens: number;
  time: number;
  runs: number;
  /** Medians over runs. */
  medians: Record<Measure | "shortfall" | "ratio", Estimate>;
  /** Between which 90 % of runs lie. */
  spread: [number, number];
  sinkNorm: Numbers;
  shortfall: Numbers;
}

/** From here on growth is told: at the default start most runs of value-softmax have polarized. */
const late = 1e3;

const wanted = ["sinkNorm", "normRatio", "largestValue", "largestLogit", "logitGap", "shortfall"] as const;

export const massive: Question<"runs"> = {
  name: "massive",
  title: "Do values and logits become massive?",
  about:
    "Logistic loss and softmax, for the model in which values and logits are apart (value-softmax) and for the one in which a single matrix makes both (tied), from the same starts of each to t = 1, 10, … 10⁶. At each time: the norm of the winner's value and of the others, the largest entries of V and of the logits, and the gap between the two largest logits.",
  sources: { runs: { file: "massive.yaml", columns: wanted } },
  section: (Plot, { runs }) => {
    const moments = momentsOf(runs);
    return {
      sentences: sentences(moments),
      figures: [growthFigure(Plot, moments), shareFigure(Plot, moments)],
      tables: [table(moments), slopes(moments)],
    };
  },
  ofSweep: {
    wants: (report) =>
      variedIn(report).every((key) => ["model", "until.time", "until"].includes(key)) &&
      report.points.every(({ ensemble: { until, loss } }) => "time" in until && loss.kind === "logistic")
        ? wanted
        : undefined,
    answer: (Plot, { report, runs }) => {
      const moments = momentsOf({ report, runs });
      if (moments.length === 0) return undefined;
      const isInTime = new Set(moments.map(({ time }) => time)).size > 2;
      return {
        sentences: sentences(moments),
        figures: isInTime ? [growthFigure(Plot, moments), shareFigure(Plot, moments)] : [],
        tables: [table(moments), ...(isInTime ? [slopes(moments)] : [])],
      };
    },
  },
};

export function momentsOf({ report, runs }: Pick<SourceResult, "runs"> & { report: Pick<SourceResult["report"], "points"> }): Moment[] {
  return report.points.flatMap(({ ensemble }, i) => {
    const { columns = {} } = runs[i] ?? {};
    const { sinkNorm = new Float64Array(), normRatio = [], shortfall = new Float64Array() } = columns;
    const others = Float64Array.from(sinkNorm, (norm, run) => norm / (normRatio[run] as number));
    const of: Record<string, ArrayLike<number>> = { ...columns, others, ratio: normRatio };
    const found = [...measureNames, "shortfall", "ratio"].flatMap((name) => {
      const estimate = quantileWithInterval(of[name] ?? []);
      return estimate ? [[name, estimate] as const] : [];
    });
    const time = "time" in ensemble.until ? ensemble.until.time : undefined;
    if (time === undefined || found.length < measureNames.length + 2) return [];
    return [
      {
        model: ensemble.model,
        tokens: ensemble.tokens,
        time,
        runs: found[0]?.[1].count ?? 0,
        medians: Object.fromEntries(found) as Record<string, Estimate> as Moment["medians"],
        spread: [quantileWithInterval(sinkNorm, 0.05)?.value as number, quantileWithInterval(sinkNorm, 0.95)?.value as number],
        sinkNorm,
        shortfall,
      },
    ];
  });
}

const modelsOf = (moments: readonly Moment[]) => [...new Set(moments.map(({ model }) => model))];
const ofModel = (moments: readonly Moment[], model: string) =>
  moments.filter((moment) => moment.model === model).toSorted((a, b) => a.time - b.time);

/** Slopes late in a model: of the winner's norm and of the gap on log t, and of log(1 − p_sink) on the log of the winner's norm. */
function lateSlopes(moments: readonly Moment[]): { norm: Line; gap: Line; share: Line } | undefined {
  const those = moments.filter(({ time }) => time >= late);
  if (those.length < 3) return undefined;
  const logTimes = those.map(({ time }) => Math.log(time));
  const median = (name: keyof Moment["medians"]) => those.map(({ medians }) => medians[name].value);
  return {
    norm: line(logTimes, median("sinkNorm")),
    gap: line(logTimes, median("logitGap")),
    share: logLogSlope(median("sinkNorm"), median("shortfall")),
  };
}

export function sentences(moments: readonly Moment[]): string[] {
  return modelsOf(moments).flatMap((model) => {
    const own = ofModel(moments, model);
    const end = own.at(-1);
    const slope = lateSlopes(own);
    if (!end) return [];
    const { medians, spread } = end;
    const text = (name: keyof Moment["medians"]) => estimated(medians[name]);
    return [
      `In ${model} the norm of the winner's value is ${text("ratio")} times the median norm of a value at t = ${powerOfTen(end.time) || short(end.time)}, as a median over runs. It is ${medians.sinkNorm.value.toFixed(2)} itself (90 % of runs: ${spread.map((x) => x.toFixed(2)).join(" to ")}), the gap between the two largest logits ${text("logitGap")}.`,
      ...(slope
        ? [
            `From t = 10³ on, in ${model}, this norm grows by ${slopeText(slope.norm)} and the gap by ${slopeText(slope.gap)} for each unit of log t, and 1 − p_sink goes as the norm to the power ${slopeText(slope.share)}.`,
          ]
        : []),
    ];
  });
}

function growthFigure(Plot: PlotModule, moments: readonly Moment[]): Figure {
  const top = Math.max(...moments.flatMap(({ medians }) => measureNames.map((name) => medians[name].value)));
  const panels = modelsOf(moments).map((model, i): Panel => {
    const own = ofModel(moments, model);
    const each = measureNames.map((name) => ({ name, series: measures[name].says, color: measures[name].color }));
    return {
      title: model,
      x: { label: "flow time", log: true },
      y: { label: i === 0 ? "median of runs" : "", domain: [0, 1.05 * top] },
      dots: each.flatMap(({ name, ...entry }) =>
        own.map(({ time, medians }) => ({
          ...entry,
          x: time,
          y: medians[name].value,
          low: medians[name].interval[0],
          high: medians[name].interval[1],
        })),
      ),
      curves: each.map(({ name, ...entry }) => ({
        ...entry,
        points: own.map(({ time, medians }) => ({ x: time, y: medians[name].value })),
      })),
    };
  });
  return panelsFigure(
    Plot,
    {
      name: "massive",
      title: "Values and logits over time",
      caption: "Medians of runs with exact 95 % intervals, which are narrower than most dots.",
    },
    panels,
    measureNames.map((name) => ({ label: measures[name].says, color: measures[name].color })),
  );
}

/** At most so many runs of a time are drawn. */
const maxDrawn = 150;
const momentColors = [palette.sky, palette.green, palette.orange, palette.pink];

function shareFigure(Plot: PlotModule, moments: readonly Moment[]): Figure {
  const times = [...new Set(moments.map(({ time }) => time).filter((time) => time >= late))].sort((a, b) => a - b);
  const colorAt = (time: number) => momentColors[times.indexOf(time) % momentColors.length] as string;
  const label = (time: number) => `t = ${powerOfTen(time) || short(time)}`;
  const panels = modelsOf(moments).map((model, i): Panel => {
    const own = ofModel(moments, model).filter(({ time }) => time >= late);
    const dots = own.flatMap(({ time, sinkNorm, shortfall }) =>
      Array.from(sinkNorm.subarray(0, maxDrawn), (x, run) => ({
        series: label(time),
        color: colorAt(time),
        x,
        y: shortfall[run] as number,
        small: true,
      })).filter(({ x, y }) => x > 0 && y > 0),
    );
    const tokens = own[0]?.tokens ?? 2;
    const xs = dots.map(({ x }) => x);
    const [low, high] = [Math.min(...xs), Math.max(...xs)];
    const places = Array.from({ length: 30 }, (_, j) => low * (high / low) ** (j / 29));
    const law = places.map((x) => ({ x, y: (2 * (tokens - 1)) / (tokens * x * x) }));
    return {
      title: model,
      x: { label: "norm of the winner's value" },
      y: { label: i === 0 ? "1 − p_sink" : "", log: true },
      dots,
      curves: model === "value-softmax" ? [{ series: "2(n − 1)/(n norm²)", color: "currentColor", dashed: true, points: law }] : [],
    };
  });
  return panelsFigure(
    Plot,
    {
      name: "massive-share",
      title: "The norm of the winner's value, and its share",
      caption: `A dot a run, at most ${maxDrawn} at each time. Dashed: 2(n − 1)/(n τ²) with the norm in place of τ, which it comes to be late.`,
    },
    panels,
    times.map((time) => ({ label: label(time), color: colorAt(time) })),
  );
}

const table = (moments: readonly Moment[]): Table => ({
  name: "massive-runs",
  title: "Medians of runs with exact 95 % intervals.",
  columns: [
    { title: "model", holds: "name" },
    { title: "time", holds: "number" },
    { title: "runs", holds: "count" },
    { title: "1 − p_sink", holds: "estimate" },
    ...measureNames.map((name) => ({ title: measures[name].says, holds: "estimate" as const })),
    { title: "winner's norm over the median", holds: "estimate" },
  ],
  rows: moments.map(({ model, time, runs, medians }) => [
    model,
    time,
    runs,
    medians.shortfall,
    ...measureNames.map((name) => medians[name]),
    medians.ratio,
  ]),
});

const slopes = (moments: readonly Moment[]): Table => ({
  name: "massive-slopes",
  title: "From t = 10³ on, lines through medians: slope, standard error, and 95 % interval from Student's t.",
  columns: [
    { title: "model", holds: "name" },
    { title: "of", holds: "name" },
    { title: "slope", holds: "estimate" },
    { title: "standard error", holds: "number" },
  ],
  rows: modelsOf(moments).flatMap((model) => {
    const found = lateSlopes(ofModel(moments, model));
    if (!found) return [];
    const row = (of: string, { slope, slopeError, interval }: Line) => [model, of, { value: slope, interval }, slopeError];
    return [
      row("winner's norm on log t", found.norm),
      row("gap of logits on log t", found.gap),
      row("log(1 − p_sink) on log of the norm", found.share),
    ];
  }),
});
