import { csvOf } from "../../results/csv.ts";
import { decades, padded, wholes } from "../axes.ts";
import { powerOfTen, short } from "../format.ts";
import { type Figure, type PlotModule, renderSvg } from "../plot.ts";
import { figureWidth } from "../theme.ts";
import { type LegendEntry, stack } from "../timeFigure.ts";

/** A number with its interval, at a place. */
interface Dot {
  series: string;
  color: string;
  x: number | string;
  y: number;
  low?: number | undefined;
  high?: number | undefined;
  /** Whether it is one of many, drawn small and faint. */
  small?: boolean;
}

/** A line that joins numbers, or that is expected. */
interface Curve {
  series: string;
  color: string;
  dashed?: boolean;
  points: readonly { x: number | string; y: number }[];
}

interface Scale {
  label: string;
  log?: boolean;
  domain?: readonly [number, number];
  ticks?: number;
  tickFormat?: (value: number) => string;
}

/** A picture with axes of its own. Its x are numbers, or names, which stand in the order in which they come. */
export interface Panel {
  title?: string;
  x: Scale;
  y: Scale;
  dots?: readonly Dot[];
  curves?: readonly Curve[];
}

const height = 300;

/** Panels side by side, as one SVG, with a legend above. */
export function panelsFigure(
  Plot: PlotModule,
  about: Pick<Figure, "name" | "title" | "caption">,
  panels: readonly Panel[],
  legend: readonly LegendEntry[] = [],
): Figure {
  const width = figureWidth / panels.length;
  const beside = panels.map((panel, i) => draw(Plot, panel, width).replace("<svg ", `<svg x="${i * width}" `));
  const row = `<svg width="${figureWidth}" height="${height}">${beside.join("")}</svg>`;
  const rows = panels.flatMap(({ title = "", x, y, dots = [], curves = [] }) => [
    ...dots.map((dot) => [title, x.label, y.label, dot.series, "runs", dot.x, dot.y, dot.low, dot.high]),
    ...curves.flatMap(({ series, dashed, points }) =>
      dashed ? points.map((point) => [title, x.label, y.label, series, "expected", point.x, point.y, undefined, undefined]) : [],
    ),
  ]);
  const csv = csvOf(["panel", "x is", "y is", "series", "kind", "x", "y", "low", "high"], rows);
  return { ...about, svg: stack([{ svg: row, height }], legend), csv };
}

function draw(Plot: PlotModule, { title, x, y, dots = [], curves = [] }: Panel, width: number): string {
  const points = curves.flatMap(({ points, ...curve }) => points.map((point) => ({ ...curve, ...point })));
  const solid = points.filter(({ dashed }) => !dashed);
  const all = [...dots, ...points];
  const isNamed = all.some((entry) => typeof entry.x === "string");
  const xs = all.map((entry) => Number(entry.x));
  const ys = [...dots.flatMap(({ y: at, low = at, high = at }) => [at, low, high]), ...points.map((point) => point.y)].filter(
    Number.isFinite,
  );
  const line = { x: "x", y: "y", z: "series", stroke: "color", clip: true } as const;
  const within = { ...axis(y, ys), label: y.label, grid: true };
  const [low, high] = within.domain;
  const inside = (value: number | undefined, open: number) => Math.min(high, Math.max(low, value ?? open));
  const bars = dots
    .filter((dot) => dot.low !== undefined)
    .map((dot) => ({ ...dot, low: inside(dot.low, low), high: inside(dot.high, high) }));
  return renderSvg(Plot, {
    width,
    height,
    marginLeft: 58,
    marginRight: 18,
    marginTop: 40,
    marginBottom: 44,
    x: isNamed
      ? { type: "point", label: x.label, domain: [...new Set(all.map((entry) => entry.x))], padding: 0.5 }
      : { ...axis(x, xs), label: x.label },
    y: within,
    color: { type: "identity" },
    marks: [
      ...(title === undefined ? [] : [Plot.text([title], { frameAnchor: "top", dy: -30, fontWeight: 600, fill: "currentColor" })]),
      Plot.line(solid, { ...line, strokeWidth: 1.8 }),
      Plot.line(
        points.filter(({ dashed }) => dashed),
        { ...line, strokeWidth: 1.6, strokeDasharray: "5 4" },
      ),
      Plot.ruleX(bars, { x: "x", y1: "low", y2: "high", stroke: "color", strokeWidth: 1.6 }),
      Plot.dot(
        dots.filter(({ small }) => small),
        { x: "x", y: "y", fill: "color", r: 1.6, fillOpacity: 0.45, clip: true },
      ),
      Plot.dot(
        dots.filter(({ small }) => !small),
        { x: "x", y: "y", fill: "color", r: 3.6 },
      ),
      Plot.frame({ stroke: "currentColor", strokeOpacity: 0.25 }),
    ],
  });
}

/** A scale with room around the numbers. A logarithmic one has powers of ten, or where it spans few of them, round numbers. */
function axis({ log, domain, ticks = 5, tickFormat }: Scale, values: readonly number[]) {
  const place = (value: number) => (log ? Math.log10(value) : value);
  const [low, high] =
    domain ?? (padded(place(Math.min(...values)), place(Math.max(...values))).map((end) => (log ? 10 ** end : end)) as [number, number]);
  if (!log) return { domain: [low, high] as [number, number], ticks, tickFormat: tickFormat ?? ((value: number) => short(value)) };
  const few = wholes(place(low), place(high)).length < 3;
  return {
    type: "log" as const,
    domain: [low, high] as [number, number],
    ticks: few ? roundNumbers(low, high) : decades([low, high], ticks),
    tickFormat: tickFormat ?? ((value: number) => (few ? short(value) : powerOfTen(value))),
  };
}

/** 1, 2 and 5 times powers of ten, in a range. */
function roundNumbers(low: number, high: number): number[] {
  const first = Math.floor(Math.log10(low));
  const count = Math.ceil(Math.log10(high)) - first;
  const round = Array.from({ length: count + 1 }, (_, i) => [1, 2, 5].map((by) => by * 10 ** (first + i))).flat();
  return round.filter((value) => value >= low && value <= high);
}
