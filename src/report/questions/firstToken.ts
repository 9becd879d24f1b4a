import { none } from "../../model/columns.ts";
import { type Ensemble, hasMode } from "../../model/ensemble.ts";
import { palette, seriesColors } from "../../model/palette.ts";
import { evenLead, leadChance } from "../../statistics/leader.ts";
import { pairedShares } from "../../statistics/pairedShares.ts";
import { type Proportion, proportion } from "../../statistics/proportion.ts";
import type { SweepReport } from "../../sweep/sweep.ts";
import { listed, percent, short } from "../format.ts";
import type { Figure, PlotModule } from "../plot.ts";
import type { SourceResult } from "../study.ts";
import { type Curves, curves, type Place } from "./curves.ts";
import type { Table } from "./table.ts";
import type { Answer, Question } from "./types.ts";
import { type Estimate, estimated } from "./words.ts";

type Part = "zero" | "scale" | "random";

/** The same head starts: a list for `--set`. */
const bySteps = "grid.headStart.by=[0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5]";
const columns = ["sink", "byLogit"] as const;

export const firstToken: Question<Part> = {
  name: "first-token",
  title: "What is a head start worth?",
  about:
    "Token 0 begins with a logit that is larger by δ, and no token has any other bias; logistic loss, to t = 10⁶. In one start all other logits are zero, in the other they are random, as the paper's are. Near equal weights the sum a + β·v/‖β‖ of a token's logit and of how far its value points along the target grows, so under softmax token 0 should win as often as its sum is the largest: the dashed lines, without a fit.",
  sources: {
    zero: { file: "first-token.yaml", columns },
    scale: { file: "first-token.yaml", set: ["grid.tokens=[8]", "grid.values.scale=[0.05, 0.2]"], columns },
    random: {
      file: "first-token.yaml",
      set: ["logits={kind: offset, mean: 1, scale: 0.1}", "grid.tokens=[8]", bySteps, "grid.normalizer=[softmax, sigmoid]"],
      columns,
    },
  },
  section(Plot, results) {
    const data = { zero: headStarts(results.zero), scale: headStarts(results.scale), random: headStarts(results.random) };
    return { sentences: sentences(data), figures: [shares(Plot, data), halves(Plot, data)], tables: [table(data), halfTable(data)] };
  },
  ofSweep: { wants: (report) => (isMeant(report) ? columns : undefined), answer: ofSweep },
};

/** Runs in which token 0 had a head start. */
export interface HeadStart {
  tokens: number;
  normalizer: string;
  runs: number;
  by: number;
  /** Of what a head start competes with: the standard deviation of β·v/‖β‖, of the logits, and of their sum. */
  pullSpread: number;
  logitSpread: number;
  spread: number;
  /** In how many runs token 0 became the sink, of those that have one, and had the largest logit at the start, of those in which one has. */
  won: Proportion;
  led: Proportion | undefined;
  /** Led less won, over the same runs. */
  lost: Estimate | undefined;
}
type Data = Record<Part, readonly HeadStart[]>;

const spreadOf = ({ logits, values }: Ensemble) => {
  const [logit, pull] = ["scale" in logits ? logits.scale : 0, "scale" in values ? values.scale : 0];
  return { logitSpread: logit, pullSpread: pull, spread: Math.hypot(logit, pull) };
};

/** Of the points of a result; without its runs, how often the token led is not known. */
function headStarts({ report, runs }: SourceResult): HeadStart[] {
  return report.points.flatMap(({ ensemble, runs: count, sink: { counts } }, i) => {
    const { token: favored, by } = ensemble.headStart ?? { token: 0, by: 0 };
    const { sink = [], byLogit = [] } = runs[i]?.columns ?? {};
    const isFirst = (tokens: ArrayLike<number>) => Array.from(tokens, (token) => (token === none ? undefined : token === favored));
    const [wins, leads] = [isFirst(sink), isFirst(byLogit)];
    const share = (answers: readonly (boolean | undefined)[]) => {
      const told = answers.filter((answer) => answer !== undefined);
      return proportion(told.filter(Boolean).length, told.length);
    };
    const won = proportion(
      counts[favored] as number,
      counts.reduce((sum, one) => sum + one, 0),
    );
    const paired = pairedShares(leads, wins);
    return won
      ? [
          {
            tokens: ensemble.tokens,
            normalizer: ensemble.normalizer.kind,
            runs: count,
            by,
            ...spreadOf(ensemble),
            won,
            led: share(leads),
            lost: paired && { value: paired.difference, interval: paired.interval },
          },
        ]
      : [];
  });
}

