import { type Ensemble, hasClock, hasMode } from "../../model/ensemble.ts";
import { palette, seriesColors } from "../../model/palette.ts";
import { normalQuantile } from "../../model/random.ts";
import type { RunNumbers } from "../../results/runNumbers.ts";
import { type QuantileEstimate, quantileWithInterval } from "../../statistics/quantileInterval.ts";
import { type Line, logLogSlope } from "../../statistics/slope.ts";
import { type Survival, survival } from "../../statistics/survival.ts";
import type { PointReport } from "../../sweep/sweep.ts";
import { listed, powerOfTen, short } from "../format.ts";
import type { Figure, PlotModule } from "../plot.ts";
import type { SourceResult } from "../study.ts";
import { muted } from "../theme.ts";
import { type Panel, panelsFigure } from "./panels.ts";
import type { Table } from "./table.ts";
import type { Answer, Question } from "./types.ts";
import { type Estimate, estimated, slopeText } from "./words.ts";

/** A point at which runs start: how many tokens, and how far from equal weights. */
interface Start {
  tokens: number;
  dim: number;
  /** Standard deviation of a_i + β·v_i/‖β‖. */
  scale: number;
}

/** When the largest share exceeds twice uniform, and when it reaches the threshold, in the runs of a point. */
interface Timing extends Start {
  runs: number;
  tipping: Survival;
  polarization: Survival;
}

const starts = ["tokens", "dim", "scale"] as const;
const named = { tokens: "number of tokens n", dim: "dimension d", scale: "scale of the start" } as const;
const timesOf = ["tipping", "polarization"] as const;
const colors = { tipping: palette.blue, polarization: palette.vermilion } as const;

const wanted = ["tippingTime", "polarizationTime", "time"] as const;
const lateWanted = ["shortfall", "logTime"] as const;

export const tipping: Question<(typeof starts)[number] | "late"> = {
  name: "tipping",
  title: "When does one token take over, and how slow is the end?",
  about:
    "Softmax and logistic loss. The tipping time is when the largest share first exceeds twice uniform, 2/n; the time to polarize, when it reaches 0.9. Both against the number of tokens, the dimension of values, and the scale of the start, which is the standard deviation of a + β·v/‖β‖, over starts of logits and of values of several scales. Then the end, to t = 10¹⁰⁰, in the margin's own clock τ = ∫ −ℓ′ dt.",
  sources: {
    tokens: { file: "tipping-tokens.yaml", columns: wanted },
    dim: { file: "tipping-dim.yaml", columns: wanted },
    scale: { file: "tipping-scale.yaml", columns: wanted },
    late: { file: "tipping-late.yaml", columns: lateWanted },
  },
  section: (Plot, { late, ...byStart }) => {
    const timings = Object.fromEntries(starts.map((of) => [of, timingsOf(byStart[of])])) as Record<(typeof starts)[number], Timing[]>;
    const ends = endsOf(late);
    return {
      sentences: [...timeSentences(timings), ...endSentences(ends)],
      figures: [timeFigure(Plot, timings), endFigure(Plot, ends)],
      tables: [timeTable(timings), slopeTable(timings), endTable(ends)],
    };
  },
  ofSweep: {
    wants: ({ points }) => (points.every(({ ensemble }) => hasTipping(ensemble)) ? [...wanted, ...lateWanted] : undefined),
    answer: ofSweep,
  },
};

/** Whether the law and the linear growth are of this ensemble: softmax and logistic loss, and either a tipping time or the margin's own clock. */
const hasTipping = (ensemble: Ensemble): boolean =>
  hasMode(ensemble) && ensemble.loss.kind === "logistic" && !ensemble.optimizer && (ensemble.record.tippingTime || hasClock(ensemble));

