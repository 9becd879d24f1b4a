import { parseHTML } from "linkedom";
import { figureWidth, fontSize } from "./theme.ts";

export type PlotModule = typeof import("@observablehq/plot");

/** A picture with its data. */
export interface Figure {
  /** Its file's name, without the ending. */
  name: string;
  title: string;
  /** What it shows, in a sentence. */
  caption: string;
  svg: string;
  csv: string;
}

/** Observable Plot, which asks for a window's pixel ratio when it is loaded. */
export async function loadPlot(): Promise<PlotModule> {
  const scope = globalThis as { window?: unknown };
  if (scope.window !== undefined) return import("@observablehq/plot");
  scope.window = { devicePixelRatio: 1 };
  try {
    return await import("@observablehq/plot");
  } finally {
    delete scope.window;
  }
}

/** A plot as the text of a standalone SVG; text and axes are in the color of what surrounds it. */
export function renderSvg(plot: PlotModule, options: Parameters<PlotModule["plot"]>[0]): string {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const element = plot.plot({
    width: figureWidth,
    document: document as never,
    style: {
      fontSize: `${fontSize}px`,
      fontFamily: "system-ui, 'DejaVu Sans', sans-serif",
      background: "none",
      overflow: "visible",
    } as never,
    ...options,
  });
  element.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  return element.outerHTML;
}

/** The names of lines at their right ends, moved apart where they would overlap, within the y axis, which is drawn over some 240 px. */
export function endLabels(
  Plot: PlotModule,
  entries: readonly { series: string; x: number; y: number }[],
  [bottom, top]: readonly [number, number],
) {
  const names = [...new Set(entries.map(({ series }) => series))];
  const ends = names
    .map((name) => ({ ...(entries.findLast(({ series }) => series === name) as { series: string; x: number; y: number }) }))
    .sort((a, b) => a.y - b.y);
  const apart = ((top - bottom) * 16) / 240;
  let floor = Number.NEGATIVE_INFINITY;
  for (const end of ends) {
    end.y = Math.max(end.y, floor);
    floor = end.y + apart;
  }
  let ceiling = top;
  for (const end of ends.reverse()) {
    end.y = Math.min(end.y, ceiling);
    ceiling = end.y - apart;
  }
  return [Plot.text(ends, { x: "x", y: "y", text: "series", fill: "currentColor", textAnchor: "start", dx: 8 })];
}

/** Room for the longest of such labels, in pixels: some 8 a letter. */
export const labelWidth = (labels: readonly string[]): number => Math.max(60, 24 + 8 * Math.max(...labels.map((label) => label.length)));