/** Where the line of the sum has the share of wins. */
const expected = ({ tokens, by, spread }: HeadStart): number => leadChance(tokens, by / spread);

/**
 * The head start that wins half of the runs: between the two whose shares are below and above, linearly; and so for both ends of the
 * intervals. Undefined where the head starts do not reach so far.
 */
export function halfOf(starts: readonly HeadStart[]): Estimate | undefined {
  const sorted = [...starts].sort((a, b) => a.by - b.by);
  const crossing = (of: (start: HeadStart) => number): number | undefined => {
    const above = sorted.findIndex((start) => of(start) >= 0.5);
    const [low, high] = [sorted[above - 1], sorted[above]];
    if (!high) return undefined;
    if (!low) return high.by;
    return low.by + ((high.by - low.by) * (0.5 - of(low))) / (of(high) - of(low));
  };
  const [value, early, late] = [
    crossing(({ won }) => won.share),
    crossing(({ won }) => won.interval[1]),
    crossing(({ won }) => won.interval[0]),
  ];
  return value === undefined ? undefined : { value, interval: [early ?? 0, late ?? Number.POSITIVE_INFINITY] };
}

/** Groups of head starts that differ in δ alone. */
function groupsOf(starts: readonly HeadStart[]): HeadStart[][] {
  const groups = new Map<string, HeadStart[]>();
  for (const start of starts) {
    const key = [start.tokens, start.pullSpread, start.logitSpread, start.normalizer].join(" ");
    groups.set(key, [...(groups.get(key) ?? []), start]);
  }
  return [...groups.values()];
}

const ofSoftmax = ({ zero, scale, random }: Data) => [...zero, ...scale, ...random.filter(({ normalizer }) => normalizer === "softmax")];

/** A sweep over head starts where the line is known: under softmax, with a loss of the margin, from starts as drawn here. */
const isMeant = ({ points }: SweepReport): boolean =>
  new Set(points.map(({ ensemble }) => ensemble.headStart?.by)).size > 1 &&
  points.every(({ ensemble }) => {
    const { headStart, target, values, logits } = ensemble;
    return headStart && hasMode(ensemble) && target.kind === "unit" && values.kind === "gaussian" && !("vector" in logits);
  });

function ofSweep(Plot: PlotModule, result: SourceResult): Answer | undefined {
  const starts = headStarts(result);
  if (new Set(starts.map(({ by }) => by)).size < 2) return undefined;
  const groups = groupsOf(starts);
  const nameOf = ([start]: HeadStart[]) => `${start?.tokens} tokens, spread ${short(start?.spread)}`;
  const colors = (i: number) => seriesColors[i % seriesColors.length] as string;
  const most = Math.max(...starts.map(({ by }) => by));
  const halves = groups.flatMap((group) => {
    const [half, [{ tokens, spread }]] = [halfOf(group), group as [HeadStart]];
    return half ? [`${estimated(half)} (${nameOf(group)}; line: ${short(evenLead(tokens) * spread)})`] : [];
  });
  const [least, best] = [starts.reduce((a, b) => (b.by < a.by ? b : a)), starts.reduce((a, b) => (b.by > a.by ? b : a))];
  const figure = curves(
    Plot,
    {
      name: "first-token",
      title: "Share of runs that the token with the head start wins",
      caption:
        "Dots, runs with 95 % intervals. Dashed, without a fit, how often its a + β·v/‖β‖ is the largest at the start. Spread: standard deviation of that sum.",
    },
    {
      dots: groups.flatMap((group, i) =>
        group.map(
          ({
            by,
            won: {
              share,
              interval: [low, high],
            },
          }) => ({ series: nameOf(group), color: colors(i), x: by, y: share, low, high }),
        ),
      ),
      lines: groups.flatMap((group, i) =>
        Array.from({ length: 51 }, (_, k) => ({
          series: nameOf(group),
          color: colors(i),
          x: (most * k) / 50,
          y: leadChance(group[0]?.tokens as number, (most * k) / 50 / (group[0]?.spread as number)),
        })),
      ),
      x: { label: "head start δ" },
      y: { label: "share of runs", domain: [0, 1] },
      legend: groups.map((group, i) => ({ label: nameOf(group), color: colors(i) })),
    },
  );
  return {
    sentences: [
      `A head start of δ = ${least.by} makes its token win in ${percent(least.won)} of runs, and one of ${best.by} in ${percent(best.won)}.`,
      ...(halves.length > 0 ? [`The δ that wins half of the runs is ${listed(halves)}.`] : []),
    ],
    figures: [figure],
    tables: [table({ zero: starts, scale: [], random: [] })],
  };
}