/** By what of the start the points of a sweep differ; they stand under the first of these. */
function ofSweep(Plot: PlotModule, result: SourceResult): Answer | undefined {
  const isAsked = result.report.points.every(({ ensemble }) => ensemble.record.tippingTime);
  const [all, ends] = [isAsked ? timingsOf(result) : [], endsOf(result)];
  const isVaried = (of: (typeof starts)[number]) => new Set(all.map((timing) => timing[of])).size > 1;
  const [by = "tokens"] = starts.filter(isVaried);
  const timings: Timings = { tokens: [], dim: [], scale: [], [by]: all };
  const first = all.slice(0, 4).map(({ tokens, dim, scale, tipping, polarization }) => {
    const reached = Number.isFinite(polarization.median) ? `t = ${estimated(medianEstimate(polarization))}` : "no time in half of the runs";
    return `At ${tokens} tokens, dimension ${dim} and a start of scale ${short(scale)} the largest share exceeds twice uniform at a median t = ${estimated(medianEstimate(tipping))}, where linear growth says ${short(linearTippingTime({ tokens, scale }))}, and reaches 0.9 at ${reached}.`;
  });
  if (all.length === 0 && ends.length === 0) return undefined;
  return {
    sentences: [...first, ...endSentences(ends)],
    figures: [...(all.length > 1 ? [timeFigure(Plot, timings)] : []), ...(ends.length > 1 ? [endFigure(Plot, ends)] : [])],
    tables: [
      ...(all.length > 0 ? [timeTable(timings)] : []),
      ...(isVaried(by) ? [slopeTable(timings)] : []),
      ...(ends.length > 0 ? [endTable(ends)] : []),
    ],
  };
}

/** Of runs with a time that was not reached, and ends. Undefined where no run ended soundly. */
function timingsOf({ report, runs }: SourceResult): Timing[] {
  return report.points.flatMap(({ ensemble }, i) => {
    const { tippingTime = [], polarizationTime = [], time = [] } = runs[i]?.columns ?? {};
    const [first, second] = [survival(tippingTime, time), survival(polarizationTime, time)];
    if (!first || !second) return [];
    const { tokens, dim, logits, values } = ensemble;
    const scale = Math.hypot("scale" in logits ? logits.scale : 0, "scale" in values ? values.scale : 0);
    return [{ tokens, dim, scale, runs: first.runs, tipping: first, polarization: second }];
  });
}

/**
 * When the largest share would exceed 2/n if the mode went on to grow as it does near equal weights: a_i and u_i = β·v_i both come to
 * M e^(τ/n)/2 in the clock τ, with M the largest a + u at the start, whose median is that of the largest of n normals; the share is 2/n
 * at a = log(2(n − 1)/(n − 2)), where the others stay. Of logistic loss t = ∫ (1 + e^m) dτ with the margin m = τ/n of equal weights.
 */
export function linearTippingTime({ tokens: n, scale }: Pick<Start, "tokens" | "scale">): number {
  const u = 2 ** (-1 / n);
  const largest = scale * normalQuantile(u - 0.5, 1 - u);
  const growth = (2 * Math.log((2 * (n - 1)) / (n - 2))) / largest;
  return n * (Math.log(growth) + growth - 1);
}

/** The slope of the logarithm of medians on that of what varies; undefined where fewer than three medians are known. */
function slopeOf(timings: readonly Timing[], of: (typeof starts)[number], median: (timing: Timing) => number): Line | undefined {
  const known = timings.filter((timing) => median(timing) > 0 && Number.isFinite(median(timing)));
  const x = known.map((timing) => timing[of]);
  return new Set(x).size < 3 ? undefined : logLogSlope(x, known.map(median));
}

const medianEstimate = ({ median, medianInterval }: Survival): Estimate => ({ value: median, interval: medianInterval });

type Timings = Record<(typeof starts)[number], Timing[]>;

export function timeSentences(timings: Timings): string[] {
  const [usual] = timings.dim.filter(({ dim, tokens }) => dim === tokens).concat(timings.dim);
  const slopes = (of: (typeof timesOf)[number]) =>
    listed(starts.map((start) => `${slopeText(slopeOf(timings[start], start, (timing) => timing[of].median))} with the ${named[start]}`));
  const expected = starts.map((start) => slopeOf(timings[start], start, linearTippingTime)?.slope);
  const all = starts.flatMap((start) => timings[start]);
  const late = all.map((timing) => linearTippingTime(timing) / timing.tipping.median).filter((ratio) => ratio > 0);
  return [
    ...(usual
      ? [
          `At ${usual.tokens} tokens the largest share exceeds twice uniform at a median t = ${estimated(medianEstimate(usual.tipping))}, and reaches 0.9 at t = ${estimated(medianEstimate(usual.polarization))}.`,
        ]
      : []),
    `Slopes of log on log of the median tipping time are ${slopes("tipping")}. Where the mode a + β·v/‖β‖ only grew as it does near equal weights they would be ${listed(expected.map(short))}, and the times ${short(Math.min(...late))} to ${short(Math.max(...late))} times as long.`,
    `Those of the median time to polarize are ${slopes("polarization")}.`,
  ];
}

