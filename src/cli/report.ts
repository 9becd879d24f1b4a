import { fileURLToPath } from "node:url";
import type { Provenance } from "../report/html.ts";
import type { Figure } from "../report/plot.ts";
import { type SeriesEntry, seriesFromCsv } from "../report/series.ts";
import { type Files, foreignResults, readResults, replaceResults } from "../sweep/folder.ts";
import { figureFile, names } from "../sweep/names.ts";
import type { SweepReport } from "../sweep/sweep.ts";
import { print } from "./terminal.ts";

/** The report and its figures as files of a results folder. The modules that draw take long to load: they are loaded here. */
export async function reportFiles(report: SweepReport, series: readonly SeriesEntry[], provenance: Provenance): Promise<Files> {
  const [{ drawFigures }, { htmlReport }] = await Promise.all([import("../report/figures/index.ts"), import("../report/html.ts")]);
  const figures = await drawFigures(report, series);
  return { [names.report]: htmlReport(report, figures, provenance), ...(await figureFiles(figures)) };
}

/** Each figure as SVG, PNG and CSV. */
export async function figureFiles(figures: readonly Figure[]): Promise<Files> {
  const files: Files = {};
  for (const figure of figures) {
    files[figureFile(figure.name, "svg")] = `${figure.svg}\n`;
    files[figureFile(figure.name, "csv")] = figure.csv;
    files[figureFile(figure.name, "png")] = await toPng(figure);
  }
  return files;
}

/** At twice the size of the screen, on white. */
async function toPng({ svg }: Figure): Promise<Uint8Array> {
  const { Resvg } = await import("@resvg/resvg-js");
  const font = fileURLToPath(new URL("./DejaVuSans.ttf", import.meta.url));
  const picture = new Resvg(svg, {
    background: "white",
    fitTo: { mode: "zoom", value: 2 },
    font: { loadSystemFonts: false, fontFiles: [font], defaultFontFamily: "DejaVu Sans" },
  });
  return picture.render().asPng();
}

/** `sinkflow report`. Returns the exit code. */
export async function reportCommand(path: string): Promise<number> {
  const { report, manifest, series } = await readResults(path);
  const entries = series === undefined ? [] : seriesFromCsv(series);
  if (!entries) throw foreignResults(path);
  await replaceResults(path, await reportFiles(report, entries, manifest), manifest);
  print(`${path}/${names.report}`, "The figures and the report are new.");
  return 0;
}
