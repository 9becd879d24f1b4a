import type { PlotModule, PlotOptions } from "../plot.ts";
import type { GridCell, GridKeys } from "./gridCells.ts";
import type { GridQuantity } from "./gridQuantities.ts";

const ascending = (values: number[]) => [...new Set(values)].sort((a, b) => a - b);

/** Columns of cells up to which values are written in the cells. */
const maxLabeled = 18;

/** A quantity over two keys, a panel for each series. */
export function heatMap(Plot: PlotModule, { unit, top: fixedTop }: GridQuantity, cells: readonly GridCell[], keys: GridKeys): PlotOptions {
  const series = [...new Set(cells.map((cell) => cell.series))];
  const [xs, ys] = [ascending(cells.map(({ x }) => x)), ascending(cells.map(({ y }) => y)).reverse()];
  const top = fixedTop ?? (Math.max(...cells.map(({ value }) => value)) || 1);
  // Text on dark cells is white, on light ones black, on light pages and on dark ones.
  const isDark = ({ value }: GridCell) => value / top < 0.55;
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
      isLabeled
        ? [
            Plot.text(cells.filter(isDark), { ...text, fill: "white" }),
            Plot.text(
              cells.filter((cell) => !isDark(cell)),
              { ...text, fill: "black" },
            ),
          ]
        : [],
    ],
  };
}