export function sentences(data: Data): string[] {
  const { zero, random } = data;
  const own = zero.filter(({ tokens }) => tokens === 8);
  const [first] = own as [HeadStart];
  const even = evenLead(first.tokens) * first.spread;
  const at = (starts: readonly HeadStart[], by: number) => starts.find((start) => start.by === by);
  const biggest = own.at(-1) as HeadStart;
  const softmax = random.filter(({ normalizer }) => normalizer === "softmax");
  const sigmoid = random.filter(({ normalizer }) => normalizer === "sigmoid");
  const shown = [0.05, 0.2, 0.4].filter((by) => at(softmax, by));
  const each = (of: (by: number) => string) => listed(shown.map(of));
  const off = ofSoftmax(data).map((start) => {
    const [low, high] = start.won.interval;
    return { by: start.won.share - expected(start), isAbove: low > expected(start), isBelow: high < expected(start) };
  });
  const [above, below] = [off.filter(({ isAbove }) => isAbove).length, off.filter(({ isBelow }) => isBelow).length];
  const groups = groupsOf(zero).map(
    (group) =>
      `${estimated(halfOf(group))} of ${group[0]?.tokens} tokens (line: ${short(evenLead(group[0]?.tokens as number) * (group[0]?.spread as number))})`,
  );
  const scales = groupsOf(data.scale).map(
    (group) => `${estimated(halfOf(group))} at scale ${group[0]?.pullSpread} (line: ${short(evenLead(8) * (group[0]?.spread as number))})`,
  );
  return [
    `With no bias of any kind token 0 wins in ${percent(at(own, 0)?.won)} of runs, where 1/n is ${short(100 / first.tokens)} %; a head start of δ = ${estimated(halfOf(own))} wins half of the runs, where the distribution of a + β·v/‖β‖ says ${short(even)}; δ = ${biggest.by} wins ${percent(biggest.won)}.`,
    `The δ that wins half grows slowly with the number of tokens: ${listed(groups)}; and in proportion to the scale of the values: ${listed(scales)}.`,
    `With random logits a head start competes with logits and values at once: a token with δ = ${listed(shown.map(String))} leads by logit at the start in ${each((by) => percent(at(softmax, by)?.led))} of runs, wins under softmax in ${each((by) => percent(at(softmax, by)?.won))}, and has the largest share at the end under sigmoid in ${each((by) => percent(at(sigmoid, by)?.won))}.`,
    `So the feedback makes much of the weight of a small lead, not of its chance to win: under softmax the token wins less often than it leads, by ${each((by) => `${estimated(at(softmax, by)?.lost)} at δ = ${by}`)}, as a difference of shares of the same runs.`,
    `Under softmax the share of wins is off the line by at most ${short(Math.max(...off.map(({ by }) => Math.abs(by))))} at ${off.length} points, which share their starts; ${off.length - above - below} of their 95 % intervals hold the line, ${above} lie above it and ${below} below.`,
  ];
}

function shares(Plot: PlotModule, { zero, random }: Data): Figure {
  const panels = ["all other logits zero, by tokens", "random logits, 8 tokens"] as const;
  const sizes = [...new Set(zero.map(({ tokens }) => tokens))];
  const color = (i: number) => seriesColors[i % seriesColors.length] as string;
  const dot = (panel: string, series: string, hue: string, by: number, { share, interval: [low, high] }: Proportion): Place => ({
    panel,
    series,
    color: hue,
    x: by,
    y: share,
    low,
    high,
  });
  const most = Math.max(...zero.map(({ by }) => by));
  const line = (panel: string, series: string, hue: string, tokens: number, spread: number): Place[] =>
    Array.from({ length: 51 }, (_, i) => (most * i) / 50).map((by) => ({
      panel,
      series,
      color: hue,
      x: by,
      y: leadChance(tokens, by / spread),
    }));
  const [muchMore, led, other] = [palette.pink, palette.orange, palette.brown];
  const [{ tokens, spread, logitSpread } = { tokens: 8, spread: 1, logitSpread: 1 }] = random;
  const content: Pick<Curves, "dots" | "lines"> = {
    dots: [
      ...zero.map(({ tokens, by, won }) => dot(panels[0], String(tokens), color(sizes.indexOf(tokens)), by, won)),
      ...random.map(({ normalizer, by, won }) => dot(panels[1], normalizer, normalizer === "softmax" ? muchMore : other, by, won)),
      ...random.flatMap(({ normalizer, by, led: share }) =>
        share && normalizer === "softmax" ? [dot(panels[1], "leads at the start", led, by, share)] : [],
      ),
    ],
    lines: [
      ...sizes.flatMap((tokens, i) => line(panels[0], String(tokens), color(i), tokens, zero[0]?.spread ?? 1)),
      ...line(panels[1], "softmax", muchMore, tokens, spread),
      ...line(panels[1], "leads at the start", led, tokens, logitSpread),
    ],
  };
  return curves(
    Plot,
    {
      name: "first-token",
      title: "Share of runs that token 0 wins, by its head start",
      caption:
        "Dots, runs with 95 % intervals. Dashed, how often a + β·v/‖β‖ of token 0 is the largest at the start, and on the right also how often its logit is. Values have the scale 0.1, and so have random logits.",
    },
    {
      ...content,
      x: { label: "head start δ" },
      y: { label: "share of runs", domain: [0, 1] },
      legend: [
        ...sizes.map((tokens, i) => ({ label: `${tokens} tokens`, color: color(i) })),
        { label: "right: sink, softmax", color: muchMore },
        { label: "largest, sigmoid", color: other },
        { label: "largest logit at the start", color: led },
      ],
    },
  );
}

