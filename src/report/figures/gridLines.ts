import { endLabels, labelWidth, type PlotModule, type PlotOptions } from "../plot.ts";
import { colorsOf } from "../theme.ts";
import type { GridCell, GridKeys } from "./gridCells.ts";
import type { GridQuantity } from "./gridQuantities.ts";

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
