import { disturbed, nudgeSize } from "../../model/fragility.ts";
import type { SweepReport } from "../../sweep/sweep.ts";
import { fragilityClaim } from "../claims.ts";
import { label, listed, percent, powerOfTen } from "../format.ts";
import type { Figure, PlotModule } from "../plot.ts";
import { spaced } from "../spaced.ts";
import { type Broken, type BrokenRuns, broken, brokenColumns, type Disturbing, near } from "./brokenRuns.ts";
import { curves } from "./curves.ts";
import { byText, colorsFor } from "./kinds.ts";
import { rowsFigure } from "./rows.ts";
import type { Table } from "./table.ts";
import type { Answer, Question } from "./types.ts";
import { type Estimate, estimated, medianOf } from "./words.ts";

export const fragility: Question<"runs"> = {
  name: "fragility",
  title: "Is a trained run fragile?",
  about: `The same starts under every normalizer, logistic loss, ended at times from t = 1 to 10⁶. At each end the winner, or a random other token, is nudged by ${nudgeSize} of the norm of its value in a random direction, or as far along +∇L, or removed, so that the normalizer shares out its weight. Kept are how far the output moves, ‖Δy‖/‖y‖, and whether the answer, the sign of β·y, flips. Since a run that is less trained may look robust, runs are also compared at equal loss: each at the end whose loss is nearest to it, within a factor of ${near}.`,
  sources: { runs: { file: "fragility.yaml", columns: brokenColumns } },
  section(Plot, { runs }) {
    const data = broken(runs);
    return {
      sentences: sentences(data),
      figures: [removals(Plot, data), flips(Plot, data), overLoss(Plot, data)],
      tables: [table(data), besideTable(data)],
    };
  },
  ofSweep: {
    wants: ({ points }) => (points.some(({ ensemble }) => ensemble.record.fragility) ? [] : undefined),
    answer: (Plot, { report }) => fragilityOf(Plot, report),
  },
};

/** How far, in units of its norm, the winner's value must move along +∇L until β·y is 0, where the output points along β; at most so far, where it does not. */
export const flippingMove = (change: Estimate | undefined): Estimate | undefined =>
  change && {
    value: nudgeSize / change.value,
    interval: [nudgeSize / change.interval[1], change.interval[0] > 0 ? nudgeSize / change.interval[0] : Number.POSITIVE_INFINITY],
  };

export function sentences({ groups, softmax, unlike }: BrokenRuns): string[] {
  const [end, ...atLosses] = groups as [BrokenRuns["groups"][number], ...BrokenRuns["groups"]];
  const summary = softmax.fragility && fragilityClaim(`Under softmax, at ${end.when},`, softmax.fragility);
  const changes = (kinds: readonly Broken[], name: Disturbing) => byText(kinds, ({ change }) => estimated(change[name]));
  const flipping = (kinds: readonly Broken[], name: Disturbing) => byText(kinds, ({ flips }) => percent(flips[name]));
  return [
    summary ?? `Under softmax no run has a winner at ${end.when}.`,
    `By normalizer, at ${end.when}, removing the winner moves the output by, as a median over runs and in units of its length, ${changes(end.kinds, "removalSink")}. It flips the answer in ${flipping(end.kinds, "removalSink")}.${unlike.length > 0 ? ` Under ${listed(unlike)} no run has a winner.` : ""}`,
    ...atLosses.flatMap(({ when, kinds }) => [
      `At equal loss, ${when.replace("loss ", "")}, it moves the output by ${changes(kinds, "removalSink")}, and flips the answer in ${flipping(kinds, "removalSink")}; polarized are ${byText(kinds, ({ polarized }) => percent(polarized))}.`,
      besideText(when, kinds),
    ]),
    `A nudge by ${nudgeSize} of the norm of the winner's value moves the output, at ${end.when}, by ${changes(end.kinds, "nudgeSink")}; along +∇L it moves it as far, and flips the answer in ${flipping(end.kinds, "adversarialSink")}. For a flip the winner's value has to move along +∇L by about this multiple of its norm: ${byText(end.kinds, ({ change }) => estimated(flippingMove(change.adversarialSink)))}.`,
    `A random other token matters less: its removal moves the output at ${end.when} by ${changes(end.kinds, "removalOther")}.`,
    `The winner of a run, put in the place of that of another run with its logit, makes the output one of its own target at ${end.when} in ${byText(end.kinds, ({ dominance }) => (dominance ? percent(dominance) : undefined))} of pairs.`,
  ];
}

