import type { PlotModule, PlotOptions } from "../plot.ts";
import { colorsOf } from "../theme.ts";
import type { GridCell, GridKeys, GridQuantity } from "./gridCells.ts";
import { endLabels, labelWidth } from "./layout.ts";

/** Whether values are positive and spread over more than a factor of 20: then their axis is logarithmic. */
const isLog = (values: readonly number[]) => Math.min(...values) > 0 && Math.max(...values) / Math.min(...values) > 20;

/** A quantity over one key, a line for each series. */
export function lines(Plot: PlotModule, { unit, top: fixedTop }: GridQuantity, cells: readonly GridCell[], { x }: GridKeys): PlotOptions {
  const colors = colorsOf([...new Map(cells.map(({ series, normalizer }) => [series, { label: series, normalizer }])).values()]);
  const top = fixedTop ?? (Math.max(...cells.map(({ high }) => high)) * 1.05 || 1);
  const values = cells.map(({ x }) => x);
  const ends = cells.map(({ series, x, value }) => ({ series, x, y: value }));
  return {
    height: 300,
    marginLeft: 60,
    marginRight: colors.size > 1 ? labelWidth([...colors.keys()]) : 30,
    marginTop: 34,
    marginBottom: 44,
    x: { label: x, type: isLog(values) ? "log" : "linear", ticks: [...new Set(values)].slice(0, 24), tickFormat: (x: number) => String(x) },
    y: { label: unit, grid: true, domain: [0, top] },
    color: { domain: [...colors.keys()], range: [...colors.values()] },
    marks: [
      Plot.areaY(cells, { x: "x", y1: "low", y2: "high", fill: "series", fillOpacity: 0.18 }),
      Plot.line(cells, { x: "x", y: "value", stroke: "series", strokeWidth: 2 }),
      Plot.dot(cells, { x: "x", y: "value", fill: "series", r: 3.5 }),
      colors.size > 1 ? endLabels(Plot, ends, [0, top]) : [],
    ],
  };
}

const ascending = (values: number[]) => [...new Set(values)].sort((a, b) => a - b);

/** Up to this many columns of cells values are written in the cells. */
const maxLabeled = 18;

/** A quantity over two keys, a panel for each series. */
export function heatMap(Plot: PlotModule, { unit, top: fixedTop }: GridQuantity, cells: readonly GridCell[], keys: GridKeys): PlotOptions {
  const series = [...new Set(cells.map((cell) => cell.series))];
  const [xs, ys] = [ascending(cells.map(({ x }) => x)), ascending(cells.map(({ y }) => y)).reverse()];
  const top = fixedTop ?? (Math.max(...cells.map(({ value }) => value)) || 1);
  // Text on dark cells is white, on light ones black, on light pages and on dark ones.
  const isDark = ({ value }: GridCell) => value / top < 0.55;
  const isLight = (cell: GridCell) => !isDark(cell);
  const isLabeled = xs.length * series.length <= maxLabeled;
  const text = { fx: "series", x: "x", y: "y", text: "shown", fontSize: 12 } as const;
  return {
    height: 110 + 34 * ys.length,
    marginLeft: 70,
    marginTop: series.length > 1 ? 56 : 40,
    marginBottom: 48,
    fx: { domain: series, label: null, padding: 0.06, ...(series.length === 1 && { axis: null }) },
    x: { type: "band", domain: xs, label: keys.x, padding: 0.03, tickFormat: String },
    y: { type: "band", domain: ys, label: keys.y ?? null, padding: 0.03, tickFormat: String },
    color: { type: "linear", scheme: "viridis", domain: [0, top], label: unit },
    marks: [
      Plot.cell(cells, { fx: "series", x: "x", y: "y", fill: "value" }),
      ...(isLabeled
        ? [Plot.text(cells.filter(isDark), { ...text, fill: "white" }), Plot.text(cells.filter(isLight), { ...text, fill: "black" })]
        : []),
    ],
  };
}
