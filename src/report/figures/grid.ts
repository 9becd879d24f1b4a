import { csvOf } from "../../sweep/csv.ts";
import { figure, type ReportFigure, some } from "./figure.ts";
import { cellsOf, type GridCell, type GridKeys, gridKeys } from "./gridCells.ts";
import { lines } from "./gridLines.ts";
import { type GridQuantity, gridQuantities } from "./gridQuantities.ts";
import { heatMap } from "./heatMap.ts";

function gridFigure(quantity: GridQuantity): ReportFigure {
  const { name, title, caption, band, showTop } = quantity;
  return figure<{ keys: GridKeys; cells: GridCell[] }>({
    name,
    title,
    data({ report: { points } }) {
      const keys = gridKeys(points);
      const cells = keys && some(cellsOf(points, keys, quantity));
      return cells && { keys, cells };
    },
    caption({ keys: { x, y }, cells }) {
      if (y === undefined) return `${caption}, with ${band}, over ${x}.`;
      return `${caption}, from 0 (dark) to ${showTop(Math.max(...cells.map(({ value }) => value)))} (light), over ${x} and ${y}.`;
    },
    csv({ keys: { x, y, rest }, cells }) {
      const columns: (readonly [string, keyof GridCell])[] = [
        ...(rest.length > 0 ? [["series", "series"] as const] : []),
        [x, "x"],
        ...(y === undefined ? [] : [[y, "y"] as const]),
        ["value", "value"],
        ["low", "low"],
        ["high", "high"],
      ];
      return csvOf(
        columns.map(([name]) => name),
        cells.map((cell) => columns.map(([, key]) => cell[key])),
      );
    },
    plot: ({ keys, cells }, { Plot }) => (keys.y === undefined ? lines : heatMap)(Plot, quantity, cells, keys),
  });
}

/** Figures over a grid's numeric keys: lines over one, a heat map over two. */
export const overGrid: readonly ReportFigure[] = gridQuantities.map(gridFigure);
