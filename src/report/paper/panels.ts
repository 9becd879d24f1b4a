import type { Quantiles } from "../../statistics/quantiles.ts";
import { csvOf } from "../../sweep/csv.ts";
import { powerOfTen } from "../format.ts";
import { type Figure, type PlotModule, renderSvg } from "../plot.ts";
import { figureWidth, muted } from "../theme.ts";

/** A number of a single run at a time, of one of its lines. */
export interface Line {
  /** Which of several panels side by side it is in. */
  panel: string;
  /** A line is one of these. */
  series: string;
  color: string;
  time: number;
  value: number;
  /** Drawn thick, as the sink is; the others are muted in number. */
  strong?: boolean;
}

/** A distribution over runs at a time. */
export interface Band extends Omit<Line, "value" | "strong"> {
  q: Quantiles;
}

/** A row of panels, with one axis of values. */
export interface Row {
  /** What the values are. */
  label: string;
  /** Of single runs: the flow as lines, gradient descent as dots on them. */
  lines?: readonly Line[];
  dots?: readonly Line[];
  bands?: readonly Band[];
  log?: boolean;
  /** Whether bands show only 25 to 75 % of runs: where many lie on one another. */
  quartiles?: boolean;
  domain?: readonly [number, number];
  height?: number;
}

/** The panels of most figures: one run, and many. */
export const sideBySide = ["authors' start", "many starts"] as const;
/** What colors of tokens mean. */
export const tokenKeys = (color: string) => [
  { label: "the sink", color },
  { label: "other tokens", color: muted },
];

/** On logarithmic axes values begin here: below it lies rounding. */
const least = 1e-12;

/** Rows of panels over time, one below the other, each column headed once, as one SVG. */
export function timeFigure(
  Plot: PlotModule,
  about: Pick<Figure, "name" | "title" | "caption">,
  panels: readonly string[],
  rows: readonly Row[],
  { keys = [], linearTime = false }: { keys?: readonly { label: string; color: string }[]; linearTime?: boolean } = {},
): Figure {
  const place = (i: number) => ({ isFirst: i === 0, isLast: i === rows.length - 1, linearTime });
  const drawn = rows.map((row, i) => drawRow(Plot, panels, row, place(i)));
  const data = rows.flatMap(({ label, lines = [], dots = [], bands = [] }) => [
    ...lines.map((e) => [label, e.panel, e.series, "flow", e.time, e.value]),
    ...dots.map((e) => [label, e.panel, e.series, "descent", e.time, e.value]),
    ...bands.map((e) => [label, e.panel, e.series, "runs", e.time, e.q.median, e.q.q05, e.q.q25, e.q.q75, e.q.q95]),
  ]);
  const csv = csvOf(["quantity", "panel", "series", "kind", "time", "value", "q05", "q25", "q75", "q95"], data);
  return { ...about, svg: stack(drawn, keys), csv };
}

interface RowPlace {
  isFirst: boolean;
  isLast: boolean;
  linearTime: boolean;
}

function drawRow(
  Plot: PlotModule,
  panels: readonly string[],
  row: Row,
  { isFirst, isLast, linearTime }: RowPlace,
): { svg: string; height: number } {
  const { lines = [], dots = [], bands = [], log = false, quartiles = false, label } = row;
  const powers = decades(
    [...lines, ...bands].map(({ time }) => time).filter((time) => time > 0),
    panels.length > 3 ? 3 : 6,
  );
  const show = (y: number) => (log ? Math.log10(Math.max(y, least)) : y);
  const shown = <T extends Line>(entries: readonly T[]) =>
    entries.filter(({ time }) => time > 0).map((e) => ({ ...e, value: show(e.value) }));
  const of = bands
    .filter(({ time }) => time > 0)
    .map(({ q, ...e }) => ({ ...e, q05: show(q.q05), q25: show(q.q25), median: show(q.median), q75: show(q.q75), q95: show(q.q95) }));
  const all = [
    ...shown(lines).map(({ value }) => value),
    ...shown(dots).map(({ value }) => value),
    ...of.flatMap((e) => (quartiles ? [e.q25, e.q75] : [e.q05, e.q95])),
  ];
  const [low, high] = row.domain?.map(show) ?? padded(Math.min(...all), Math.max(...all));
  const height = (row.height ?? 156) + (isFirst ? 20 : 0) + (isLast ? 28 : 0);
  const line = { fx: "panel", x: "time", y: "value", z: "series", stroke: "color", clip: true } as const;
  const svg = renderSvg(Plot, {
    height,
    marginLeft: 60,
    marginRight: 14,
    marginTop: isFirst ? 42 : 22,
    marginBottom: isLast ? 42 : 14,
    fx: { domain: [...panels], label: null, padding: panels.length > 3 ? 0.16 : 0.1, axis: isFirst ? "top" : null },
    x: linearTime
      ? { label: isLast ? "flow time" : null, ticks: panels.length > 3 ? 2 : 5, ...(!isLast && { tickFormat: () => "" }) }
      : { type: "log", label: isLast ? "flow time" : null, ticks: powers, tickFormat: isLast ? powerOfTen : () => "" },
    y: {
      label,
      domain: [low as number, high as number],
      ticks: 4,
      grid: true,
      ...(log && { ticks: wholes(low as number, high as number), tickFormat: (y: number) => powerOfTen(10 ** y) }),
    },
    color: { type: "identity" },
    marks: [
      Plot.areaY(quartiles ? [] : of, {
        fx: "panel",
        x: "time",
        y1: "q05",
        y2: "q95",
        z: "series",
        fill: "color",
        fillOpacity: 0.15,
        clip: true,
      }),
      Plot.areaY(of, { fx: "panel", x: "time", y1: "q25", y2: "q75", z: "series", fill: "color", fillOpacity: 0.22, clip: true }),
      Plot.line(of, { ...line, y: "median", strokeWidth: 2 }),
      Plot.line(
        shown(lines).filter(({ strong }) => !strong),
        { ...line, strokeWidth: 1, strokeOpacity: 0.85 },
      ),
      Plot.line(
        shown(lines).filter(({ strong }) => strong),
        { ...line, strokeWidth: 2.2 },
      ),
      Plot.dot(thinned(shown(dots), linearTime), {
        fx: "panel",
        x: "time",
        y: "value",
        stroke: "color",
        r: 2.2,
        strokeWidth: 1,
        clip: true,
      }),
      Plot.frame({ stroke: "currentColor", strokeOpacity: 0.25 }),
    ],
  });
  return { svg, height };
}

