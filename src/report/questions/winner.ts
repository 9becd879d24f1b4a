import { linearLeader } from "../../ensemble/linearLeader.ts";
import { none } from "../../model/columns.ts";
import { seriesColors } from "../../model/palette.ts";
import { pairedShares } from "../../statistics/pairedShares.ts";
import { type Proportion, proportion } from "../../statistics/proportion.ts";
import { listed, percent, shareText, short } from "../format.ts";
import type { Figure, PlotModule } from "../plot.ts";
import type { Source, SourceResult } from "../study.ts";
import { curves, type Place } from "./curves.ts";
import { leadsOfSweep } from "./leads.ts";
import { overtakingFigure, overtakingSentences, overtakingTable } from "./overtaking.ts";
import { type Starts, startsOf } from "./starts.ts";
import type { Table } from "./table.ts";
import type { Question } from "./types.ts";
import { estimated } from "./words.ts";

const predicted = ["mode", "logit", "alignment"] as const;
const says = { mode: "a + β·v/‖β‖", logit: "the logit", alignment: "the alignment" } as const;
const colors = { mode: seriesColors[0], logit: seriesColors[1], alignment: seriesColors[2] } as Record<(typeof predicted)[number], string>;

/** What is varied of the default start: a key of the grid, its values, and what the page calls it. */
const varied = {
  tokens: { key: "tokens", values: [2, 4, 8, 16, 32], says: "tokens", usual: 8 },
  dim: { key: "dim", values: [2, 4, 8, 16, 32], says: "dimension", usual: 8 },
  values: { key: "values.scale", values: [0.01, 0.03, 0.1, 0.3, 1], says: "scale of values", usual: 0.1 },
  logits: { key: "logits.scale", values: [0.01, 0.03, 0.1, 0.3, 1], says: "scale of logits", usual: 0.1 },
  temperature: { key: "normalizer.temperature", values: [0.25, 0.5, 1, 2, 4], says: "temperature", usual: 1 },
} as const;
type Varied = keyof typeof varied;
const variedNames = Object.keys(varied) as Varied[];

const variedSources = Object.fromEntries(
  variedNames.map((name) => [
    name,
    { file: "winner.yaml", set: [`grid.${varied[name].key}=[${varied[name].values.join(", ")}]`], columns: [] },
  ]),
) as unknown as Record<Varied, Source>;

const inDetail = {
  columns: ["sink", "byMode", "byLogit", "byAlignment", "lockInTime", "polarizationTime"],
  vectors: ["initialLogits", "initialAlignments"],
} as const;

export const winner: Question<Varied | "starts" | "others" | "turning"> = {
  name: "winner",
  title: "What decides which token wins?",
  about:
    "The paper's start, logits of spread 0.1 around 1 and values of scale 0.1, with softmax and logistic loss to t = 10⁶; then with one setting changed, and with other normalizers and losses. Near equal weights the difference of two tokens grows in one mode, in which a logit a and a pull β·v/‖β‖ count alike; so the token of the largest sum should win.",
  sources: {
    starts: { file: "winner.yaml", set: ["runs=4096", "record.vectors=true"], ...inDetail },
    ...variedSources,
    others: {
      file: "winner.yaml",
      set: [
        "record.vectors=true",
        "grid.loss=[logistic, exponential, square]",
        "grid.normalizer=[softmax, softmax1, sparsemax, l2, l1, sum, sigmoid-norm, sigmoid, linear]",
      ],
      ...inDetail,
    },
    turning: {
      file: "winner.yaml",
      set: ["runs=256", "grid.loss=[cross-entropy, regression]"],
      columns: ["sink", "byLogit", "byAlignment"],
    },
  },
  section(Plot, results) {
    const [main] = startsOf(results.starts) as [Starts];
    const others = startsOf(results.others);
    const data = { main, others, variations: variationsOf(results), turnings: turningsOf(results.turning) };
    return {
      sentences: sentences(data),
      figures: [byLead(Plot, data), bySetting(Plot, data), overtakingFigure(Plot, main)],
      tables: [otherTable(data), turningTable(data), leadTable(data), overtakingTable(main), settingTable(data)],
    };
  },
  ofSweep: leadsOfSweep,
};

