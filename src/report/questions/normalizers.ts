import { none } from "../../model/columns.ts";
import { csvOf } from "../../results/csv.ts";
import { holm } from "../../statistics/holm.ts";
import { type PairedShares, pairedShares } from "../../statistics/pairedShares.ts";
import { type Proportion, proportion } from "../../statistics/proportion.ts";
import { quantileWithInterval } from "../../statistics/quantileInterval.ts";
import type { PointReport, SweepReport } from "../../sweep/sweep.ts";
import { listed, percent, powerOfTen, short, valueName } from "../format.ts";
import { type Figure, type PlotModule, renderSvg } from "../plot.ts";
import type { SourceResult } from "../study.ts";
import { letterWidth } from "../theme.ts";
import { curves } from "./curves.ts";
import { byText, colorsFor, isPlain, normalizerName } from "./kinds.ts";
import { rowsFigure } from "./rows.ts";
import type { Table } from "./table.ts";
import type { Answer, Question } from "./types.ts";
import { type Estimate, estimated, variedIn } from "./words.ts";

type Part = "time" | "equal" | "clock";

const columns = ["sink", "byLogit", "sinkShare", "polarizationTime", "timeToLoss"] as const;
/** The loss at which normalizers are compared: what the specification records the time to. */
const lossLevel = 0.01;

export const normalizers: Question<Part> = {
  name: "normalizers",
  title: "What if weights are made otherwise?",
  about:
    "The same starts under every normalizer, logistic loss: to t = 10⁶ from random logits of mean 1 and of mean 0 and from equal logits of 1; and to the same τ, the margin's own clock, dτ = −ℓ′(m) dt, in which all normalizers gain from the loss alike. Differences are of the same runs, under a normalizer and under softmax.",
  sources: {
    time: { file: "normalizers.yaml", set: ["grid.logits.mean=[1, 0]"], columns },
    equal: { file: "normalizers.yaml", set: ["logits={kind: given, vector: [1, 1, 1, 1, 1, 1, 1, 1]}"], columns },
    clock: { file: "normalizers.yaml", set: ["grid.until.clock=[16, 64]"], columns },
  },
  section(Plot, { time, equal, clock }) {
    const data: Data = {
      time: comparedWith(time, ({ ensemble: { logits } }) => ("mean" in logits ? `mean ${logits.mean}` : logits.kind)),
      equal: comparedWith(equal, () => "equal logits"),
      clock: comparedWith(clock, ({ ensemble: { until } }) => ("clock" in until ? `τ = ${until.clock}` : "")),
    };
    return {
      sentences: sentences(data),
      figures: [inTime(Plot, data), leaders(Plot, data), atLoss(Plot, data)],
      tables: [table(data), lossTable(data)],
    };
  },
  ofSweep: {
    wants: (report) => (isMeant(report) ? columns : undefined),
    answer: ofSweep,
  },
};

/** A sweep over normalizers, plain softmax among them, and at most one thing else. */
function isMeant(report: SweepReport): boolean {
  const keys = variedIn(report);
  return keys.includes("normalizer") && keys.length <= 2 && report.points.some(({ ensemble }) => isPlain(ensemble.normalizer));
}

function ofSweep(Plot: PlotModule, result: SourceResult): Answer | undefined {
  const { report, runs } = result;
  if (runs.length === 0) return undefined;
  const other = variedIn(report).find((key) => key !== "normalizer");
  const groupOf = ({ parameters }: PointReport) => (other === undefined ? "" : `${other} ${valueName(parameters[other])}`);
  const kinds = comparedWith(result, groupOf);
  const groups = [...new Set(kinds.map(({ group }) => group))];
  const told = groups.slice(0, 3).flatMap((group) => {
    const own = inGroup(kinds, group);
    const differing = own.filter(({ pValue = 1 }) => pValue < 0.05);
    const open = own.filter(({ pValue }) => pValue !== undefined && pValue >= 0.05).map(({ name }) => name);
    const where = group === "" ? "" : `At ${group}: `;
    return [
      `${where}From the same starts one token comes to hold ${short(own[0]?.point.ensemble.polarizedAt)} of the weight in this share of runs: ${byText(own, ({ polarized }) => percent(polarized))}.`,
      `${where}Beside softmax, run by run, this share differs by ${byText(differing, ({ difference }) => estimated(difference)) || "nothing that is decided"} (McNemar's test with Holm's correction: p < 0.05 for each of these, not for ${listed(open) || "none"}); the winner is that under softmax in ${byText(own, ({ same }) => (same ? percent(same) : undefined))}.`,
    ];
  });
  const data: Data = { time: kinds, equal: [], clock: [] };
  const level = report.points[0]?.ensemble.record.lossAt;
  return {
    sentences: told,
    figures: [leaders(Plot, data), ...(level === undefined ? [] : [atLoss(Plot, data, level)])],
    tables: [table(data), ...(level === undefined ? [] : [lossTable(data, level)])],
  };
}