function timeFigure(Plot: PlotModule, timings: Timings): Figure {
  const all = starts
    .flatMap((start) => timings[start])
    .flatMap((timing) => timesOf.flatMap((of) => [timing[of].median, ...timing[of].medianInterval]));
  const times = all.filter((time) => time > 0 && Number.isFinite(time));
  const domain: [number, number] = [Math.min(...times) / 1.5, Math.max(...times) * 1.5];
  const varied = starts.filter((start) => timings[start].length > 0);
  const panels = varied.map((start, i): Panel => {
    const sorted = timings[start].toSorted((a, b) => a[start] - b[start]);
    const whole = start === "scale" ? {} : { ticks: sorted.map((timing) => timing[start]) };
    return {
      x: { label: named[start], log: true, ...whole },
      y: { label: i === 0 ? "time, median of runs" : "", log: true, domain },
      dots: timesOf.flatMap((of) =>
        sorted.map((timing) => {
          const [low, high] = timing[of].medianInterval;
          return { series: of, color: colors[of], x: timing[start], y: timing[of].median, low, high };
        }),
      ),
      curves: [
        {
          series: "tipping, by linear growth",
          color: muted,
          dashed: true,
          points: sorted.map((timing) => ({ x: timing[start], y: linearTippingTime(timing) })),
        },
      ],
    };
  });
  return panelsFigure(
    Plot,
    {
      name: "tipping",
      title: "The tipping point",
      caption:
        "Median time at which the largest share exceeds 2/n, and at which it reaches 0.9, with 95 % intervals (Kaplan-Meier; Brookmeyer and Crowley with log(−log)). Dashed: the tipping time if the mode grew all the way as it does near equal weights, without a fit.",
    },
    panels,
    [
      { label: "exceeds twice uniform", color: colors.tipping },
      { label: "reaches 0.9", color: colors.polarization },
      { label: "exceeds it, by linear growth", color: muted },
    ],
  );
}

/** How far runs of a point are from focus at a time in the margin's clock. */
interface End {
  tokens: number;
  /** τ */
  clock: number;
  /** Of runs, the natural logarithm of flow time, and 1 − p_sink. */
  logTime: number;
  shortfall: QuantileEstimate;
  /** 2(n − 1)/(n τ²) */
  law: number;
}

/** 1 − p_sink late under softmax, in the margin's own clock, with ‖β‖ = 1. */
export const lateShortfall = (tokens: number, clock: number): number => (2 * (tokens - 1)) / (tokens * clock * clock);

export const endsOf = ({
  report,
  runs,
}: {
  report: { points: readonly Pick<PointReport, "ensemble">[] };
  runs: readonly RunNumbers[];
}): End[] =>
  report.points.flatMap(({ ensemble: { tokens, until } }, i) => {
    const { shortfall = [], logTime = [] } = runs[i]?.columns ?? {};
    const [found, time] = [quantileWithInterval(shortfall), quantileWithInterval(logTime)];
    const clock = "clock" in until ? until.clock : undefined;
    if (!found || !time || clock === undefined) return [];
    return [{ tokens, clock, logTime: time.value, shortfall: found, law: lateShortfall(tokens, clock) }];
  });

const lastOf = (ends: readonly End[]): End[] =>
  [...new Set(ends.map(({ tokens }) => tokens))].flatMap((n) => ends.filter(({ tokens }) => tokens === n).at(-1) ?? []);

export function endSentences(ends: readonly End[]): string[] {
  const last = lastOf(ends);
  const texts = last.map(({ tokens, logTime, shortfall: { value, interval }, law }) => {
    const ratio = estimated({ value: value / law, interval: [interval[0] / law, interval[1] / law] });
    return `${estimated({ value, interval })} for n = ${tokens} at t = ${timeText(logTime)}, ${ratio} times that`;
  });
  return texts.length > 0
    ? [`The end is slow: 1 − p_sink goes to 2(n − 1)/(n τ²), with τ about the logarithm of t. Its median is ${listed(texts)}.`]
    : [];
}
const timeText = (logTime: number) => powerOfTen(10 ** Math.round(logTime / Math.LN10));