/** How often each predictor was right, with one setting changed. */
interface Variation {
  name: Varied;
  value: number;
  runs: number;
  right: Partial<Record<(typeof predicted)[number], Proportion>>;
}

interface Data {
  main: Starts;
  others: readonly Starts[];
  variations: readonly Variation[];
  turnings: readonly Turning[];
}

/** Runs of a loss under which the output does not go straight, so that no one direction of a value counts. */
interface Turning {
  loss: string;
  runs: number;
  /** How often the token leads at the end that growth near equal tokens names (`linearLeader`), that has the largest logit, that is best aligned. */
  right: Record<"linear" | "logit" | "alignment", Proportion | undefined>;
}

/** Runs of a point that are followed again, close to equal tokens, at most. */
const maxFollowed = 256;

const turningsOf = ({ report, runs }: SourceResult): Turning[] =>
  report.points.map(({ ensemble }, i) => {
    const { sink = [], byLogit = [], byAlignment = [] } = runs[i]?.columns ?? {};
    const followed = Array.from({ length: Math.min(maxFollowed, ensemble.runs) }, (_, run) => linearLeader(ensemble, run));
    const right = (leaders: ArrayLike<number>) => {
      const known = followed.flatMap((_, run) => (sink[run] === none || leaders[run] === none ? [] : [sink[run] === leaders[run]]));
      return proportion(known.filter(Boolean).length, known.length);
    };
    return {
      loss: ensemble.loss.kind,
      runs: followed.length,
      right: { linear: right(followed), logit: right(byLogit), alignment: right(byAlignment) },
    };
  });

const variationsOf = (results: Readonly<Record<Varied, SourceResult>>): Variation[] =>
  variedNames.flatMap((name) =>
    results[name].report.points.map(({ parameters, runs, predictors }) => ({
      name,
      value: Number(parameters[varied[name].key]),
      runs,
      right: predictors,
    })),
  );

const percent1 = (share: number | undefined) => (share === undefined ? "–" : `${shareText(share)} %`);

/** Leads of the largest sum over the next, in which shares are binned. */
const edges = [0, 0.005, 0.01, 0.02, 0.03, 0.05, 0.08, 0.12, Number.POSITIVE_INFINITY] as const;

/** How often the largest sum won, by its lead. */
export function binned({ leads, isRight }: Pick<Starts, "leads" | "isRight">) {
  return edges.slice(0, -1).flatMap((low, i) => {
    const high = edges[i + 1] as number;
    const runs = leads.flatMap((lead, run) => (lead >= low && lead < high && isRight[run] !== undefined ? [run] : []));
    const share = proportion(runs.filter((run) => isRight[run]).length, runs.length);
    const middle = runs.map((run) => leads[run] as number).sort((a, b) => a - b)[runs.length >> 1] ?? low;
    return share ? [{ low, high, runs: runs.length, share, middle }] : [];
  });
}

