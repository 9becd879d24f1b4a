import { figureWidth, fontSize } from "./theme.ts";

export type PlotModule = typeof import("./marks.ts");
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

/** Makes a document to draw in, once `loadPlot` is done. */
let parseHTML: typeof import("linkedom").parseHTML;

/** Loads Observable Plot, and a document for it. Plot reads `window.devicePixelRatio` while it loads, so there is a `window` until it is loaded. */
export async function loadPlot(): Promise<PlotModule> {
  ({ parseHTML } = await import("linkedom"));
  const scope = globalThis as { window?: unknown };
  if (scope.window !== undefined) return import("./marks.ts");
  scope.window = { devicePixelRatio: 1 };
  try {
    return await import("./marks.ts");
  } finally {
    delete scope.window;
  }
}

/** Where a value stands on a logarithmic axis: its logarithm. Values below 10⁻¹² are rounding, and stand at the lower end. */
export const logPlace = (value: number): number => Math.log10(Math.max(value, 1e-12));

/** A plot as the text of a standalone SVG. Its text and axes take the color of the page's text (`currentColor`). */
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