/** Which normalizers are moved less, or more, than softmax at a loss, in the same runs. */
function besideText(when: string, kinds: readonly Broken[]): string {
  const decided = kinds.filter(({ beside }) => beside && beside.pValue < 0.05);
  const open = kinds.filter(({ beside }) => beside && beside.pValue >= 0.05).map(({ name }) => name);
  return `Beside softmax at this ${when}, run by run, the move differs by a median of ${byText(decided, ({ beside }) => estimated(beside?.change)) || "nothing that is decided"} (sign test with Holm's correction: p < 0.05 for each of these, not for ${listed(open) || "none"}).`;
}

/** Rows of normalizers, panels of ends. @param of what is shown of a disturbance */
function rowsOf({ groups }: BrokenRuns, of: (kind: Broken, name: Disturbing) => Estimate | undefined) {
  const says = { removalSink: "the winner", removalOther: "a random other token" } as const;
  return groups.flatMap(({ when, kinds }) =>
    kinds.flatMap((kind) =>
      (Object.keys(says) as (keyof typeof says)[]).flatMap((name) => {
        const found = of(kind, name);
        return found
          ? [{ row: kind.name, panel: when, series: says[name], value: found.value, low: found.interval[0], high: found.interval[1] }]
          : [];
      }),
    ),
  );
}

const removals = (Plot: PlotModule, data: BrokenRuns): Figure =>
  rowsFigure(
    Plot,
    {
      name: "fragility",
      title: "How far the output moves when a token is removed",
      caption: "‖Δy‖/‖y‖ by normalizer, medians over runs with exact 95 % intervals, at the last time and at equal loss.",
    },
    rowsOf(data, ({ change }, name) => change[name]),
    { label: "‖Δy‖/‖y‖", domain: [0, 1.5] },
  );

const flips = (Plot: PlotModule, data: BrokenRuns): Figure =>
  rowsFigure(
    Plot,
    {
      name: "fragility-flips",
      title: "How often the answer flips when a token is removed",
      caption: "Share of runs in which β·y changes its sign, by normalizer, with 95 % intervals, at the last time and at equal loss.",
    },
    rowsOf(data, ({ flips }, name) => {
      const share = flips[name];
      return share && { value: share.share, interval: share.interval };
    }),
    { label: "share of runs", domain: [0, 1] },
  );

function overLoss(Plot: PlotModule, { inTime }: BrokenRuns): Figure {
  const colors = colorsFor(inTime);
  return curves(
    Plot,
    {
      name: "fragility-by-loss",
      title: "Fragility as the loss falls",
      caption:
        "How far removing the winner moves the output, by the loss, both as medians over runs; a dot for each time at which runs were ended. Training goes from right to left.",
    },
    {
      dots: inTime
        .filter(({ loss }) => loss > 1e-7)
        .map(({ name, loss, change }) => ({ series: name, color: colors.get(name) as string, x: loss, y: Math.min(change, 1.5) })),
      joined: true,
      x: { label: "loss", log: true, ticks: [1e-6, 1e-4, 1e-2], format: powerOfTen },
      y: { label: "‖Δy‖/‖y‖", domain: [0, 1.5] },
      legend: [...colors].map(([label, color]) => ({ label, color })),
    },
  );
}

/** What disturbances do: columns of both tables. */
const disturbances = [
  { title: "nudge", holds: "estimate" },
  { title: "removal", holds: "estimate" },
  { title: "removal of another", holds: "estimate" },
  { title: "flips by ∇L", holds: "share" },
  { title: "flips by removal", holds: "share" },
  { title: "by that of another", holds: "share" },
  { title: "dominates", holds: "share" },
] as const;

