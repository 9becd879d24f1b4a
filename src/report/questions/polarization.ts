import { csvOf } from "../../results/csv.ts";
import type { PointReport, SweepReport } from "../../sweep/sweep.ts";
import { type GridCell, type GridQuantity, gridQuantities } from "../figures/gridCells.ts";
import { matrix } from "../figures/gridPlots.ts";
import { listed, percent, short } from "../format.ts";
import { type Figure, type PlotModule, renderSvg } from "../plot.ts";
import { colorsOf, muted } from "../theme.ts";
import { timeFigure } from "../timeFigure.ts";
import type { Table } from "./table.ts";
import type { Answer, Question } from "./types.ts";
import { medianOf, variedIn } from "./words.ts";

/** What runs under a loss and a normalizer came to. */
interface Cell {
  loss: string;
  normalizer: string;
  point: PointReport;
}

/** What a share of runs tells of most runs: whether its whole interval lies above a half, or below. */
type Verdict = "most" | "few" | "undecided";
const verdictOf = ({ polarized }: PointReport): Verdict =>
  !polarized ? "undecided" : polarized.interval[0] > 0.5 ? "most" : polarized.interval[1] < 0.5 ? "few" : "undecided";

const cellsOf = ({ points }: SweepReport): Cell[] =>
  points.map((point) => ({ loss: point.ensemble.loss.kind, normalizer: point.ensemble.normalizer.kind, point }));

const distinct = (cells: readonly Cell[], key: "loss" | "normalizer") => [...new Set(cells.map((cell) => cell[key]))];

export const polarization: Question<"runs"> = {
  name: "polarization",
  title: "Does one token take all the weight?",
  about:
    "The same starts under every loss and every normalizer, followed to the end that each loss has by default: t = 10⁶ for logistic and exponential loss, 10⁴ for cross-entropy, 10³ for square loss and regression. A run is polarized once the largest share has reached 0.9.",
  sources: { runs: { file: "polarization.yaml" } },
  section: (Plot, { runs }) => answerOf(Plot, cellsOf(runs.report)),
  ofSweep: { wants: (report) => (isMeant(report) ? [] : undefined), answer: (Plot, { report }) => answerOf(Plot, cellsOf(report)) },
};

/** A sweep over losses and normalizers, and over nothing else. */
function isMeant(report: SweepReport): boolean {
  const cells = cellsOf(report);
  const isEachOnce = new Set(cells.map((cell) => `${cell.loss} ${cell.normalizer}`)).size === cells.length;
  return isEachOnce && variedIn(report).sort().join() === "loss,normalizer";
}

const answerOf = (Plot: PlotModule, cells: readonly Cell[]): Answer => ({
  sentences: sentences(cells),
  figures: [shareMatrix(Plot, cells), inTime(Plot, cells)],
  tables: [table(cells)],
});

/** The result by loss; which normalizers give the same under each loss; and how far those that polarize go. */
export function sentences(cells: readonly Cell[]): string[] {
  const normalizers = distinct(cells, "normalizer");
  const losses = distinct(cells, "loss");
  const [{ point: first }] = cells as [Cell];
  const threshold = `${short(100 * first.ensemble.polarizedAt)} % of the weight`;
  const bySoftmax = cells.filter(({ normalizer }) => normalizer === normalizers[0]);
  const those = (of: string, verdict: Verdict) =>
    cells.filter(({ loss, point }) => loss === of && verdictOf(point) === verdict).map(({ normalizer }) => normalizer);
  const alike = new Map<string, string[]>();
  for (const loss of losses) {
    const key = JSON.stringify([those(loss, "most"), those(loss, "undecided")]);
    alike.set(key, [...(alike.get(key) ?? []), loss]);
  }
  const groups = [...alike].map(([key, same]) => {
    const [most, undecided] = JSON.parse(key) as [string[], string[]];
    const which = most.length === 0 ? "under no normalizer" : `under ${listed(most)}`;
    const open = undecided.length > 0 ? ` (undecided: ${listed(undecided)})` : "";
    return `with ${listed(same)} most runs polarize ${which}${open}`;
  });
  const never = cells.filter(({ point }) => point.polarized?.share === 0);
  const highest = Math.max(...never.map(({ point }) => point.polarized?.interval[1] ?? 0));
  return [
    `Under ${normalizers[0]} one token comes to hold ${threshold} in this share of runs: ${together(bySoftmax, (point) => percent(point.polarized))}.`,
    `Over all losses and normalizers: ${groups.join("; ")}.`,
    ...(never.length > 0
      ? [
          `At ${never.length} of ${cells.length} pairs of loss and normalizer no run polarizes: the share is at most ${short(100 * highest)} % with 95 % confidence at each.`,
        ]
      : []),
    `Under ${normalizers[0]} this many of the ${first.ensemble.tokens} tokens are effective at the end, as a median over runs: ${together(bySoftmax, (point) => short(point.effectiveTokens?.median))}.`,
  ];
}

