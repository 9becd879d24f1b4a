import { csvOf } from "../../results/csv.ts";
import { type Draw, figure } from "./figure.ts";
import { cellsOf, drawnCells, type GridCell, type GridQuantity, gridKeys, gridQuantities } from "./gridCells.ts";
import { lines, matrix } from "./gridPlots.ts";

const gridFigure =
  (quantity: GridQuantity): Draw =>
  (view) => {
    const keys = gridKeys(view.report.points);
    if (!keys) return undefined;
    const { x, y, rest } = keys;
    const columns: (readonly [name: string, key: keyof GridCell])[] = [
      ...(rest.length > 0 ? [["series", "series"] as const] : []),
      ...(x === undefined ? [] : [[x, "x"] as const]),
      ...(y === undefined ? [] : [[y, "y"] as const]),
      ["value", "value"],
      ["low", "low"],
      ["high", "high"],
    ];
    const { name, title, caption, band, showTop } = quantity;
    return figure({
      name,
      title,
      entries: ({ report }) => cellsOf(report.points, keys, quantity),
      caption(cells) {
        const { drawn, note } = drawnCells(cells, keys);
        if (y === undefined) return `${caption}, with ${band}, over ${x}.${note}`;
        return `${caption}, from 0 (dark) to ${showTop(Math.max(...drawn.map(({ value }) => value)))} (light), over ${x === undefined ? y : `${x} and ${y}`}.${note}`;
      },
      csv: (cells) =>
        csvOf(
          columns.map(([name]) => name),
          cells.map((cell) => columns.map(([, key]) => cell[key])),
        ),
      plot: (cells, { Plot }) => (y === undefined ? lines : matrix)(Plot, quantity, drawnCells(cells, keys).drawn, keys),
    })(view);
  };

/** Figures over the keys of a grid: lines over one number, else a matrix. */
export const overGrid: readonly Draw[] = gridQuantities.map(gridFigure);
