import { type Column, columnRow } from "../../model/columns.ts";
import { quantileNames } from "../../statistics/quantiles.ts";
import type { Figure } from "../plot.ts";
import { csvBy, figure, type View } from "./figure.ts";
import { lettered, linesIn } from "./layout.ts";

const namesWidth = 180;

/** How the numbers of a column of one's own are distributed over runs, point by point. */
const ownColumn = (name: string) => {
  const { says, unit } = columnRow(name as Column);
  return figure({
    name: `column-${name}`,
    title: name,
    entries: ({ panels }) =>
      panels.flatMap(({ label, point }) => (point.columns?.[name] ? [{ point: label, ...point.columns[name] }] : [])),
    caption: (_, { panelNote }) => `${says}: over runs the median (dot), half of them (thick) and nine in ten (thin).${panelNote}`,
    csv: (entries) => csvBy(["point", ...quantileNames], entries),
    plot(entries, { Plot, panels }) {
      const names = panels.map(({ label }) => lettered(label, namesWidth));
      const lines = Math.max(...names.map(linesIn));
      const bar = { y: "point", stroke: "point" } as const;
      return {
        height: 60 + panels.length * (16 + 16 * lines),
        marginLeft: namesWidth + 10,
        marginBottom: 44,
        x: { label: unit === "1" ? name : `${name} (${unit})`, grid: true },
        y: { label: null, domain: panels.map(({ label }) => label), tickFormat: (label: string) => lettered(label, namesWidth) },
        color: { domain: panels.map(({ label }) => label), range: panels.map(({ color }) => color) },
        marks: [
          Plot.ruleY(entries, { ...bar, x1: "q05", x2: "q95", strokeWidth: 1.5 }),
          Plot.ruleY(entries, { ...bar, x1: "q25", x2: "q75", strokeWidth: 6, strokeOpacity: 0.6 }),
          Plot.dot(entries, { y: "point", x: "median", r: 3.5, fill: "point" }),
        ],
      };
    },
  });
};

/** A figure for each column of one's own. */
export function ownColumns(view: View): Figure[] {
  const names = view.report.points.flatMap(({ ensemble }) => ensemble.record.columns ?? []);
  return [...new Set(names)].flatMap((name) => ownColumn(name)(view) ?? []);
}