/** Runs under a normalizer, and how they differ from those under softmax from the same starts. */
export interface Kind {
  name: string;
  kind: string;
  /** What the starts or the ends are, alike for all that are compared. */
  group: string;
  point: PointReport;
  runs: number;
  polarized: Proportion | undefined;
  largestShare: Estimate | undefined;
  byLogit: Proportion | undefined;
  /** How often the winner is that under softmax. */
  same: Proportion | undefined;
  /** The share that polarized, less that under softmax, and the p-value of McNemar's test, by Holm's correction within the group. */
  difference: Estimate | undefined;
  pValue: number | undefined;
  /** The median of the time to `lossLevel`, with its exact interval; infinite for runs that do not come to it. */
  toLoss: Estimate | undefined;
  /** Of the runs that come to it, how many have polarized by then. */
  polarizedAtLoss: Proportion | undefined;
}
type Data = Record<Part, readonly Kind[]>;

const told = (answers: readonly (boolean | undefined)[]): Proportion | undefined => {
  const given = answers.filter((answer) => answer !== undefined);
  return proportion(given.filter(Boolean).length, given.length);
};

/** Every point of a result beside the one of its group under plain softmax. @param groupOf what points are compared within */
function comparedWith({ report, runs: all }: SourceResult, groupOf: (point: PointReport) => string): Kind[] {
  const found = report.points.map((point, index) => {
    const { ensemble } = point;
    const { sink = [], byLogit = [], sinkShare = [], polarizationTime = [], timeToLoss = [] } = all[index]?.columns ?? {};
    const sinks = Array.from(sink, (token) => (token === none ? undefined : token));
    const isSound = Array.from(sinkShare, (share) => !Number.isNaN(share));
    const isPolarized = isSound.map((sound, run) => (sound ? !Number.isNaN(polarizationTime[run]) : undefined));
    const toLoss = Array.from(timeToLoss, (time, run) => (Number.isNaN(time) && isSound[run] ? Number.POSITIVE_INFINITY : time));
    const wasPolarized = toLoss.map((time, run) => (Number.isFinite(time) ? (polarizationTime[run] as number) <= time : undefined));
    return { point, ensemble, group: groupOf(point), sinks, byLogit, sinkShare, isPolarized, toLoss, wasPolarized };
  });
  const kinds = found.map(({ point, ensemble, group, sinks, byLogit, sinkShare, isPolarized, toLoss, wasPolarized }) => {
    const base = found.find((other) => other.group === group && isPlain(other.ensemble.normalizer)) as (typeof found)[number];
    const isSame = sinks.map((token, run) =>
      token === undefined || base.sinks[run] === undefined ? undefined : token === base.sinks[run],
    );
    const led = sinks.map((token, run) => (token === undefined || byLogit[run] === none ? undefined : byLogit[run] === token));
    const median = quantileWithInterval(sinkShare);
    const time = quantileWithInterval(toLoss);
    const difference: PairedShares | undefined = base.point === point ? undefined : pairedShares(isPolarized, base.isPolarized);
    return {
      name: normalizerName(ensemble.normalizer),
      kind: ensemble.normalizer.kind,
      group,
      point,
      runs: ensemble.runs,
      polarized: told(isPolarized),
      largestShare: median && { value: median.value, interval: median.interval },
      byLogit: told(led),
      same: base.point === point ? undefined : told(isSame),
      difference: difference && { value: difference.difference, interval: difference.interval },
      pValue: difference?.pValue,
      toLoss: time && { value: time.value, interval: time.interval },
      polarizedAtLoss: told(wasPolarized),
    };
  });
  for (const group of new Set(kinds.map((kind) => kind.group))) {
    const tested = kinds.filter((kind) => kind.group === group && kind.pValue !== undefined);
    const adjusted = holm(tested.map(({ pValue = 1 }) => pValue));
    for (const [i, kind] of tested.entries()) kind.pValue = adjusted[i];
  }
  return kinds;
}

const inGroup = (kinds: readonly Kind[], group: string | undefined) => kinds.filter((kind) => kind.group === group);