/** A twentieth of room on both sides. */
function padded(low: number, high: number): [number, number] {
  const room = 0.05 * (high - low) || Math.abs(high) || 1;
  return [low - room, high + room];
}

/** Powers of ten among these times, evenly, at most so many. */
function decades(times: readonly number[], most: number): number[] {
  const [low, high] = [Math.ceil(Math.log10(Math.min(...times)) - 1e-9), Math.floor(Math.log10(Math.max(...times)) + 1e-9)];
  const step = Math.ceil((high - low + 1) / most);
  return Array.from({ length: Math.floor((high - low) / step) + 1 }, (_, i) => 10 ** (low + i * step));
}

/** Whole numbers of a range, at most some six of them. */
function wholes(low: number, high: number): number[] {
  const step = Math.max(1, Math.ceil((high - low) / 5));
  const first = Math.ceil(low / step) * step;
  return Array.from({ length: Math.max(0, Math.floor((high - first) / step) + 1) }, (_, i) => first + i * step);
}

/** Of the times those that lie an eleventh of the axis apart, from the end on, so that dots stay dots. */
function thinned<T extends Line>(entries: readonly T[], linearTime: boolean): T[] {
  const place = (time: number) => (linearTime ? time : Math.log(time));
  const times = [...new Set(entries.map(({ time }) => time))].sort((a, b) => b - a);
  const [end = 1, start = 1] = [times[0], times.at(-1)];
  const apart = (place(end) - place(start)) / 11;
  const kept = new Set<number>();
  let nearest = Number.POSITIVE_INFINITY;
  for (const time of times) {
    if (nearest - place(time) < apart) continue;
    kept.add(time);
    nearest = place(time);
  }
  return entries.filter(({ time }) => kept.has(time));
}

/** Where one run lies among many: the runs' quantiles by category, and the authors' run. */
export interface Place {
  category: string;
  color: string;
  q: Quantiles;
  one?: number;
}

export function placeFigure(
  Plot: PlotModule,
  about: Pick<Figure, "name" | "title" | "caption">,
  label: string,
  places: readonly Place[],
  domain: readonly [number, number],
): Figure {
  const entries = places.map(({ q, ...e }) => ({ ...e, ...q }));
  const svg = renderSvg(Plot, {
    height: 66 + 30 * places.length,
    marginLeft: 30 + 8 * Math.max(...places.map(({ category }) => category.length)),
    marginRight: 24,
    marginTop: 14,
    marginBottom: 42,
    x: { label, domain: [...domain], grid: true },
    y: { domain: places.map(({ category }) => category), label: null },
    color: { type: "identity" },
    marks: [
      Plot.ruleY(entries, { y: "category", x1: "q05", x2: "q95", stroke: "color", strokeWidth: 2 }),
      Plot.ruleY(entries, { y: "category", x1: "q25", x2: "q75", stroke: "color", strokeWidth: 9, strokeOpacity: 0.45 }),
      Plot.dot(entries, { y: "category", x: "median", fill: "color", r: 5 }),
      Plot.dot(
        entries.filter(({ one }) => one !== undefined),
        { y: "category", x: "one", symbol: "diamond", fill: "none", stroke: "currentColor", strokeWidth: 1.6, r: 7 },
      ),
    ],
  });
  const csv = csvOf(
    ["category", "authors", "q05", "q25", "median", "q75", "q95"],
    entries.map((e) => [e.category, e.one, e.q05, e.q25, e.median, e.q75, e.q95]),
  );
  return { ...about, svg, csv };
}

/** Pictures below one another, with a line of keys above. */
function stack(drawn: readonly { svg: string; height: number }[], keys: readonly { label: string; color: string }[]): string {
  const top = keys.length > 0 ? 26 : 0;
  let y = top;
  const parts = drawn.map(({ svg, height }) => {
    const part = svg.replace("<svg ", `<svg y="${y}" `);
    y += height;
    return part;
  });
  let x = 60;
  const legend = keys.map(({ label, color }) => {
    const entry = `<rect x="${x}" y="6" width="14" height="10" fill="${color}"></rect><text x="${x + 19}" y="15" fill="currentColor" font-size="13" font-family="system-ui, 'DejaVu Sans', sans-serif">${label}</text>`;
    x += 44 + 7.6 * label.length;
    return entry;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${figureWidth}" height="${y}" viewBox="0 0 ${figureWidth} ${y}">${legend.join("")}${parts.join("")}</svg>`;
}

/** The tokens of a run as lines: the one that holds the largest weight at the end stands out. */
export function tokenLines(
  panel: string,
  times: readonly number[],
  values: readonly (readonly number[])[],
  sink: number,
  color: string,
): Line[] {
  return times.flatMap((time, j) =>
    (values[j] ?? []).map((value, token) => {
      const strong = token === sink;
      return { panel, series: `token ${token}`, color: strong ? color : muted, time, value, strong };
    }),
  );
}
