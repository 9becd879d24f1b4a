import { csvOf } from "../../results/csv.ts";
import { type Figure, type PlotModule, renderSvg } from "../plot.ts";
import { colorsOf, letterWidth } from "../theme.ts";
import { stacked } from "../timeFigure.ts";

/** A number with its interval, in a row that has a name. */
interface RowDot {
  row: string;
  /** One of several side by side. */
  panel?: string;
  /** Those of a row stand below one another, in colors of their own. */
  series: string;
  value: number;
  low: number;
  high: number;
}

/** Pixels between the dots of a row. */
const apart = 8;

interface Axis {
  label: string;
  domain: readonly [number, number];
  /** Where a dashed line stands. */
  dashed?: number;
}

/** Numbers by name, a row each, with their intervals. What lies beyond the axis stands at its end. */
export function rowsFigure(
  Plot: PlotModule,
  about: Pick<Figure, "name" | "title" | "caption">,
  dots: readonly RowDot[],
  { label, domain, dashed }: Axis,
): Figure {
  const [names, series, panels] = (["row", "series", "panel"] as const).map((key) => [...new Set(dots.map((dot) => dot[key] ?? ""))]) as [
    string[],
    string[],
    string[],
  ];
  const palette = colorsOf(series.map((label) => ({ label, normalizer: undefined })));
  const hasPanels = panels.length > 1;
  const at = { y: "row", ...(hasPanels && { fx: "panel" }) } as const;
  const [least, most] = domain;
  const inside = (x: number) => Math.min(most, Math.max(least, x));
  const shown = dots.map(({ value, low, high, ...dot }) => ({ ...dot, value: inside(value), low: inside(low), high: inside(high) }));
  const height = 84 + Math.max(26, apart * series.length + 10) * names.length;
  const svg = renderSvg(Plot, {
    height,
    marginLeft: 30 + letterWidth * Math.max(...names.map((name) => name.length)),
    marginRight: 24,
    marginTop: hasPanels ? 36 : 20,
    marginBottom: 42,
    ...(hasPanels && { fx: { domain: panels, label: null, padding: 0.16 } }),
    x: { label, domain: [...domain], grid: true, ticks: hasPanels ? 4 : 8, tickFormat: String },
    y: { domain: names, label: null },
    color: { domain: series, range: series.map((name) => palette.get(name) as string) },
    marks: [
      ...(dashed === undefined ? [] : [Plot.ruleX([dashed], { stroke: "currentColor", strokeDasharray: "4,3" })]),
      ...series.flatMap((name, i) => {
        const own = shown.filter((dot) => dot.series === name);
        const dy = apart * (i - (series.length - 1) / 2);
        return [
          Plot.ruleY(own, { ...at, x1: "low", x2: "high", stroke: "series", strokeWidth: 1.6, dy }),
          Plot.dot(own, { ...at, x: "value", fill: "series", r: 4, dy }),
        ];
      }),
      Plot.frame({ stroke: "currentColor", strokeOpacity: 0.25 }),
    ],
  });
  const csv = csvOf(
    ["panel", "row", "series", label, "low", "high"],
    dots.map(({ panel, row, series, value, low, high }) => [panel, row, series, value, low, high]),
  );
  const legend = series.length > 1 ? series.map((label) => ({ label, color: palette.get(label) as string })) : [];
  return { ...about, svg: stacked([{ svg, height }], legend), csv };
}