const table = ({ groups }: BrokenRuns): Table => ({
  name: "fragility-table",
  title: `By ends and normalizer: runs that have a winner there; the median loss; the share that have polarized; how far the output moves, ‖Δy‖/‖y‖, when the winner is nudged by ${nudgeSize} of its norm, when it is removed, and when another token is (medians over runs, exact intervals); how often the answer flips when the winner is moved along +∇L, when it is removed, and when another token is; and how often the winner dominates that of another run.`,
  columns: [
    { title: "at", holds: "name" },
    { title: "normalizer", holds: "name" },
    { title: "runs", holds: "count" },
    { title: "loss", holds: "estimate" },
    { title: "polarized", holds: "share" },
    ...disturbances,
  ],
  rows: groups.flatMap(({ kinds }) =>
    kinds.map(({ when, name, runs, loss, polarized, change, flips, dominance }) => [
      when,
      name,
      runs,
      loss,
      polarized,
      change.nudgeSink,
      change.removalSink,
      change.removalOther,
      flips.adversarialSink,
      flips.removalSink,
      flips.removalOther,
      dominance,
    ]),
  ),
});

const besideTable = ({ groups }: BrokenRuns): Table => ({
  name: "fragility-beside",
  title:
    "By ends and normalizer, beside softmax in the same runs: how much farther removing the winner moves the output (median difference, interval of the sign test), in what share of runs it moves it farther (ties count half), the p-value of the sign test after Holm's correction over this table; and the difference of the shares of runs whose answer flips (score interval).",
  columns: [
    { title: "at", holds: "name" },
    { title: "normalizer", holds: "name" },
    { title: "difference", holds: "estimate" },
    { title: "farther in", holds: "number" },
    { title: "p", holds: "number" },
    { title: "difference of flips", holds: "estimate" },
  ],
  rows: groups.flatMap(({ kinds }) =>
    kinds.flatMap(({ when, name, beside }) =>
      beside ? [[when, name, beside.change, beside.superiority, beside.pValue, beside.flips]] : [],
    ),
  ),
});

/** Points that a figure shows, at most. */
const maxShown = 24;
/** Points whose result is told in a sentence, at most. */
const maxTold = 4;

/** What any sweep says whose runs are disturbed at their ends. */
export function fragilityOf(Plot: PlotModule, { points }: SweepReport): Answer | undefined {
  const known = points.flatMap((point) => {
    const { fragility, ensemble } = point;
    if (!fragility) return [];
    const name = label(point) || ensemble.normalizer.kind;
    const claim = fragilityClaim(label(point) ? `At ${name}` : `Under ${name}`, fragility);
    return claim ? [{ name, claim, runs: point.runs, fragility }] : [];
  });
  if (known.length === 0) return undefined;
  const shown = spaced(known, maxShown);
  const note = shown.length < known.length ? ` ${shown.length} of the ${known.length} points.` : "";
  const rows = shown.flatMap(({ name, fragility: { removal } }) =>
    disturbed.flatMap((whom) => {
      const q = removal?.[whom];
      const series = whom === "sink" ? "the winner" : "a random other token";
      return q ? [{ row: name, series, value: q.median, low: q.q05, high: q.q95 }] : [];
    }),
  );
  const figure = rowsFigure(
    Plot,
    {
      name: "fragility",
      title: "How far the output moves when a token is removed",
      caption: `‖Δy‖/‖y‖ at the end, medians over runs and where 90 % of them lie.${note}`,
    },
    rows,
    { label: "‖Δy‖/‖y‖", domain: [0, 1.5] },
  );
  return {
    sentences: spaced(known, maxTold).map(({ claim }) => claim),
    figures: [figure],
    tables: [
      {
        name: "fragility-table",
        title: `By point: how far the output moves, ‖Δy‖/‖y‖, when the winner is nudged by ${nudgeSize} of its norm, when it is removed, and when a random other token is (medians, and where 90 % of runs lie); how often the answer flips then, and when the winner is moved along +∇L; and how often the winner dominates that of another run.`,
        columns: [{ title: "point", holds: "name" }, { title: "runs", holds: "count" }, ...disturbances],
        rows: known.map(({ name, runs, fragility: { nudge, removal, adversarial, dominance } }) => [
          name,
          runs,
          medianOf(nudge?.sink),
          medianOf(removal?.sink),
          medianOf(removal?.other),
          adversarial?.flips?.sink,
          removal?.flips?.sink,
          removal?.flips?.other,
          dominance,
        ]),
      },
    ],
  };
}
