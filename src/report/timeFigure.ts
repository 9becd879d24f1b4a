import { csvOf } from "../results/csv.ts";
import type { Quantiles } from "../statistics/quantiles.ts";
import { decades, padded, thinned, wholes } from "./axes.ts";
import { powerOfTen } from "./format.ts";
import { type Figure, logPlace, type PlotModule, type PlotOptions, renderSvg } from "./plot.ts";
import { figureWidth } from "./theme.ts";

interface Entry {
  /** Name of its panel, one of several side by side. */
  panel: string;
  /** Entries of one series are joined by a line. */
  series: string;
  color: string;
  time: number;
}

/** A number of a single run at a time. */
export interface Line extends Entry {
  value: number;
  /** Whether it is drawn thick, as the sink's is. */
  strong: boolean;
}

/** A distribution over runs at a time. */
export interface Band extends Entry {
  q: Quantiles;
}

/** A row of panels, with one axis of values. */
export interface PanelRow {
  /** What the values are. */
  label: string;
  /** Of single runs: the flow as lines, gradient descent as dots on them. */
  lines?: readonly Line[];
  dots?: readonly Line[];
  bands?: readonly Band[];
  log?: boolean;
  /** Whether bands show only 25 to 75 % of runs, as where many bands overlap. */
  quartiles?: boolean;
  domain?: readonly [number, number];
}

interface Layout {
  panels: readonly string[];
  linearTime: boolean;
  /** Whether the row is the first, which has the panels' names above it, or the last, which has the axis of time below it. */
  isFirst: boolean;
  isLast: boolean;
}

export interface LegendEntry {
  label: string;
  color: string;
}

/** Rows of panels over time, one below the other, each column under its name, as one SVG. */
export function timeFigure(
  Plot: PlotModule,
  about: Pick<Figure, "name" | "title" | "caption">,
  panels: readonly string[],
  rows: readonly PanelRow[],
  { legend = [], linearTime = false }: { legend?: readonly LegendEntry[]; linearTime?: boolean } = {},
): Figure {
  const drawn = rows.map((row, i) => drawRow(Plot, row, { panels, linearTime, isFirst: i === 0, isLast: i === rows.length - 1 }));
  const data = rows.flatMap(({ label, lines = [], dots = [], bands = [] }) => [
    ...lines.map((e) => [label, e.panel, e.series, "flow", e.time, e.value]),
    ...dots.map((e) => [label, e.panel, e.series, "descent", e.time, e.value]),
    ...bands.map((e) => [label, e.panel, e.series, "runs", e.time, e.q.median, e.q.q05, e.q.q25, e.q.q75, e.q.q95]),
  ]);
  const csv = csvOf(["quantity", "panel", "series", "kind", "time", "value", "q05", "q25", "q75", "q95"], data);
  return { ...about, svg: stacked(drawn, legend), csv };
}

/** What is drawn of a row: the entries at times above 0; on a logarithmic axis, the logarithms of their values. */
function drawnOf({ lines = [], dots = [], bands = [], log }: PanelRow) {
  const place = (value: number) => (log ? logPlace(value) : value);
  const later = ({ time }: Entry) => time > 0;
  const placed = (entries: readonly Line[]) => entries.filter(later).map((e) => ({ ...e, value: place(e.value) }));
  return {
    place,
    lines: placed(lines),
    dots: placed(dots),
    bands: bands.filter(later).map(({ q, ...e }) => ({
      ...e,
      q05: place(q.q05),
      q25: place(q.q25),
      median: place(q.median),
      q75: place(q.q75),
      q95: place(q.q95),
    })),
  };
}
type Drawn = ReturnType<typeof drawnOf>;

