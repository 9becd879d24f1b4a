import { fileURLToPath } from "node:url";
import type { Provenance } from "../report/html.ts";
import type { Figure } from "../report/plot.ts";
import { type SeriesEntry, seriesFromCsv } from "../report/series.ts";
import { type Files, foreignResults, ResultsFolder, readResults } from "../sweep/folder.ts";
import { figureFile, names } from "../sweep/names.ts";
import type { SweepReport } from "../sweep/sweep.ts";
import { orAbandon } from "./results.ts";
import { print } from "./terminal.ts";

/** The report and its figures as files of a results folder. The modules that draw are loaded only here, since that takes long. */
export async function reportFiles(report: SweepReport, series: readonly SeriesEntry[], provenance: Provenance): Promise<Files> {
  const [{ drawFigures }, { htmlReport }] = await Promise.all([import("../report/figures/index.ts"), import("../report/html.ts")]);
  const figures = await drawFigures(report, series);
  return { [names.report]: htmlReport(report, figures, provenance), ...(await figureFiles(figures)) };
}

/** Each figure as SVG, PNG and CSV. */
export async function figureFiles(figures: readonly Figure[]): Promise<Files> {
  const files: Files = {};
  for (const { name, svg, csv } of figures) {
    files[figureFile(name, "svg")] = `${svg}\n`;
    files[figureFile(name, "csv")] = csv;
    files[figureFile(name, "png")] = await toPng(svg);
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

/** `sinkflow report`. */
export async function reportCommand(path: string): Promise<void> {
  const { report, manifest, series } = await readResults(path);
  const entries = series === undefined ? [] : seriesFromCsv(series);
  if (!entries) throw foreignResults(path);
  const folder = new ResultsFolder(path);
  await orAbandon(folder, async () => folder.write(await reportFiles(report, entries, manifest), manifest));
  print(`${path}/${names.report}`, "The figures and the report are new.");
}
