import { exp, log } from "../../model/mathematics.ts";
import { seriesColors } from "../../model/palette.ts";
import { csvOf } from "../../results/csv.ts";
import type { Numbers } from "../../results/runNumbers.ts";
import { type Proportion, proportion } from "../../statistics/proportion.ts";
import { percent, shareText, short } from "../format.ts";
import { type Figure, type PlotModule, renderSvg } from "../plot.ts";
import type { SourceResult } from "../study.ts";
import { figureWidth } from "../theme.ts";
import type { Table } from "./table.ts";
import type { Question } from "./types.ts";
import { medianOf } from "./words.ts";

const starts = { small: "small start", focused: "focused start" } as const;
type Start = keyof typeof starts;

const row = (first: number, rest: number) => `[${[first, ...Array(7).fill(rest)].join(", ")}]`;
const focused = [
  "runs=1",
  `logits={kind: given, vector: ${row(5, 0)}}`,
  `values={kind: given, matrix: [${[row(3, 0.2), ...Array(7).fill(row(0, 0))].join(", ")}]}`,
];

export const decay: Question<Start> = {
  name: "decay",
  title: "Does weight decay remove the sink?",
  about:
    "Logistic loss with ½λ_V‖V‖² + ½λ_a‖a‖² added, under softmax, followed until nothing moves: from small logits and values of scale 0.01, and from one start in which token 0 has a logit of 5 more than the others and the largest value. By theory equal weights are stable if and only if λ_a is above λ_a* = λ_V m² with 1/(1 + e^m) = nλ_V m; a state with one large share exists up to a fold above it.",
  sources: { small: { file: "decay.yaml", columns: ["sinkShare"] }, focused: { file: "decay.yaml", set: focused, columns: ["sinkShare"] } },
  section(Plot, results) {
    const cells = (Object.keys(starts) as Start[]).flatMap((start) => cellsOf(start, results[start]));
    return { sentences: sentences(cells), figures: [phases(Plot, cells)], tables: [table(cells)] };
  },
};

/** The margin m at equal weights, 1/(1 + e^m) = nλm: the left side falls and the right one rises. */
export const uniformMargin = (n: number, values: number): number => crossing((m) => 1 / (1 + exp(m)) - n * values * m, 0, 1 / (n * values));

/** λ_a* = λ_V m²: near equal weights V' and a' grow together where λ_a is below it. */
export const threshold = (n: number, values: number): number => values * uniformMargin(n, values) ** 2;