function drawRow(Plot: PlotModule, row: PanelRow, layout: Layout): { svg: string; height: number } {
  const { panels, isFirst, isLast, linearTime } = layout;
  const drawn = drawnOf(row);
  const height = 156 + (isFirst ? 20 : 0) + (isLast ? 28 : 0);
  const svg = renderSvg(Plot, {
    height,
    marginLeft: 60,
    marginRight: 14,
    marginTop: isFirst ? 42 : 22,
    marginBottom: isLast ? 42 : 14,
    fx: { domain: [...panels], label: null, padding: panels.length > 3 ? 0.16 : 0.1, axis: isFirst ? "top" : null },
    x: timeAxis(drawn, layout),
    y: valueAxis(drawn, row),
    color: { type: "identity" },
    marks: marksOf(Plot, drawn, row.quartiles ?? false, linearTime),
  });
  return { svg, height };
}

function timeAxis({ lines, bands }: Drawn, { panels, linearTime, isLast }: Layout) {
  const isNarrow = panels.length > 3;
  const label = isLast ? "flow time" : null;
  if (linearTime) return { label, ticks: isNarrow ? 2 : 5, ...(!isLast && { tickFormat: () => "" }) };
  const times = [...lines, ...bands].map(({ time }) => time);
  return { type: "log", label, ticks: decades(times, isNarrow ? 3 : 6), tickFormat: isLast ? powerOfTen : () => "" } as const;
}

function valueAxis({ place, lines, dots, bands }: Drawn, { label, log, quartiles, domain }: PanelRow) {
  const values = [...lines, ...dots].map(({ value }) => value).concat(bands.flatMap((e) => (quartiles ? [e.q25, e.q75] : [e.q05, e.q95])));
  const [low, high] = domain ? [place(domain[0]), place(domain[1])] : padded(Math.min(...values), Math.max(...values));
  const powers = log && { ticks: wholes(low, high), tickFormat: (y: number) => powerOfTen(10 ** y) };
  return { label, domain: [low, high], ticks: 4, grid: true, ...powers };
}

function marksOf(
  Plot: PlotModule,
  { lines, dots, bands }: Drawn,
  quartiles: boolean,
  linearTime: boolean,
): NonNullable<PlotOptions["marks"]> {
  const at = { fx: "panel", x: "time", clip: true } as const;
  const area = { ...at, z: "series", fill: "color" } as const;
  const line = { ...at, y: "value", z: "series", stroke: "color" } as const;
  return [
    Plot.areaY(quartiles ? [] : bands, { ...area, y1: "q05", y2: "q95", fillOpacity: 0.15 }),
    Plot.areaY(bands, { ...area, y1: "q25", y2: "q75", fillOpacity: 0.22 }),
    Plot.line(bands, { ...line, y: "median", strokeWidth: 2 }),
    Plot.line(
      lines.filter(({ strong }) => !strong),
      { ...line, strokeWidth: 1, strokeOpacity: 0.85 },
    ),
    Plot.line(
      lines.filter(({ strong }) => strong),
      { ...line, strokeWidth: 2.2 },
    ),
    Plot.dot(thinned(dots, linearTime), { ...at, y: "value", stroke: "color", r: 2.2, strokeWidth: 1 }),
    Plot.frame({ stroke: "currentColor", strokeOpacity: 0.25 }),
  ];
}

/** Pictures below one another, with the legend above, in as many lines as it needs. */
export function stacked(drawn: readonly { svg: string; height: number }[], legend: readonly LegendEntry[]): string {
  let [x, y] = [60, 6];
  const labels = legend.map(({ label, color }) => {
    const width = 44 + 7.6 * label.length;
    if (x + width > figureWidth && x > 60) [x, y] = [60, y + 20];
    const entry = `<rect x="${x}" y="${y}" width="14" height="10" fill="${color}"></rect><text x="${x + 19}" y="${y + 9}" fill="currentColor" font-size="13" font-family="system-ui, 'DejaVu Sans', sans-serif">${label}</text>`;
    x += width;
    return entry;
  });
  let below = legend.length > 0 ? y + 20 : 0;
  const parts = drawn.map(({ svg, height }) => {
    const part = svg.replace("<svg ", `<svg y="${below}" `);
    below += height;
    return part;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${figureWidth}" height="${below}" viewBox="0 0 ${figureWidth} ${below}">${labels.join("")}${parts.join("")}</svg>`;
}
