import { csvOf } from "../sweep/csv.ts";
import type { PointReport, SweepReport } from "../sweep/sweep.ts";
import { endLabels, type Figure, labelWidth, type PlotModule, renderSvg } from "./plot.ts";
import { label, normalizerOf, short } from "./table.ts";
import { colorsOf } from "./theme.ts";

/** What the figures of a grid show of a point: a share with its interval, or a median with its quartiles. */
interface Measure {
  name: string;
  title: string;
  caption: string;
  unit: string;
  of(point: PointReport): { value: number; low: number; high: number } | undefined;
  show(value: number): string;
}

const measures: Measure[] = [
  {
    name: "polarized",
    title: "Runs that polarized",
    caption: "Share of runs in which one token came to hold the weight that counts as polarized",
    unit: "share of runs",
    of: ({ polarized: p }) => p && { value: p.share, low: p.interval[0], high: p.interval[1] },
    show: (value) => `${(100 * value).toFixed(value > 0 && value < 0.01 ? 1 : 0)}%`,
  },
  {
    name: "final-entropy",
    title: "Entropy at the end",
    caption: "Median over runs of the entropy of the shares",
    unit: "entropy (nats)",
    of: ({ entropy: q }) => q && { value: q.median, low: q.q25, high: q.q75 },
    show: short,
  },
  {
    name: "logit-lead",
    title: "What the largest logit at the start is worth",
    caption: "How often the token with the largest logit at the start became the sink",
    unit: "share of runs",
    of: ({ predictors: { logit: p } }) => p && { value: p.share, low: p.interval[0], high: p.interval[1] },
    show: (value) => `${(100 * value).toFixed(0)}%`,
  },
];

interface Cell {
  series: string;
  normalizer: string | undefined;
  x: number;
  y: number;
  value: number;
  low: number;
  high: number;
  shown: string;
}

/**
 * Figures over a grid's numeric keys: lines over one, a heat map over two; kinds and further keys become lines of their
 * own, or small multiples. None where no key is numeric.
 */
export function gridFigures(Plot: PlotModule, { points, specification }: SweepReport): Figure[] {
  const keys = Object.keys(points[0]?.parameters ?? {});
  const numeric = keys.filter((key) => {
    const values = points.map(({ parameters }) => parameters[key]);
    return values.every((value) => typeof value === "number") && new Set(values).size > 1;
  });
  const [xKey, yKey] = [...numeric].sort((a, b) => distinct(points, b) - distinct(points, a));
  if (xKey === undefined) return [];
  const rest = keys.filter((key) => key !== xKey && key !== yKey && distinct(points, key) > 1);
  const seriesName = (point: PointReport) =>
    label({ ...point, parameters: Object.fromEntries(rest.map((key) => [key, point.parameters[key]])) });

  return measures.flatMap((measure): Figure[] => {
    const cells = points.flatMap((point): Cell[] => {
      const p = measure.of(point);
      const at = (key: string | undefined) => (key === undefined ? 0 : (point.parameters[key] as number));
      return p
        ? [
            {
              series: seriesName(point),
              normalizer: normalizerOf(point, specification),
              x: at(xKey),
              y: at(yKey),
              ...p,
              shown: measure.show(p.value),
            },
          ]
        : [];
    });
    if (cells.length === 0) return [];
    const svg = yKey === undefined ? lines(Plot, measure, cells, xKey) : heatMap(Plot, measure, cells, xKey, yKey);
    const highest = measure.name === "final-entropy" ? short(Math.max(...cells.map(({ value }) => value))) : "100 %";
    const band = measure.name === "final-entropy" ? ", with its quartiles" : ", with its 95 % interval";
    const spread = yKey !== undefined ? `, from 0 (dark) to ${highest} (light)` : band;
    const header = [...(rest.length > 0 ? ["series"] : []), xKey, ...(yKey ? [yKey] : []), "value", "low", "high"];
    const rows = cells.map(({ series, x, y, value, low, high }) => [
      ...(rest.length > 0 ? [series] : []),
      x,
      ...(yKey ? [y] : []),
      value,
      low,
      high,
    ]);
    return [
      {
        name: measure.name,
        title: measure.title,
        caption: `${measure.caption}${spread}, over ${[xKey, yKey].filter(Boolean).join(" and ")}.`,
        csv: csvOf(header, rows),
        svg,
      },
    ];
  });
}