export function sentences({ time, equal, clock }: Data): string[] {
  const [first, second] = [...new Set(time.map(({ group }) => group))];
  const main = inGroup(time, first);
  const softmax = main[0] as Kind;
  const { times = [], polarized = [] } = softmax.point.overTime ?? {};
  const early = polarized[times.findIndex((t) => Math.abs(t / 1e3 - 1) < 1e-6)];
  const differing = main.filter(({ pValue = 1 }) => pValue < 0.05);
  const other = (kind: Kind) => inGroup(time, second).find(({ name }) => name === kind.name);
  const shifted = main.flatMap((kind) => {
    const [a, b] = [kind.byLogit, other(kind)?.byLogit];
    return a && b ? [`${kind.name} ${percent(a)} and ${percent(b)}`] : [];
  });
  const slowest = (kinds: readonly Kind[]) =>
    kinds.filter(({ toLoss }) => toLoss).sort((a, b) => (a.toLoss?.value ?? 0) - (b.toLoss?.value ?? 0));
  const reached = slowest(main);
  const uniform = main.find(({ kind }) => kind === "uniform");
  const clocks = [...new Set(clock.map(({ group }) => group))];
  return [
    `From the same starts one token comes to hold ${short(softmax.point.ensemble.polarizedAt)} of the weight by t = 10⁶ in this share of runs: ${byText(main, ({ polarized }) => percent(polarized))}.`,
    `Beside softmax, run by run, the share that polarizes differs by ${byText(differing, ({ difference }) => estimated(difference))} (McNemar's test with Holm's correction: p < 0.05 for each of these, not for ${listed(main.filter(({ pValue }) => pValue !== undefined && pValue >= 0.05).map(({ name }) => name)) || "none"}).`,
    `When one looks matters: under softmax ${percent(early)} of runs have polarized by t = 10³, and ${percent(softmax.polarized)} by 10⁶.`,
    `The mean of the logits changes nothing under softmax, and much elsewhere: the token that leads by logit at the start leads at the end, at ${first} and at ${second}, under ${shifted.join("; ")}.`,
    `Focus is not needed to lower the loss: uniform weights bring the loss of half of the runs to ${lossLevel} by t = ${estimated(uniform?.toLoss)}, softmax by ${estimated(softmax.toLoss)}; the first to do so are ${listed(reached.slice(0, 3).map(({ name, toLoss }) => `${name} (${short(toLoss?.value)})`))}, the last ${listed(reached.slice(-3).map(({ name, toLoss }) => `${name} (${short(toLoss?.value)})`))}.`,
    `At equal loss, when a run has come to ${lossLevel}, the shares that have polarized are ${byText(main, ({ polarizedAtLoss }) => (polarizedAtLoss ? percent(polarizedAtLoss) : undefined))}.`,
    ...clocks.map(
      (group) =>
        `At equal ${group} they are ${byText(inGroup(clock, group), ({ polarized }) => (polarized ? percent(polarized) : undefined))}.`,
    ),
    `From equal logits, where values alone decide, they are ${byText(equal, ({ polarized }) => percent(polarized))} by t = 10⁶; the winner is that under softmax in ${byText(equal, ({ same }) => (same ? percent(same) : undefined))}.`,
  ];
}

function inTime(Plot: PlotModule, { time }: Data): Figure {
  const groups = [...new Set(time.map(({ group }) => group))];
  const colors = colorsFor(inGroup(time, groups[0]));
  const dots = time.flatMap(({ name, group, point: { overTime } }) =>
    (overTime?.polarized ?? []).flatMap(({ share }, i) => {
      const t = overTime?.times[i] as number;
      return t >= 1 ? [{ panel: `logits of ${group}`, series: name, color: colors.get(name) as string, x: t, y: share }] : [];
    }),
  );
  const figure = curves(
    Plot,
    {
      name: "normalizers-in-time",
      title: "How many have polarized, and when",
      caption:
        "Share of runs in which one token has come to hold the weight that counts as polarized, by normalizer, from the same starts.",
    },
    {
      dots: [],
      lines: dots,
      x: { label: "flow time", log: true, ticks: [1, 1e2, 1e4, 1e6], format: powerOfTen },
      y: { label: "share of runs", domain: [0, 1] },
      legend: [...colors].map(([label, color]) => ({ label, color })),
      solid: true,
    },
  );
  return figure;
}

/** What a group is called: its starts differ in their logits, where it is one of the question's own. */
const titleOf = (group: string): string => (group.startsWith("mean") ? `logits of ${group}` : group || "runs");

/** A row a normalizer: how often the largest logit at the start leads at the end, by the mean of the logits. */
function leaders(Plot: PlotModule, { time }: Data): Figure {
  const sizes = [...new Set(time.map(({ point }) => point.ensemble.tokens))];
  const dashed = sizes.length === 1 ? 1 / (sizes[0] as number) : undefined;
  const starts = new Set(time.map(({ group }) => group)).size > 1 ? " and start" : "";
  return rowsFigure(
    Plot,
    {
      name: "normalizers-leaders",
      title: "How often the largest logit at the start leads at the end",
      caption: `By normalizer${starts}, with 95 % intervals${dashed === undefined ? "" : "; dashed, 1/n"}.`,
    },
    time.flatMap(({ name, group, byLogit }) =>
      byLogit ? [{ row: name, series: titleOf(group), value: byLogit.share, low: byLogit.interval[0], high: byLogit.interval[1] }] : [],
    ),
    { label: "share of runs", domain: [0, 1], ...(dashed !== undefined && { dashed }) },
  );
}