/** Where f, which is above 0 at `low` and below 0 at `high`, crosses 0. */
function crossing(f: (x: number) => number, low: number, high: number): number {
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (f(middle) > 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * The λ_a at which a state with one share p and n − 1 equal ones is at rest. There λ_V V = s β pᵀ with s = −ℓ′(m) and ‖β‖ = 1, so the margin is m = s q/λ_V with q = Σp²;
 * and λ_a a_i = s p_i (β·v_i − m), whose difference of two tokens is λ_a log(p_1/p_2).
 */
export function decayAt(p: number, n: number, values: number): number {
  const rest = (1 - p) / (n - 1);
  const q = p ** 2 + (n - 1) * rest ** 2;
  const s = crossing((x) => 1 / (1 + exp((x * q) / values)) - x, 0, 1);
  return ((s ** 2 / values) * (p * (p - q) - rest * (rest - q))) / log(p / rest);
}

/** The fold: the largest λ_a at which such a state exists, and its share. */
export function fold(n: number, values: number): { share: number; logits: number } {
  let [low, high] = [1 / n + 1e-6, 1 - 1e-9];
  for (let i = 0; i < 100; i++) {
    const [a, b] = [low + (high - low) / 3, high - (high - low) / 3];
    if (decayAt(a, n, values) < decayAt(b, n, values)) low = a;
    else high = b;
  }
  return { share: low, logits: decayAt(low, n, values) };
}

/** The largest share at rest by theory: where both states are stable, that of the start. */
export function derivedShare(start: Start, n: number, values: number, logits: number): number {
  const end = fold(n, values);
  if (logits >= end.logits || (start === "small" && logits > threshold(n, values))) return 1 / n;
  return crossing((p) => decayAt(p, n, values) - logits, end.share, 1 - 1e-12);
}

/** What the runs of a point came to. */
export interface Cell {
  start: Start;
  tokens: number;
  values: number;
  logits: number;
  runs: number;
  median: number;
  quantiles: Parameters<typeof medianOf>[0];
  /** The share of runs with a sink: whose largest share is above one and a half times an equal one. */
  sinks: Proportion | undefined;
}

const cellsOf = (start: Start, { report: { points }, runs }: SourceResult): Cell[] =>
  points.map(
    (
      {
        ensemble: {
          tokens,
          decay: { values, logits },
          runs: count,
        },
        sinkShare,
      },
      i,
    ) => {
      const shares = [...((runs[i]?.columns.sinkShare as Numbers) ?? [])].filter((share) => !Number.isNaN(share));
      const sinks = proportion(shares.filter((share) => share > 1.5 / tokens).length, shares.length);
      return { start, tokens, values, logits, runs: count, median: sinkShare?.median ?? Number.NaN, quantiles: sinkShare, sinks };
    },
  );

/** `0 % [0, 8.7]`, or a range of such shares. */
function range(cells: readonly Cell[]): string {
  const shares = cells.flatMap(({ sinks }) => sinks ?? []).sort((x, y) => x.share - y.share);
  const [low, high] = [shares[0], shares.at(-1)];
  return low?.share === high?.share ? percent(low) : `${percent(low)} to ${percent(high)}`;
}

export function sentences(cells: readonly Cell[]): string[] {
  const [{ tokens }] = cells as [Cell];
  const small = cells.filter(({ start }) => start === "small");
  const [above, below] = [
    small.filter(({ values, logits }) => logits > threshold(tokens, values)),
    small.filter(({ values, logits }) => logits < threshold(tokens, values)),
  ];
  const between = cells.filter(
    ({ start, values, logits }) => start === "focused" && logits > threshold(tokens, values) && logits < fold(tokens, values).logits,
  );
  const off = cells.map((cell) => Math.abs(cell.median - derivedShare(cell.start, tokens, cell.values, cell.logits)));
  const close = off.filter((x) => x < 0.01).length;
  const kept = between.filter(({ median }) => median > 1.5 / tokens).length;
  const highest = Math.max(...[...new Set(cells.map(({ values }) => values))].map((values) => fold(tokens, values).logits));
  return [
    `Decay of the logits keeps a sink from appearing where it is above λ_a* = λ_V m²: from small starts one appears in ${range(above)} of the runs at each of the ${above.length} settings above, and in ${range(below)} at each of the ${below.length} below.`,
    `It does not remove one that is there: at ${kept} of the ${between.length} settings between λ_a* and the fold the focused start keeps its sink, where a small start has none. No setting keeps one beyond the fold, which lies at λ_a = ${short(highest)} at most for these λ_V.`,
    `The largest share at rest is that of theory: at ${close} of ${cells.length} settings and starts the median of runs is within 0.01 of it, and nowhere further off than ${short(Math.max(...off))}. No number of it is fitted.`,
  ];
}

function phases(Plot: PlotModule, cells: readonly Cell[]): Figure {
  const [{ tokens }] = cells as [Cell];
  const lambdas = [...new Set(cells.map(({ values }) => values))].sort((x, y) => x - y);
  const [from, to] = [lambdas[0] as number, lambdas.at(-1) as number];
  const along = Array.from({ length: 60 }, (_, i) => from * (to / from) ** (i / 59));
  const [first, second] = seriesColors as [string, string];
  const lines = (Object.values(starts) as string[]).flatMap((start) => [
    ...along.map((values) => ({ start, line: "λ_a*", color: first, x: threshold(tokens, values), y: values })),
    ...along.map((values) => ({ start, line: "fold", color: second, x: fold(tokens, values).logits, y: values })),
  ]);
  const dots = cells.map(({ start, values, logits, median }) => ({ start: starts[start], x: logits, y: values, median }));
  const height = 320;
  const [least, most] = [Math.min(...cells.map(({ logits }) => logits)), Math.max(...cells.map(({ logits }) => logits))];
  const svg = renderSvg(Plot, {
    width: figureWidth,
    height,
    marginLeft: 64,
    marginRight: 20,
    marginTop: 50,
    marginBottom: 44,
    fx: { domain: Object.values(starts), label: null, padding: 0.08 },
    x: {
      type: "log",
      label: "decay of logits, λ_a",
      domain: [0.8 * least, most / 0.8],
      ticks: [0.005, 0.01, 0.02, 0.05, 0.1],
      tickFormat: String,
    },
    y: { type: "log", label: "decay of values, λ_V", ticks: lambdas, tickFormat: String, grid: true, domain: [0.6 * from, to / 0.4] },
    color: { type: "linear", scheme: "viridis", domain: [0, 1], label: "largest share" },
    marks: [
      Plot.line(lines, {
        fx: "start",
        x: "x",
        y: "y",
        z: "line",
        stroke: (place: { color: string }) => place.color,
        strokeWidth: 2,
        strokeDasharray: "6,3",
      }),
      Plot.dot(dots, { fx: "start", x: "x", y: "y", fill: "median", r: 9, stroke: "currentColor", strokeOpacity: 0.4 }),
      Plot.text(dots, {
        fx: "start",
        x: "x",
        y: "y",
        text: ({ median }: { median: number }) => shareText(median, 0),
        dy: -16,
        fontSize: 11,
        fill: "currentColor",
      }),
      Plot.frame({ stroke: "currentColor", strokeOpacity: 0.25 }),
    ],
  });
  return {
    name: "decay-phases",
    title: "Where weight decay leaves a sink",
    caption:
      "The median over runs of the largest share at rest, in per cent, by decay of logits and of values. The dashed lines are theory's: equal weights are stable to the right of the left one, λ_a*; to the right of the right one, the fold, nothing else is.",
    svg,
    csv: csvOf(
      ["what", "decay.logits", "decay.values", "share"],
      [
        ...dots.map(({ start, x, y, median }) => [start, x, y, median]),
        ...lines.filter(({ start }) => start === starts.small).map(({ line, x, y }) => [line, x, y, undefined]),
      ],
    ),
  };
}

const table = (cells: readonly Cell[]): Table => ({
  name: "decay-table",
  title:
    "By start and decay: runs; those with a sink, a largest share above 1.5 times an equal one; the median of the largest share, with where 90 % of runs lie; and what theory gives for it.",
  columns: [
    { title: "start", holds: "name" },
    { title: "λ_V", holds: "number" },
    { title: "λ_a", holds: "number" },
    { title: "runs", holds: "count" },
    { title: "with a sink", holds: "share" },
    { title: "largest share", holds: "estimate" },
    { title: "by theory", holds: "number" },
  ],
  rows: cells.map(({ start, tokens, values, logits, runs, sinks, quantiles }) => [
    starts[start],
    values,
    logits,
    runs,
    sinks,
    medianOf(quantiles),
    derivedShare(start, tokens, values, logits),
  ]),
});