const distinct = (points: readonly PointReport[], key: string) =>
  new Set(points.map(({ parameters }) => JSON.stringify(parameters[key]))).size;

/** Whether values spread over more than a factor of 20, all positive: then a logarithmic axis. */
const isLog = (values: readonly number[]) => Math.min(...values) > 0 && Math.max(...values) / Math.min(...values) > 20;

function lines(Plot: PlotModule, { unit, name }: Measure, cells: readonly Cell[], xKey: string): string {
  const colors = colorsOf([...new Map(cells.map(({ series, normalizer }) => [series, { label: series, normalizer }])).values()]);
  const top = name === "final-entropy" ? Math.max(...cells.map(({ high }) => high)) * 1.05 || 1 : 1;
  const values = cells.map(({ x }) => x);
  return renderSvg(Plot, {
    height: 300,
    marginLeft: 60,
    marginRight: colors.size > 1 ? labelWidth([...colors.keys()]) : 30,
    marginTop: 34,
    marginBottom: 44,
    x: {
      label: xKey,
      type: isLog(values) ? "log" : "linear",
      ticks: [...new Set(values)].slice(0, 24),
      tickFormat: (x: number) => String(x),
    },
    y: { label: unit, grid: true, domain: [0, top] },
    color: { domain: [...colors.keys()], range: [...colors.values()] },
    marks: [
      Plot.areaY(cells, { x: "x", y1: "low", y2: "high", fill: "series", fillOpacity: 0.18 }),
      Plot.line(cells, { x: "x", y: "value", stroke: "series", strokeWidth: 2 }),
      Plot.dot(cells, { x: "x", y: "value", fill: "series", r: 3.5 }),
      ...(colors.size > 1
        ? endLabels(
            Plot,
            cells.map(({ series, x, value }) => ({ series, x, y: value })),
            [0, top],
          )
        : []),
    ],
  });
}

function heatMap(Plot: PlotModule, { unit, name }: Measure, cells: readonly Cell[], xKey: string, yKey: string): string {
  const series = [...new Set(cells.map((cell) => cell.series))];
  const ascending = (values: number[]) => [...new Set(values)].sort((a, b) => a - b);
  const [xs, ys] = [ascending(cells.map(({ x }) => x)), ascending(cells.map(({ y }) => y)).reverse()];
  const top = name === "final-entropy" ? Math.max(...cells.map(({ value }) => value)) || 1 : 1;
  // Text on dark cells is white, on light ones black, wherever the page is.
  const dark = ({ value }: Cell) => value / top < 0.55;
  const labeled = xs.length * series.length <= 18;
  const own = { fx: "series", x: "x", y: "y", text: "shown", fontSize: 12 } as const;
  return renderSvg(Plot, {
    height: 110 + 34 * ys.length,
    marginLeft: 70,
    marginTop: series.length > 1 ? 56 : 40,
    marginBottom: 48,
    fx: { domain: series, label: null, padding: 0.06, ...(series.length === 1 && { axis: null }) },
    x: { type: "band", domain: xs, label: xKey, padding: 0.03, tickFormat: String },
    y: { type: "band", domain: ys, label: yKey, padding: 0.03, tickFormat: String },
    color: { type: "linear", scheme: "viridis", domain: [0, top], label: unit },
    marks: [
      Plot.cell(cells, { fx: "series", x: "x", y: "y", fill: "value" }),
      ...(labeled
        ? [
            Plot.text(cells.filter(dark), { ...own, fill: "white" }),
            Plot.text(
              cells.filter((cell) => !dark(cell)),
              { ...own, fill: "black" },
            ),
          ]
        : []),
    ],
  });
}
