import type { Bands } from "../statistics/overTime.ts";
import { csvOf } from "../sweep/csv.ts";
import type { PointReport } from "../sweep/sweep.ts";
import { powerOfTen } from "./format.ts";
import { endLabels, type Figure, labelWidth, type PlotModule, renderSvg } from "./plot.ts";

/** A point that is shown: its name, its color, its numbers. */
export interface Panel {
  index: number;
  label: string;
  color: string;
  point: PointReport;
}

/** What a fan chart shows of the runs' distribution in time. */
interface Fan {
  key: "entropy" | "sinkShare" | "loss";
  name: string;
  title: string;
  caption: string;
  unit: string;
  /** On a logarithmic axis. */
  log?: boolean;
  /** Upper end of the axis, where it is not that of the data. */
  top?: number;
}

const fans: Fan[] = [
  { key: "entropy", name: "entropy", title: "Entropy over time", caption: "Entropy of the shares", unit: "entropy (nats)" },
  {
    key: "sinkShare",
    name: "largest-share",
    title: "The largest share over time",
    caption: "The largest token's share of the weight",
    unit: "largest share",
    top: 1,
  },
  { key: "loss", name: "loss", title: "Loss over time", caption: "Loss", unit: "loss", log: true },
];

/** Losses that are drawn on a logarithmic axis begin here: below it lies rounding. */
const leastLoss = 1e-12;

interface Entry {
  panel: string;
  time: number;
  q05: number;
  q25: number;
  median: number;
  q75: number;
  q95: number;
}

/** Distributions over all runs in time, as fans, and the share of runs that have polarized. */
export function fanFigures(Plot: PlotModule, panels: readonly Panel[], few: string, time: string): Figure[] {
  const colors = { domain: panels.map(({ label }) => label), range: panels.map(({ color }) => color) };
  const frame = { marginLeft: 60, marginRight: labelWidth(colors.domain), marginTop: 34, marginBottom: 44, height: 320, color: colors };
  const x = { type: "log", label: time, tickFormat: powerOfTen } as const;
  const figures = fans.flatMap((fan): Figure[] => {
    const show = (value: number) => (fan.log ? Math.log10(Math.max(value, leastLoss)) : value);
    const entries = panels.flatMap(({ label, point }) => entriesOf(label, point, fan.key));
    if (entries.length === 0) return [];
    const shown = entries.map((e) => ({
      ...e,
      q05: show(e.q05),
      q25: show(e.q25),
      median: show(e.median),
      q75: show(e.q75),
      q95: show(e.q95),
    }));
    const highest = Math.max(...shown.map(({ q95 }) => q95));
    const low = fan.log ? Math.min(...shown.map(({ q05 }) => q05)) : 0;
    const high = fan.top ?? (fan.log ? Math.max(highest, low + 1) : highest * 1.05 || 1);
    const axis = fan.log
      ? { label: fan.unit, grid: true, domain: [low, high], tickFormat: (y: number) => powerOfTen(10 ** y) }
      : { label: fan.unit, grid: true, domain: [low, high] };
    return [
      {
        name: fan.name,
        title: fan.title,
        caption: `${fan.caption}: median, 25 to 75 % and 5 to 95 % of all runs.${few}`,
        csv: csvOf(
          ["point", "time", "q05", "q25", "median", "q75", "q95"],
          entries.map((e) => [e.panel, e.time, e.q05, e.q25, e.median, e.q75, e.q95]),
        ),
        svg: renderSvg(Plot, {
          ...frame,
          x,
          y: axis,
          marks: [
            Plot.areaY(shown, { x: "time", y1: "q05", y2: "q95", fill: "panel", fillOpacity: 0.14 }),
            Plot.areaY(shown, { x: "time", y1: "q25", y2: "q75", fill: "panel", fillOpacity: 0.2 }),
            Plot.line(shown, { x: "time", y: "median", stroke: "panel", strokeWidth: 2 }),
            ...endLabels(
              Plot,
              shown.map(({ panel, time, median }) => ({ series: panel, x: time, y: median })),
              [low, high],
            ),
          ],
        }),
      },
    ];
  });

  const polarized = panels.flatMap(({ label, point: { overTime } }) =>
    (overTime?.polarized ?? []).flatMap(({ share, interval: [low, high] }, i) => {
      const time = overTime?.times[i] as number;
      return time > 0 ? [{ panel: label, time, share, low, high }] : [];
    }),
  );
  if (polarized.length > 0)
    figures.push({
      name: "polarized-by",
      title: "Who has polarized, and when",
      caption: `Share of runs in which one token has come to hold the weight that counts as polarized, with its 95 % interval.${few}`,
      csv: csvOf(
        ["point", "time", "share", "low", "high"],
        polarized.map(({ panel, time, share, low, high }) => [panel, time, share, low, high]),
      ),
      svg: renderSvg(Plot, {
        ...frame,
        height: 260,
        x,
        y: { label: "share of runs", grid: true, domain: [0, 1] },
        marks: [
          Plot.areaY(polarized, { x: "time", y1: "low", y2: "high", fill: "panel", fillOpacity: 0.2 }),
          Plot.line(polarized, { x: "time", y: "share", stroke: "panel", strokeWidth: 2 }),
          ...endLabels(
            Plot,
            polarized.map(({ panel, time, share }) => ({ series: panel, x: time, y: share })),
            [0, 1],
          ),
        ],
      }),
    });
  return figures;
}

function entriesOf(panel: string, { overTime }: PointReport, key: Fan["key"]): Entry[] {
  const bands: Bands | undefined = overTime?.[key];
  if (!overTime || !bands) return [];
  return overTime.times.flatMap((time, i) => {
    if (time === 0) return []; // it has no place on a logarithmic axis
    const at = (name: keyof Bands) => bands[name][i] as number;
    return [{ panel, time, q05: at("q05"), q25: at("q25"), median: at("median"), q75: at("q75"), q95: at("q95") }];
  });
}
