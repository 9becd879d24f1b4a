import { none } from "../../model/columns.ts";
import { seriesColors } from "../../model/palette.ts";
import { holm } from "../../statistics/holm.ts";
import { pairedShares } from "../../statistics/pairedShares.ts";
import { type Proportion, proportion } from "../../statistics/proportion.ts";
import type { SweepReport } from "../../sweep/sweep.ts";
import { label, percent, short } from "../format.ts";
import type { Figure, PlotModule } from "../plot.ts";
import { spaced } from "../spaced.ts";
import type { SourceResult } from "../study.ts";
import { curves } from "./curves.ts";
import { lastChange } from "./overtaking.ts";
import type { Table } from "./table.ts";
import type { Answer, OfSweep } from "./types.ts";
import { type Estimate, estimated, variedIn } from "./words.ts";

const predicted = { mode: "a + β·v/‖β‖", logit: "logit", alignment: "alignment" } as const;
const names = Object.keys(predicted) as (keyof typeof predicted)[];
const columns = ["sink", "byMode", "byLogit", "rankByLogit", "lockInTime", "polarizationTime"] as const;

/** What the leaders at the start of a point's runs are worth. */
interface Lead {
  name: string;
  parameters: Record<string, unknown>;
  runs: number;
  right: Partial<Record<keyof typeof predicted, Proportion>>;
  /** McNemar's exact test of the mode against the logit, by Holm's correction over points. */
  pValue: number | undefined;
  /** The runs in which the largest logit does not win; when the lead last changed in them; in how many the winner was second by logit. */
  overtaken: Proportion | undefined;
  time: Estimate | undefined;
  second: Proportion | undefined;
}

function leadsOf({ report, runs }: SourceResult): Lead[] {
  const leads = report.points.map((point, i): Lead => {
    const { sink = [], byMode = [], byLogit = [], rankByLogit = [], lockInTime = [], polarizationTime = [] } = runs[i]?.columns ?? {};
    const right = (leaders: ArrayLike<number>) =>
      Array.from(sink, (won, run) => (won === none || leaders[run] === none ? undefined : leaders[run] === won));
    const byLogitRight = right(byLogit);
    const lost = byLogitRight.flatMap((isRight, run) => (isRight === false ? [run] : []));
    const change = lastChange(lost.map((run) => ({ time: lockInTime[run] as number, isLast: !Number.isNaN(polarizationTime[run]) })));
    return {
      name: label(point) || `${point.ensemble.loss.kind}, ${point.ensemble.normalizer.kind}`,
      parameters: point.parameters,
      runs: point.runs,
      right: point.predictors,
      pValue: pairedShares(right(byMode), byLogitRight)?.pValue,
      overtaken: proportion(lost.length, byLogitRight.filter((isRight) => isRight !== undefined).length),
      time: change && { value: change.median, interval: change.medianInterval },
      second: proportion(lost.filter((run) => rankByLogit[run] === 2).length, lost.length),
    };
  });
  const tested = leads.filter(({ pValue }) => pValue !== undefined);
  for (const [i, pValue] of holm(tested.map(({ pValue = 1 }) => pValue)).entries()) (tested[i] as Lead).pValue = pValue;
  return leads;
}

const claim = ({ name, right, pValue, overtaken, time, second }: Lead): string =>
  [
    `At ${name} the token of the largest a + β·v/‖β‖ at the start wins in ${percent(right.mode)} of runs, that of the largest logit in ${percent(right.logit)}, the best aligned one in ${percent(right.alignment)}`,
    ...(pValue === undefined
      ? []
      : [` (McNemar's test of the first two, with Holm's correction: p ${pValue > 1e-300 ? `= ${short(pValue)}` : "< 10⁻³⁰⁰"})`]),
    ...(overtaken && overtaken.share > 0
      ? [
          `. In ${percent(overtaken)} the largest logit is overtaken, the last time at a median t = ${estimated(time)} (a run that has not polarized is censored), by the token second to it in ${percent(second)} of them`,
        ]
      : []),
    ".",
  ].join("");

/** Where one number is varied, the shares by it. */
function figures(Plot: PlotModule, report: SweepReport, leads: readonly Lead[]): Figure[] {
  const [key, ...others] = variedIn(report);
  const values = leads.map(({ parameters }) => (key === undefined ? undefined : parameters[key]));
  if (key === undefined || others.length > 0 || values.length < 3 || !values.every((value) => typeof value === "number")) return [];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const series = names.map((name, i) => ({ name, label: predicted[name], color: seriesColors[i] as string }));
  const dots = series.flatMap(({ name, color }) =>
    leads.flatMap(({ right }, i) => {
      const p = right[name];
      return p ? [{ series: name, color, x: values[i] as number, y: p.share, low: p.interval[0], high: p.interval[1] }] : [];
    }),
  );
  const about = {
    name: "winner",
    title: "How often the token that leads at the start wins",
    caption: `By ${key}, with 95 % intervals; by a + β·v/‖β‖, by logit and by alignment.`,
  };
  const x = { label: key, ...(low > 0 && high / low > 10 && { log: true, format: (x: number) => String(Number(x.toPrecision(3))) }) };
  return [curves(Plot, about, { dots, joined: true, x, y: { label: "share of runs", domain: [0, 1] }, legend: series })];
}

const table = (leads: readonly Lead[]): Table => ({
  name: "winner-leads",
  title:
    "By point: how often the token wins that leads at the start by each measure; how often the largest logit is overtaken; of these runs the median of the time at which the lead last changes (Kaplan-Meier; a run that has not polarized is censored), and how often the winner was second by logit.",
  columns: [
    { title: "point", holds: "name" },
    { title: "runs", holds: "count" },
    ...names.map((name) => ({ title: predicted[name], holds: "share" as const })),
    { title: "overtaken", holds: "share" },
    { title: "last change of the lead", holds: "estimate" },
    { title: "by the second", holds: "share" },
  ],
  rows: leads.map(({ name, runs, right, overtaken, time, second }) => [
    name,
    runs,
    ...names.map((key) => right[key]),
    overtaken,
    time,
    second,
  ]),
});

/** Points whose result is told in a sentence, at most. */
const maxTold = 3;

/** What the leaders at the start are worth in any sweep whose points have the mode a + β·v/‖β‖. */
export const leadsOfSweep: OfSweep = {
  wants: ({ points }) => (points.every(({ predictors }) => predictors.mode) ? columns : undefined),
  answer(Plot, result): Answer | undefined {
    if (result.runs.length === 0) return undefined;
    const leads = leadsOf(result);
    return { sentences: spaced(leads, maxTold).map(claim), figures: figures(Plot, result.report, leads), tables: [table(leads)] };
  },
};
