import { fileURLToPath } from "node:url";
import type { Figure } from "../report/plot.ts";
import type { Files } from "../sweep/folder.ts";
import { figureFile } from "../sweep/names.ts";

/** Each figure as SVG, PNG and CSV. */
export async function figureFiles(figures: readonly Figure[]): Promise<Files> {
  const files: Files = {};
  for (const { name, svg, csv } of figures) {
    files[figureFile(name, "svg")] = `${svg}\n`;
    files[figureFile(name, "csv")] = csv;
    files[figureFile(name, "png")] = await toPng(svg);
    await new Promise((resolve) => setImmediate(resolve)); // a signal is heard between figures
  }
  return files;
}

/** A figure as PNG, twice as large as on the screen, on white. */
async function toPng(svg: string): Promise<Uint8Array> {
  const { Resvg } = await import("@resvg/resvg-js");
  const font = fileURLToPath(new URL("./DejaVuSans.ttf", import.meta.url));
  const picture = new Resvg(svg, {
    background: "white",
    fitTo: { mode: "zoom", value: 2 },
    font: { loadSystemFonts: false, fontFiles: [font], defaultFontFamily: "DejaVu Sans" },
  });
  return picture.render().asPng();
}
