import { csvOf } from "../../results/csv.ts";
import { exactQuantiles } from "../../statistics/quantiles.ts";
import type { PointReport } from "../../sweep/sweep.ts";
import { type Figure, type PlotModule, renderSvg } from "../plot.ts";
import { allRuns } from "./phrases.ts";
import type { Authors } from "./results.ts";

/** The authors' run and many, in a category of this name. */
export interface Place {
  name: string;
  color: string;
  authors: Authors;
  many: PointReport;
}

/**
 * Where the authors' run lies among many, by the largest share at the end. A row a category: 5 to 95 % and 25 to 75 % of runs as
 * bars, the median as a dot, the authors' run as a diamond.
 * @param quantity what the largest share is called
 */
export function placeFigure(Plot: PlotModule, name: string, quantity: string, places: readonly [Place, ...Place[]]): Figure {
  const entries = places.map(({ name, color, authors, many }) => ({
    category: name,
    color,
    one: authors.flow.report.sinkShare?.median,
    ...(many.sinkShare ?? exactQuantiles([])),
  }));
  const svg = renderSvg(Plot, {
    height: 66 + 30 * places.length,
    marginLeft: 30 + 8 * Math.max(...places.map(({ name }) => name.length)),
    marginRight: 24,
    marginTop: 14,
    marginBottom: 42,
    x: { label: `${quantity} at the end`, domain: [0, 1], grid: true },
    y: { domain: places.map(({ name }) => name), label: null },
    color: { type: "identity" },
    marks: [
      Plot.ruleY(entries, { y: "category", x1: "q05", x2: "q95", stroke: "color", strokeWidth: 2 }),
      Plot.ruleY(entries, { y: "category", x1: "q25", x2: "q75", stroke: "color", strokeWidth: 9, strokeOpacity: 0.45 }),
      Plot.dot(entries, { y: "category", x: "median", fill: "color", r: 5 }),
      Plot.dot(
        entries.filter(({ one }) => one !== undefined),
        { y: "category", x: "one", symbol: "diamond", fill: "none", stroke: "currentColor", strokeWidth: 1.6, r: 7 },
      ),
    ],
  });
  const csv = csvOf(
    ["category", "authors", "q05", "q25", "median", "q75", "q95"],
    entries.map((e) => [e.category, e.one, e.q05, e.q25, e.median, e.q75, e.q95]),
  );
  const caption = `${quantity[0]?.toUpperCase()}${quantity.slice(1)} at the end: median, 25 to 75 % and 5 to 95 % of ${allRuns(places[0].many)}; diamond, the authors' start.`;
  return { name, title: "Where the authors' start lies among many", caption, svg, csv };
}