function endFigure(Plot: PlotModule, ends: readonly End[]): Figure {
  const sizes = [...new Set(ends.map(({ tokens }) => tokens))];
  const series = sizes.map((tokens, i) => ({ tokens, label: `${tokens} tokens`, color: seriesColors[i % seriesColors.length] as string }));
  const at = ({ logTime }: End) => logTime / Math.LN10;
  const x = { label: "flow time", tickFormat: (power: number) => powerOfTen(10 ** power) };
  const [first, final] = [Math.max(1, Math.min(...ends.map(at))), Math.max(...ends.map(at))];
  const places = Array.from({ length: 60 }, (_, i) => first * (final / first) ** (i / 59));
  const panel = (y: Panel["y"], of: (end: End, value: number) => number, expected: (tokens: number, x: number) => number): Panel => ({
    x,
    y,
    dots: series.flatMap(({ tokens, label, color }) =>
      ends
        .filter((end) => end.tokens === tokens)
        .map((end) => {
          const [low, high] = end.shortfall.interval;
          return { series: label, color, x: at(end), y: of(end, end.shortfall.value), low: of(end, low), high: of(end, high) };
        }),
    ),
    curves: series.map(({ tokens, label, color }) => ({
      series: label,
      color,
      dashed: true,
      points: places.map((x) => ({ x, y: expected(tokens, x) })),
    })),
  });
  return panelsFigure(
    Plot,
    {
      name: "tipping-late",
      title: "The end, beyond t = 10¹⁰⁰",
      caption:
        "Left, 1 − p_sink, the median of runs with its exact 95 % interval; dashed, 2(n − 1)/(n τ²) with the logarithm of t for τ. Right, the ratio to the law at the τ of the runs, which goes to 1.",
    },
    [
      panel(
        { label: "1 − p_sink", log: true },
        (_, value) => value,
        (tokens, x) => lateShortfall(tokens, x * Math.LN10),
      ),
      panel(
        { label: "ratio to 2(n − 1)/(n τ²)", log: true },
        ({ law }, value) => value / law,
        () => 1,
      ),
    ],
    series,
  );
}

const timeTable = (timings: Timings): Table => ({
  name: "tipping-times",
  title:
    "Median times with 95 % intervals (Kaplan-Meier; runs that ended before are censored, and counted), and the tipping time of linear growth.",
  columns: [
    { title: "varied", holds: "name" },
    { title: "tokens", holds: "count" },
    { title: "dim", holds: "count" },
    { title: "scale", holds: "number" },
    { title: "runs", holds: "count" },
    { title: "exceeds twice uniform", holds: "estimate" },
    { title: "censored", holds: "count" },
    { title: "reaches 0.9", holds: "estimate" },
    { title: "censored", holds: "count" },
    { title: "linear growth", holds: "number" },
  ],
  rows: starts.flatMap((start) =>
    timings[start].map((timing) => [
      start,
      timing.tokens,
      timing.dim,
      timing.scale,
      timing.runs,
      medianEstimate(timing.tipping),
      timing.tipping.censored,
      medianEstimate(timing.polarization),
      timing.polarization.censored,
      linearTippingTime(timing),
    ]),
  ),
});

const slopeTable = (timings: Timings): Table => ({
  name: "tipping-slopes",
  title:
    "Slopes of log on log through the medians, with 95 % intervals from Student's t and how far medians are off the line; and that of linear growth.",
  columns: [
    { title: "time", holds: "name" },
    { title: "varied", holds: "name" },
    { title: "slope", holds: "estimate" },
    { title: "standard error", holds: "number" },
    { title: "linear growth", holds: "number" },
  ],
  rows: timesOf.flatMap((of) =>
    starts
      .filter((start) => timings[start].length > 0)
      .map((start) => {
        const found = slopeOf(timings[start], start, (timing) => timing[of].median);
        const expected = of === "tipping" ? slopeOf(timings[start], start, linearTippingTime)?.slope : undefined;
        return [of, start, found && { value: found.slope, interval: found.interval }, found?.slopeError, expected];
      }),
  ),
});

const endTable = (ends: readonly End[]): Table => ({
  name: "tipping-end",
  title: "1 − p_sink, the median of runs with its exact 95 % interval, beside 2(n − 1)/(n τ²), by the margin's own clock τ.",
  columns: [
    { title: "tokens", holds: "count" },
    { title: "clock", holds: "number" },
    { title: "log10 of time", holds: "number" },
    { title: "runs", holds: "count" },
    { title: "1 − p_sink", holds: "estimate" },
    { title: "law", holds: "number" },
    { title: "ratio", holds: "number" },
  ],
  rows: ends.map(({ tokens, clock, logTime, shortfall, law }) => [
    tokens,
    clock,
    logTime / Math.LN10,
    shortfall.count,
    shortfall,
    law,
    shortfall.value / law,
  ]),
});
