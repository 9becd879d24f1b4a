import type { PlotModule, PlotOptions } from "../plot.ts";
import { colorsOf, figureWidth, letterWidth } from "../theme.ts";
import { type GridCell, type GridKeys, type GridQuantity, placesOf } from "./gridCells.ts";
import { endLabels, labelWidth, lettered, linesIn } from "./layout.ts";

/** Whether values are positive and spread over more than a factor of 20: then their axis is logarithmic. */
const isLog = (values: readonly number[]) => Math.min(...values) > 0 && Math.max(...values) / Math.min(...values) > 20;

/** Of these values those whose labels don't touch, from the lowest on. */
export function apart(values: readonly number[], place: (value: number) => number, width: number): number[] {
  const sorted = [...new Set(values)].sort((a, b) => a - b);
  const [low = 0, high = 1] = [sorted[0], sorted.at(-1)].map((value) => place(value as number));
  let free = Number.NEGATIVE_INFINITY;
  return sorted.filter((value) => {
    const half = (String(value).length * letterWidth) / 2;
    const at = (width * (place(value) - low)) / (high - low || 1);
    if (at - half < free) return false;
    free = at + half + 6;
    return true;
  });
}

/** A quantity over one key, a line for each series. */
export function lines(Plot: PlotModule, { unit, top: fixedTop }: GridQuantity, cells: readonly GridCell[], { x }: GridKeys): PlotOptions {
  const colors = colorsOf([...new Map(cells.map(({ series, normalizer }) => [series, { label: series, normalizer }])).values()]);
  const top = fixedTop ?? (Math.max(...cells.map(({ high }) => high)) * 1.05 || 1);
  const values = cells.map(({ x }) => Number(x));
  const ends = cells.map(({ series, x, value }) => ({ series, x: Number(x), y: value }));
  const type = isLog(values) ? "log" : "linear";
  const marginRight = colors.size > 1 ? labelWidth([...colors.keys()]) : 30;
  return {
    height: 300,
    marginLeft: 60,
    marginRight,
    marginTop: 34,
    marginBottom: 44,
    x: {
      label: x ?? null,
      type,
      ticks: apart(values, type === "log" ? Math.log : Number, figureWidth - 60 - marginRight),
      tickFormat: String,
    },
    y: { label: unit, grid: true, domain: [0, top] },
    color: { domain: [...colors.keys()], range: [...colors.values()] },
    marks: [
      Plot.areaY(cells, { x: "x", y1: "low", y2: "high", fill: "series", fillOpacity: 0.18 }),
      Plot.line(cells, { x: "x", y: "value", stroke: "series", strokeWidth: 2 }),
      Plot.dot(cells, { x: "x", y: "value", fill: "series", r: 3.5 }),
      colors.size > 1 ? endLabels(Plot, ends, [0, top], 222) : [],
    ],
  };
}

const longest = (values: readonly (number | string)[]) => Math.max(...values.map((value) => String(value).length)) * letterWidth;

/** From this width of a cell on its value is written in it, in pixels. */
const minLabeled = 40;

/** A quantity over two keys, or over the words of one, as cells; a panel for each series, in rows. */
export function matrix(Plot: PlotModule, { unit, top: fixedTop }: GridQuantity, cells: readonly GridCell[], keys: GridKeys): PlotOptions {
  const series = [...new Set(cells.map((cell) => cell.series))];
  const xs = placesOf(cells.map(({ x }) => x));
  const ys = placesOf(cells.map(({ y }) => y));
  if (typeof ys[0] === "number") ys.reverse(); // upward
  const top = fixedTop ?? (Math.max(...cells.map(({ value }) => value)) || 1);
  const [marginLeft, marginRight] = [Math.max(70, 40 + longest(ys)), 20];
  const usable = figureWidth - marginLeft - marginRight;
  const columns = Math.max(1, Math.min(series.length, Math.floor(usable / (1.1 * minLabeled * xs.length))));
  const rows = Math.ceil(series.length / columns);
  const pitch = usable / columns;
  const cellWidth = (0.94 * pitch) / xs.length;
  const titles = series.map((name, i) => ({ title: lettered(name, pitch), column: i % columns, row: Math.floor(i / columns) }));
  const titleHeight = series.length > 1 ? 8 + 15 * Math.max(...titles.map(({ title }) => linesIn(title))) : 0;
  const placed = cells.map((cell) => ({ ...cell, ...titles[series.indexOf(cell.series)] }));
  const isTilted = longest(xs) > cellWidth;
  const bodyHeight = 32 * ys.length;
  const [marginTop, marginBottom] = [24 + titleHeight, 48 + (isTilted ? 0.7 * longest(xs) : 0)];
  // Text on dark cells is white, on light ones black, on light pages and on dark ones.
  const isDark = ({ value }: GridCell) => value / top < 0.55;
  const isLight = (cell: GridCell) => !isDark(cell);
  const place = { fx: "column", fy: "row", x: "x", y: "y" } as const;
  const text = { ...place, text: "shown", fontSize: 12 } as const;
  const between = titleHeight / (bodyHeight + titleHeight);
  return {
    height: marginTop + marginBottom + rows * bodyHeight + (rows - 1) * titleHeight,
    marginLeft,
    marginRight,
    marginTop,
    marginBottom,
    fx: { axis: null, padding: columns > 1 ? 0.06 : 0 },
    fy: { axis: null, paddingInner: rows > 1 ? between : 0, paddingOuter: 0 },
    x: {
      type: "band",
      domain: xs,
      label: keys.x ?? null,
      padding: 0.03,
      ...(isTilted && { tickRotate: -40 }),
      ...(keys.x === undefined ? { axis: null } : { tickFormat: String }),
    },
    y: { type: "band", domain: ys, label: keys.y ?? null, padding: 0.03, tickFormat: String },
    color: { type: "linear", scheme: "viridis", domain: [0, top], label: unit },
    marks: [
      Plot.cell(placed, { ...place, fill: "value" }),
      ...(cellWidth >= minLabeled
        ? [Plot.text(placed.filter(isDark), { ...text, fill: "white" }), Plot.text(placed.filter(isLight), { ...text, fill: "black" })]
        : []),
      Plot.text(series.length > 1 ? titles : [], {
        fx: "column",
        fy: "row",
        text: "title",
        frameAnchor: "top",
        lineAnchor: "bottom",
        dy: -4,
        fill: "currentColor",
      }),
    ],
  };
}
