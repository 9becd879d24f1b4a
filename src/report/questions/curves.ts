import { csvOf } from "../../results/csv.ts";
import { type Figure, type PlotModule, renderSvg } from "../plot.ts";
import { figureWidth } from "../theme.ts";
import { type LegendEntry, stacked } from "../timeFigure.ts";

/** A number found, with its interval, or a place on a line that theory draws. */
export interface Place {
  /** One of several side by side. */
  panel?: string;
  series: string;
  color: string;
  x: number;
  y: number;
  low?: number;
  high?: number;
}

export interface Curves {
  /** What runs say: dots with their intervals, and where `joined` a line through them. */
  dots: readonly Place[];
  joined?: boolean;
  /** Whether dots of several series at one place stand side by side. */
  apart?: boolean;
  /** What theory says, as dashed lines; `solid` where lines are what runs say. */
  lines?: readonly Place[];
  solid?: boolean;
  x: { label: string; log?: boolean; ticks?: number[]; format?: (x: number) => string };
  y: { label: string; domain?: readonly [number, number] };
  legend?: readonly LegendEntry[];
  height?: number;
}

/** Dots with intervals and lines, in panels side by side. Its CSV has both. */
export function curves(
  Plot: PlotModule,
  about: Pick<Figure, "name" | "title" | "caption">,
  { dots, joined = false, apart = false, lines = [], solid = false, x, y, legend = [], height = 300 }: Curves,
): Figure {
  const panels = [...new Set([...dots, ...lines].map(({ panel = "" }) => panel))];
  const hasPanels = panels.length > 1;
  const placed = (places: readonly Place[]) => places.map((place) => ({ panel: "", ...place }));
  const at = { ...(hasPanels && { fx: "panel" }), x: "x" } as const;
  const line = { ...at, y: "y", z: "series", stroke: "color", strokeWidth: 1.6 } as const;
  const series = [...new Set(dots.map((place) => place.series))];
  const side = apart ? 4 * (series.length - 1) : 0;
  const dotMarks = (apart ? series : [undefined]).flatMap((name, i) => {
    const own = placed(dots).filter((place) => name === undefined || place.series === name);
    const dx = apart ? 8 * i - side : 0;
    return [
      ...(joined ? [Plot.line(own, { ...line, dx })] : []),
      Plot.ruleX(
        own.filter(({ low, high }) => Number.isFinite(low) && Number.isFinite(high)),
        { ...at, y1: "low", y2: "high", stroke: "color", strokeWidth: 1.6, dx },
      ),
      Plot.dot(own, { ...at, y: "y", fill: "color", r: 3.6, dx }),
    ];
  });
  const svg = renderSvg(Plot, {
    width: figureWidth,
    height,
    marginLeft: 60,
    marginRight: 20,
    marginTop: hasPanels ? 42 : 24,
    marginBottom: 44,
    ...(hasPanels && { fx: { domain: panels, label: null, padding: 0.08 } }),
    x: { label: x.label, inset: side, ...(x.log && { type: "log" as const }), ticks: x.ticks ?? 6, tickFormat: x.format ?? String },
    y: { label: y.label, grid: true, ...(y.domain && { domain: y.domain }), ticks: 5 },
    color: { type: "identity" },
    marks: [
      Plot.line(placed(lines), { ...line, ...(!solid && { strokeDasharray: "5,3" }) }),
      ...dotMarks,
      Plot.frame({ stroke: "currentColor", strokeOpacity: 0.25 }),
    ],
  });
  const rows = (kind: string, places: readonly Place[]) =>
    places.map(({ panel = "", series, x, y, low, high }) => [panel, series, kind, x, y, low, Number.isFinite(high) ? high : undefined]);
  const csv = csvOf(
    ["panel", "series", "kind", x.label, y.label, "low", "high"],
    [...rows("runs", dots), ...rows(solid ? "runs" : "line", lines)],
  );
  return { ...about, svg: stacked([{ svg, height }], legend), csv };
}
