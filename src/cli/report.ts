import { fileURLToPath } from "node:url";
import { SinkflowError } from "../model/errors.ts";
import type { Provenance } from "../report/html.ts";
import type { Figure } from "../report/plot.ts";
import { type SeriesEntry, seriesFromCsv } from "../report/series.ts";
import { readResults, replaceResults } from "../sweep/folder.ts";
import { fromJson, type SweepJson, type SweepReport } from "../sweep/sweep.ts";
import { print } from "./terminal.ts";

/** The report and its figures as files of a results folder. What draws is loaded when needed, and not before. */
export async function reportFiles(
  report: SweepReport,
  series: readonly SeriesEntry[],
  provenance: Provenance,
): Promise<Record<string, string | Uint8Array>> {
  const [{ drawFigures }, { htmlReport }] = await Promise.all([import("../report/figures/index.ts"), import("../report/html.ts")]);
  const figures = await drawFigures(report, series);
  return { "report.html": htmlReport(report, figures, provenance), ...(await figureFiles(figures)) };
}

/** Each figure as SVG, PNG and CSV. */
export async function figureFiles(figures: readonly Figure[]): Promise<Record<string, string | Uint8Array>> {
  const files: Record<string, string | Uint8Array> = {};
  for (const figure of figures) {
    files[`figures/${figure.name}.svg`] = `${figure.svg}\n`;
    files[`figures/${figure.name}.csv`] = figure.csv;
    files[`figures/${figure.name}.png`] = await toPng(figure);
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
  const { summary, manifest, series } = await readResults(path);
  const entries = series === undefined ? [] : seriesFromCsv(series);
  const report = reportOf(summary);
  if (!entries || !report || typeof manifest["specificationHash"] !== "string")
    throw new SinkflowError("storage", `${path}: expected results that this version wrote, got others`);
  const files = await reportFiles(report, entries, manifest as unknown as Provenance);
  await replaceResults(path, files, manifest);
  print(`${path}/report.html`);
  return 0;
}

/** The report of a summary; undefined where it is none. */
function reportOf(summary: unknown): SweepReport | undefined {
  try {
    return fromJson(summary as SweepJson);
  } catch {
    return undefined;
  }
}
