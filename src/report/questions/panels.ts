import { csvOf } from "../../results/csv.ts";
import { decades, padded, wholes } from "../axes.ts";
import { powerOfTen, short } from "../format.ts";
import { type Figure, type PlotModule, renderSvg } from "../plot.ts";
import { figureWidth } from "../theme.ts";
import { type LegendEntry, stacked } from "../timeFigure.ts";

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
  return { ...about, svg: stacked([{ svg: row, height }], legend), csv };
}

function draw(Plot: PlotModule, panel: Panel, width: number): string {
  const { title, x, y } = panel;
  const placed = (value: number | undefined) => (value === undefined ? undefined : placeOn(y, value));
  const at = <E extends { x: number | string; y: number }>(entry: E) => ({
    ...entry,
    x: typeof entry.x === "string" ? entry.x : placeOn(x, entry.x),
    y: placeOn(y, entry.y),
  });
  const dots = (panel.dots ?? []).map((dot) => ({ ...at(dot), low: placed(dot.low), high: placed(dot.high) }));
  const points = (panel.curves ?? []).flatMap(({ points, ...curve }) => points.map((point) => ({ ...curve, ...at(point) })));
  const all = [...dots, ...points];
  const isNamed = all.some((entry) => typeof entry.x === "string");
  const ys = [...dots.flatMap(({ y, low = y, high = y }) => [y, low, high]), ...points.map((point) => point.y)];
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
  const names = { type: "point", label: x.label || null, domain: [...new Set(all.map((entry) => entry.x))], padding: 0.5 } as const;
  return renderSvg(Plot, {
    width,
    height,
    marginLeft: 58,
    marginRight: 18,
    marginTop: 40,
    marginBottom: 44,
    x: isNamed
      ? names
      : axis(
          x,
          all.map((entry) => Number(entry.x)),
        ),
    y: { ...within, grid: true },
    color: { type: "identity" },
    r: { type: "identity" },
    opacity: { type: "identity" },
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
  });
}

/** Where a number stands: on a logarithmic axis, its logarithm. (A logarithmic scale of Plot's leaves out labels that it does not like.) */
const placeOn = ({ log }: Scale, value: number): number => (log ? Math.log10(value) : value);

/** An axis with room around the places of numbers. A logarithmic one has powers of ten, or where it spans few of them, round numbers. */
function axis(scale: Scale, all: readonly number[]) {
  const { label, log, ticks = 5, tickFormat } = scale;
  const known = all.filter(Number.isFinite);
  const places = known.length > 0 ? known : [0];
  const [low = 0, high = 1] = scale.domain?.map((end) => placeOn(scale, end)) ?? padded(Math.min(...places), Math.max(...places));
  const few = wholes(low, high).length < 3;
  const powers = () => decades([10 ** low, 10 ** high], typeof ticks === "number" ? ticks : 5);
  const wanted = typeof ticks !== "number" ? [...ticks] : log ? (few ? roundNumbers(10 ** low, 10 ** high) : powers()) : ticks;
  const text = tickFormat ?? ((value: number) => (log && typeof ticks === "number" && !few ? powerOfTen(value) : short(value)));
  return {
    label: label || null,
    domain: [low, high] as [number, number],
    ticks: typeof wanted === "number" ? wanted : wanted.map((value) => placeOn(scale, value)),
    tickFormat: (place: number) => text(log ? Number((10 ** place).toPrecision(12)) : place),
  };
}

/** 1, 2 and 5 times powers of ten, in a range. */
function roundNumbers(low: number, high: number): number[] {
  const first = Math.floor(Math.log10(low));
  const count = Math.ceil(Math.log10(high)) - first;
  const round = Array.from({ length: count + 1 }, (_, i) => [1, 2, 5].map((by) => by * 10 ** (first + i))).flat();
  return round.filter((value) => value >= low && value <= high);
}
