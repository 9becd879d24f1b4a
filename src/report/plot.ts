import { parseHTML } from "linkedom";
import { figureWidth, fontSize } from "./theme.ts";

export type PlotModule = typeof import("@observablehq/plot");
export type PlotOptions = NonNullable<Parameters<PlotModule["plot"]>[0]>;

/** A picture with its data. */
export interface Figure {
  /** The name of its files, without the extension. */
  name: string;
  title: string;
  /** What it shows, in a sentence. */
  caption: string;
  svg: string;
  csv: string;
}

/** Loads Observable Plot, which reads `window.devicePixelRatio` at that moment: so there is a window for as long. */
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

/** A plot as the text of a standalone SVG, whose text and axes take the color of the page (`currentColor`). */
export function renderSvg(plot: PlotModule, options: PlotOptions): string {
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

/**
 * The names of lines at their right ends, moved apart where they would overlap.
 * @param range lower and upper end of the y axis, which is taken to be 240 px high
 */
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

/** Width for the longest of these labels, in pixels: 8 a letter. */
export const labelWidth = (labels: readonly string[]): number => Math.max(60, 24 + 8 * Math.max(...labels.map((label) => label.length)));
