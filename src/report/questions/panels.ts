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
  /** About how many, or where. */
  ticks?: number | readonly number[];
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
  const all = [...dots, ...points];
  const isNamed = all.some((entry) => typeof entry.x === "string");
  const ys = [...dots.flatMap(({ y: at, low = at, high = at }) => [at, low, high]), ...points.map((point) => point.y)];
  const within = axis(y, ys);
  const [bottom, top] = within.domain;
  // An interval that is open, or beyond the picture, ends at its edge.
  const inside = (value: number) => Math.min(top, Math.max(bottom, value));
  const line = { x: "x", y: "y", z: "series", stroke: "color", clip: true } as const;
  // Where x are names, series stand beside one another.
  const series = [...new Set(dots.map((dot) => dot.series))];
  const besides = (isNamed ? series : [undefined]).map((name, i) => ({
    those: dots.filter((dot) => name === undefined || dot.series === name),
    dx: isNamed ? 9 * (i - (series.length - 1) / 2) : 0,
  }));
  return renderSvg(Plot, {
    width,
    height,
    marginLeft: 58,
    marginRight: 18,
    marginTop: 40,
    marginBottom: 44,
    x: isNamed
      ? { type: "point", label: x.label || null, domain: [...new Set(all.map((entry) => entry.x))], padding: 0.5 }
      : axis(
          x,
          all.map((entry) => Number(entry.x)),
        ),
    y: { ...within, grid: true },
    color: { type: "identity" },
    marks: [
      ...(title === undefined ? [] : [Plot.text([title], { frameAnchor: "top", dy: -30, fontWeight: 600, fill: "currentColor" })]),
      ...[false, true].map((dashed) =>
        Plot.line(
          points.filter((point) => (point.dashed ?? false) === dashed),
          dashed ? { ...line, strokeWidth: 1.6, strokeDasharray: "5 4" } : { ...line, strokeWidth: 1.8 },
        ),
      ),
      ...besides.flatMap(({ those, dx }) => [
        Plot.ruleX(
          those.flatMap(({ low, high, ...dot }) =>
            low === undefined || high === undefined ? [] : [{ ...dot, low: inside(low), high: inside(high) }],
          ),
          { x: "x", y1: "low", y2: "high", stroke: "color", strokeWidth: 1.6, dx },
        ),
        Plot.dot(those, {
          x: "x",
          y: "y",
          fill: "color",
          r: ({ small }: Dot) => (small ? 1.6 : 3.6),
          fillOpacity: ({ small }: Dot) => (small ? 0.45 : 1),
          dx,
          clip: true,
        }),
      ]),
      Plot.frame({ stroke: "currentColor", strokeOpacity: 0.25 }),
    ],
    r: { type: "identity" },
  });
}

/** A scale with room around the numbers. A logarithmic one has powers of ten, or where it spans few of them, round numbers. */
function axis({ label, log, domain, ticks = 5, tickFormat }: Scale, all: readonly number[]) {
  const known = all.filter((value) => Number.isFinite(value) && (!log || value > 0));
  const values = known.length > 0 ? known : [1];
  const place = (value: number) => (log ? Math.log10(value) : value);
  const [low, high] = domain ?? padded(place(Math.min(...values)), place(Math.max(...values))).map((end) => (log ? 10 ** end : end));
  const common = { label: label || null, domain: [low, high] as [number, number] };
  const isGiven = typeof ticks !== "number";
  const type = log ? ("log" as const) : ("linear" as const);
  if (!log || isGiven)
    return { ...common, type, ticks: isGiven ? [...ticks] : ticks, tickFormat: tickFormat ?? ((value: number) => short(value)) };
  const few = wholes(place(low as number), place(high as number)).length < 3;
  return {
    ...common,
    type,
    ticks: few ? roundNumbers(low as number, high as number) : decades(common.domain, ticks),
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