/** What focus buys: a row a normalizer, at the time that it takes to a loss, and beside it how many runs have polarized by then. */
function atLoss(Plot: PlotModule, { time }: Data, level = lossLevel): Figure {
  const main = inGroup(time, time[0]?.group);
  const colors = colorsFor(main);
  const rows = main
    .flatMap(({ name, toLoss, polarizedAtLoss }) => {
      const [low, high] = toLoss?.interval ?? [];
      return toLoss && polarizedAtLoss && Number.isFinite(high)
        ? [{ name, color: colors.get(name) as string, time: toLoss.value, low, high, share: polarizedAtLoss }]
        : [];
    })
    .sort((a, b) => a.time - b.time);
  const domain = [(rows[0]?.time ?? 1) / 1.4, (rows.at(-1)?.time ?? 1) * 1.4] as const;
  const ticks = [0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3000, 10_000].filter((x) => x >= domain[0] && x <= domain[1]);
  const svg = renderSvg(Plot, {
    height: 80 + 24 * rows.length,
    marginLeft: 30 + letterWidth * Math.max(...rows.map(({ name }) => name.length)),
    marginRight: 205,
    marginTop: 34,
    marginBottom: 42,
    x: {
      type: "log",
      label: `median flow time to a loss of ${level}`,
      domain,
      ticks,
      tickFormat: String,
      grid: true,
    },
    y: { domain: rows.map(({ name }) => name), label: null },
    color: { type: "identity" },
    marks: [
      Plot.ruleY(rows, { y: "name", x1: "low", x2: "high", stroke: "color", strokeWidth: 1.6 }),
      Plot.dot(rows, { y: "name", x: "time", fill: "color", r: 5 }),
      Plot.text(rows, {
        y: "name",
        frameAnchor: "right",
        textAnchor: "start",
        dx: 14,
        text: ({ share }) => percent(share),
        fill: "currentColor",
      }),
      Plot.text(["polarized by then"], { frameAnchor: "top-right", textAnchor: "start", dx: 14, dy: -20, fill: "currentColor" }),
    ],
  });
  return {
    name: "normalizers-at-loss",
    title: "What focus buys",
    caption: `By normalizer${time[0]?.group ? `, at ${time[0].group}` : ""}: the median, with its interval, of the time that runs take to a loss of ${level}; at the right the share of them that have polarized by then.`,
    svg,
    csv: csvOf(
      ["normalizer", "time", "low", "high", "polarized", "polarized, low", "polarized, high"],
      rows.map(({ name, time, low, high, share }) => [name, time, low, high, share.share, ...share.interval]),
    ),
  };
}

const table = ({ time, equal, clock }: Data): Table => ({
  name: "normalizers-table",
  title:
    "By starts or end, and normalizer: the share that polarized; the median of the largest share at the end, with its exact interval; how often the largest logit at the start leads at the end; how often the winner is that under softmax; and the share that polarized less that under softmax, over the same runs (score interval), with the p-value of McNemar's exact test after Holm's correction within the group.",
  columns: [
    { title: "group", holds: "name" },
    { title: "normalizer", holds: "name" },
    { title: "runs", holds: "count" },
    { title: "polarized", holds: "share" },
    { title: "largest share", holds: "estimate" },
    { title: "logit leads", holds: "share" },
    { title: "softmax's winner", holds: "share" },
    { title: "difference", holds: "estimate" },
    { title: "p", holds: "number" },
  ],
  rows: [...time, ...equal, ...clock].map(({ group, name, runs, polarized, largestShare, byLogit, same, difference, pValue }) => [
    group,
    name,
    runs,
    polarized,
    largestShare,
    byLogit,
    same,
    difference,
    pValue,
  ]),
});

const lossTable = ({ time, equal }: Data, level = lossLevel): Table => ({
  name: "normalizers-loss",
  title: `By starts and normalizer: the median of the time to a loss of ${level}, with its exact interval; how many of the runs that come to it have polarized by then; and the median loss at the end.`,
  columns: [
    { title: "group", holds: "name" },
    { title: "normalizer", holds: "name" },
    { title: `time to loss ${level}`, holds: "estimate" },
    { title: "polarized by then", holds: "share" },
    { title: "loss at the end", holds: "number" },
  ],
  rows: [...time, ...equal].map(({ group, name, toLoss, polarizedAtLoss, point }) => [
    group,
    name,
    toLoss,
    polarizedAtLoss,
    point.loss?.median,
  ]),
});