/** Half points in units of the spread of a + β·v/‖β‖, in which all lie on one line. */
function halves(Plot: PlotModule, data: Data): Figure {
  const groups = groupsOf(ofSoftmax(data));
  const colors = [...new Set(groups.map(([start]) => start?.spread))];
  const color = (spread: number | undefined) => seriesColors[colors.indexOf(spread) % seriesColors.length] as string;
  const dots = groups.flatMap((group): Place[] => {
    const [{ tokens, spread }] = group as [HeadStart];
    const half = halfOf(group);
    if (!half) return [];
    const [low, high] = half.interval;
    return [{ series: short(spread), color: color(spread), x: tokens, y: half.value / spread, low: low / spread, high: high / spread }];
  });
  const sizes = Array.from({ length: 26 }, (_, i) => 2 ** (1 + i / 6)).map(Math.round);
  return curves(
    Plot,
    {
      name: "first-token-half",
      title: "The head start that wins half of the runs, by the number of tokens",
      caption:
        "In units of the standard deviation of a + β·v/‖β‖ of one token. Dots, runs with 95 % intervals; dashed, the median of what the head start has to exceed, without a fit.",
    },
    {
      dots,
      apart: true,
      lines: sizes.map((tokens) => ({ series: "line", color: "currentColor", x: tokens, y: evenLead(tokens) })),
      x: { label: "tokens", log: true, ticks: [2, 4, 8, 16, 32] },
      y: { label: "δ that wins half / standard deviation" },
      legend: colors.map((spread) => ({ label: `standard deviation ${short(spread)}`, color: color(spread) })),
      height: 260,
    },
  );
}

const table = ({ zero, scale, random }: Data): Table => ({
  name: "first-token-table",
  title:
    "By head start δ: how often token 0 wins (under sigmoid: has the largest share at the end), of the runs that have one; how often the line says under softmax; how often it has the largest logit at the start, of the runs in which one has; and the difference of these shares, over the same runs (score interval).",
  columns: [
    { title: "normalizer", holds: "name" },
    { title: "tokens", holds: "name" },
    { title: "scale of values", holds: "name" },
    { title: "scale of logits", holds: "name" },
    { title: "δ", holds: "name" },
    { title: "runs", holds: "count" },
    { title: "wins", holds: "share" },
    { title: "line", holds: "number" },
    { title: "leads", holds: "share" },
    { title: "leads less wins", holds: "estimate" },
  ],
  rows: [...zero, ...scale, ...random].map((start) => [
    start.normalizer,
    start.tokens,
    start.pullSpread,
    start.logitSpread,
    start.by,
    start.runs,
    start.won,
    start.normalizer === "softmax" ? expected(start) : undefined,
    start.led,
    start.lost,
  ]),
});

const halfTable = (data: Data): Table => ({
  name: "first-token-halves",
  title: "The head start that wins half of the runs, between the head starts that were followed, and what the line says.",
  columns: [
    { title: "tokens", holds: "name" },
    { title: "scale of values", holds: "name" },
    { title: "scale of logits", holds: "name" },
    { title: "δ that wins half", holds: "estimate" },
    { title: "line", holds: "number" },
  ],
  rows: groupsOf(ofSoftmax(data)).map((group) => {
    const [{ tokens, pullSpread, logitSpread, spread }] = group as [HeadStart];
    return [tokens, pullSpread, logitSpread, halfOf(group), evenLead(tokens) * spread];
  }),
});