export function sentences({ main, others, variations, turnings }: Data): string[] {
  const { right, isRight, byLogitRight, rankOfSink, leads, model } = main;
  const against = pairedShares(isRight, byLogitRight);
  const bins = binned(main);
  const [close, clear] = [bins.filter(({ high }) => high <= 0.01), bins.filter(({ low }) => low >= 0.03)];
  const pooled = (some: typeof bins) =>
    proportion(
      some.reduce((sum, { share, runs }) => sum + Math.round(share.share * runs), 0),
      some.reduce((sum, { runs }) => sum + runs, 0),
    );
  const failed = rankOfSink.filter((rank, run) => isRight[run] === false && rank > 0);
  const second = proportion(failed.filter((rank) => rank === 2).length, failed.length);
  const failedLeads = leads.filter((_, run) => isRight[run] === false);
  const ranges = variedNames.map((name) => {
    const own = variations.filter((variation) => variation.name === name && variation.right.mode);
    const shares = own.map(({ value, right: { mode } }) => `${percent(mode)} at ${value}`);
    return `${varied[name].says}: ${shares[0]}, ${shares.at(-1)}`;
  });
  const losses = [...new Set(others.map(({ loss }) => loss))];
  const weightsBy = new Map<string, string[]>();
  for (const loss of losses) {
    const own = others.filter((start) => start.loss === loss && start.weight !== undefined);
    const apart = own.filter(({ weight = 1 }) => Math.abs(weight - 1) >= 0.02);
    const alike = own.length - apart.length;
    const text = `${listed(apart.map(({ normalizer, weight }) => `${short(weight)} under ${normalizer}`))}, and 1 (within 0.02) under ${alike} of ${own.length} normalizers`;
    weightsBy.set(text, [...(weightsBy.get(text) ?? []), loss]);
  }
  const weights = [...weightsBy].map(([text, same]) => `with ${listed(same)} loss ${text}`);
  const sharesOf = (of: "weighted" | "sum" | "logit") => others.flatMap(({ right }) => right[of]?.share ?? []).sort((x, y) => x - y);
  const medianShare = (of: "weighted" | "sum" | "logit") => percent1(sharesOf(of)[others.length >> 1]);
  const unlike = others.filter(({ right: { weighted } }) => weighted && weighted.interval[1] < 0.9);
  return [
    `The token with the largest a + β·v/‖β‖ at the start wins in ${percent(right.sum)} of runs; the largest logit alone names it in ${percent(right.logit)}, the best alignment in ${percent(right.alignment)}. Of the runs in which sum and logit disagree on whether they are right, the sum is in ${percent(against?.ofDiffering)} (McNemar's test: p ${against && against.pValue > 1e-300 ? `= ${short(against.pValue)}` : "< 10⁻³⁰⁰"}).`,
    `It is right in ${percent(pooled(close))} of the runs in which it leads the next by less than 0.01, and in ${percent(pooled(clear))} of those in which it leads by 0.03 or more. ${failed.length > 0 ? `Where it fails, the sink is the token with the second largest sum in ${percent(second)} of ${failed.length} runs, and the lead is at most ${short(Math.max(...failedLeads))}.` : "It fails in none of these runs."}`,
    `It stays right where one setting is changed, by ${ranges.join("; by ")}.`,
    ...overtakingSentences(main),
    ...(model
      ? [
          `A choice model of who wins, fitted to logits and pulls, which describes and explains nothing, gives a pull ${estimated({ value: model.ratio, interval: model.interval })} times the weight of a logit, where the mode says 1.`,
        ]
      : []),
    `Elsewhere a pull counts c times as much as a logit, with a c that follows from the flow near equal tokens, without a fit: ${weights.join("; ")}. Under softmax with square loss it is tanh 1 = ${short(Math.tanh(1))}, since the error is gone before the mode has grown alone.`,
    `Over these ${others.length} pairs of loss and normalizer a + c·β·v/‖β‖ names the token that leads at the end in ${medianShare("weighted")} of runs at the median pair, a + β·v/‖β‖ in ${medianShare("sum")}, the largest logit in ${medianShare("logit")}${unlike.length > 0 ? `; it does in clearly less than 90 % under ${unlike.map(({ label, right }) => `${label} (${percent(right.weighted)})`).join(", ")}` : ""}.`,
    `With ${listed(turnings.map(({ loss }) => loss))} the output turns on its way, so no one direction of a value counts, and there is no c. The token that leads if differences only grow as they do near equal tokens, followed along that way, leads at the end in ${listed(turnings.map(({ right }) => percent(right.linear)))} of runs; the largest logit does in ${listed(turnings.map(({ right }) => percent(right.logit)))}, the best aligned token in ${listed(turnings.map(({ right }) => percent(right.alignment)))}.`,
  ];
}

function byLead(Plot: PlotModule, { main }: Data): Figure {
  const [color] = seriesColors as [string];
  const dots = binned(main).map(({ middle, share: { share, interval } }): Place => {
    const [low, high] = interval;
    return { series: "runs", color, x: middle, y: share, low, high };
  });
  const lowest = Math.min(0.4, ...dots.map(({ low = 1 }) => Math.floor(10 * low) / 10));
  return curves(
    Plot,
    {
      name: "winner-by-lead",
      title: "How often the largest a + β·v/‖β‖ wins, by its lead over the next",
      caption: "Runs by their lead at the start, each group at the median of its leads, with 95 % intervals; default start.",
    },
    { dots, joined: true, x: { label: "lead at the start" }, y: { label: "share of runs", domain: [lowest, 1] }, height: 240 },
  );
}