/** A number by loss, losses of one text together: `100.0 % [97.2, 100.0] with logistic and exponential loss, …`. */
function together(cells: readonly Cell[], of: (point: PointReport) => string): string {
  const losses = new Map<string, string[]>();
  for (const { loss, point } of cells) losses.set(of(point), [...(losses.get(of(point)) ?? []), loss]);
  return [...losses].map(([text, names]) => `${text} with ${listed(names)}`).join("; ");
}

const ofShare = gridQuantities.find(({ name }) => name === "polarized") as GridQuantity;

function shareMatrix(Plot: PlotModule, all: readonly Cell[]): Figure {
  const cells = all.flatMap(({ loss, normalizer, point }): GridCell[] => {
    const bounds = ofShare.of(point);
    return bounds ? [{ series: "", normalizer, x: normalizer, y: loss, ...bounds, shown: ofShare.show(bounds.value) }] : [];
  });
  return {
    name: "polarization",
    title: ofShare.title,
    caption: `${ofShare.caption}, by loss and normalizer.`,
    svg: renderSvg(Plot, matrix(Plot, ofShare, cells, { x: "normalizer", y: "loss", rest: [] })),
    csv: csvOf(
      ["loss", "normalizer", "share", "low", "high"],
      cells.map(({ y, x, value, low, high }) => [y, x, value, low, high]),
    ),
  };
}

function inTime(Plot: PlotModule, cells: readonly Cell[]): Figure {
  const losses = distinct(cells, "loss");
  const colors = colorsOf(distinct(cells, "normalizer").map((kind) => ({ label: kind, normalizer: kind })));
  const bands = (of: "entropy" | "sinkShare") =>
    cells.flatMap(({ loss, normalizer, point: { overTime } }) =>
      (overTime?.times ?? []).flatMap((time, j) => {
        const band = overTime?.[of];
        if (!band) return [];
        const q = Object.fromEntries(Object.entries(band).map(([key, values]) => [key, values[j]])) as never;
        return [{ panel: loss, series: normalizer, color: colors.get(normalizer) ?? muted, time, q }];
      }),
    );
  return timeFigure(
    Plot,
    {
      name: "polarization-in-time",
      title: "The largest share, and entropy, over time",
      caption: "By loss, a line a normalizer: the median of runs, and 25 to 75 % of them.",
    },
    losses,
    [
      { label: "largest share", bands: bands("sinkShare"), quartiles: true, domain: [0, 1] },
      { label: "entropy (nats)", bands: bands("entropy"), quartiles: true },
    ],
    { legend: [...colors].map(([label, color]) => ({ label, color })) },
  );
}

const table = (cells: readonly Cell[]): Table => ({
  name: "polarization-table",
  title:
    "By loss and normalizer: runs; those that end tied, without a winner; the share that polarized; and of all runs the median, with where 90 % of them lie, of effective tokens, of the largest share, and of the time to polarize of those that did.",
  columns: [
    { title: "loss", holds: "name" },
    { title: "normalizer", holds: "name" },
    { title: "runs", holds: "count" },
    { title: "tied", holds: "count" },
    { title: "polarized", holds: "share" },
    { title: "effective tokens", holds: "estimate" },
    { title: "largest share", holds: "estimate" },
    { title: "time to polarize", holds: "estimate" },
  ],
  rows: cells.map(({ loss, normalizer, point }) => [
    loss,
    normalizer,
    point.runs,
    point.sink.tied,
    point.polarized,
    medianOf(point.effectiveTokens),
    medianOf(point.sinkShare),
    medianOf(point.polarizationTime),
  ]),
});