function bySetting(Plot: PlotModule, { variations }: Data): Figure {
  const dots = variations.flatMap(({ name, value, right }) =>
    predicted.flatMap((predictor): Place[] => {
      const p = right[predictor];
      if (!p) return [];
      const [low, high] = p.interval;
      const x = value / varied[name].usual;
      return [{ panel: varied[name].says, series: predictor, color: colors[predictor], x, y: p.share, low, high }];
    }),
  );
  return curves(
    Plot,
    {
      name: "winner-by-setting",
      title: "How often the token that leads at the start wins, with one setting changed",
      caption: `By three measures, with 95 % intervals. Settings are in units of their default: ${variedNames.map((name) => `${varied[name].says} ${varied[name].usual}`).join(", ")}.`,
    },
    {
      dots,
      joined: true,
      x: { label: "setting / default", log: true, ticks: [0.3, 1, 3] },
      y: { label: "share of runs", domain: [0, 1] },
      legend: predicted.map((predictor) => ({ label: says[predictor], color: colors[predictor] })),
      height: 260,
    },
  );
}

const otherTable = ({ main, others }: Data): Table => ({
  name: "winner-others",
  title:
    "How often the token that leads at the start by a measure has the largest share at the end: by a + β·v/‖β‖, by a + c·β·v/‖β‖, by logit, by alignment. c follows from the flow near equal tokens; the fitted c is the ratio of the coefficients of a choice model, which only describes (absent where one sum names every winner).",
  columns: [
    { title: "loss, normalizer", holds: "name" },
    { title: "runs", holds: "count" },
    { title: "c", holds: "number" },
    { title: "fitted c", holds: "estimate" },
    { title: "sum", holds: "share" },
    { title: "sum with c", holds: "share" },
    { title: "logit", holds: "share" },
    { title: "alignment", holds: "share" },
  ],
  rows: [main, ...others.filter(({ label }) => label !== main.label)].map(({ label, runs, weight, model, right }) => [
    label,
    runs,
    weight,
    model && { value: model.ratio, interval: model.interval },
    right.sum,
    right.weighted,
    right.logit,
    right.alignment,
  ]),
});

const turningTable = ({ turnings }: Data): Table => ({
  name: "winner-turning",
  title:
    "Losses under which the output does not go straight: how often the token leads at the end that leads if differences of tokens only grow as they do near equal tokens (the run followed again from tokens that differ by 10⁻⁶ as much); that of the largest logit; the best aligned one.",
  columns: [
    { title: "loss", holds: "name" },
    { title: "runs", holds: "count" },
    { title: "linear growth", holds: "share" },
    { title: "logit", holds: "share" },
    { title: "alignment", holds: "share" },
  ],
  rows: turnings.map(({ loss, runs, right }) => [loss, runs, right.linear, right.logit, right.alignment]),
});

const leadTable = ({ main }: Data): Table => ({
  name: "winner-leads",
  title: "Default start: how often the largest a + β·v/‖β‖ wins, by its lead over the next at the start.",
  columns: [
    { title: "lead from", holds: "number" },
    { title: "to", holds: "number" },
    { title: "runs", holds: "count" },
    { title: "right", holds: "share" },
  ],
  rows: binned(main).map(({ low, high, runs, share }) => [low, high === Number.POSITIVE_INFINITY ? undefined : high, runs, share]),
});

const settingTable = ({ variations }: Data): Table => ({
  name: "winner-settings",
  title: "The default start with one setting changed: how often the token that leads at the start wins.",
  columns: [
    { title: "setting", holds: "name" },
    { title: "value", holds: "name" },
    { title: "runs", holds: "count" },
    ...predicted.map((predictor) => ({ title: says[predictor], holds: "share" as const })),
  ],
  rows: variations.map(({ name, value, runs, right }) => [
    varied[name].says,
    value,
    runs,
    ...predicted.map((predictor) => right[predictor]),
  ]),
});
