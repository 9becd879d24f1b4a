import { createRequire } from "node:module";
import { SinkflowError, withOptional } from "../model/errors.ts";
import type { Provenance } from "../report/html.ts";
import type { Figure } from "../report/plot.ts";
import type { SeriesEntry } from "../report/series.ts";
import type { Files } from "../results/folder.ts";
import { figureFile, names } from "../results/names.ts";
import type { Wanted } from "../results/runNumbers.ts";
import type { SweepReport } from "../sweep/sweep.ts";

const { resolve } = createRequire(import.meta.url);
const fontFile = "dejavu-fonts-ttf/ttf/DejaVuSans.ttf"; // where no font can be counted on

/** Refuses to begin what ends in figures where a package that draws them was left out. @param asked the option or command that does */
export function checkDrawing(asked: string): void {
  const missing = ["linkedom", "@resvg/resvg-js", fontFile].filter((name) => {
    try {
      resolve(name);
      return false;
    } catch {
      return true;
    }
  });
  const packages = missing.map((name) => name.replace(/\/ttf.*/, ""));
  if (packages.length > 0)
    throw new SinkflowError(
      "input",
      `${asked}: expected the packages that draw figures, got none of ${packages.join(", ")} (${withOptional})`,
    );
}

/** Loads the modules that draw, which takes long: ahead of `reportFiles`, where the program waits for threads. */
export async function loadDrawing() {
  const [{ drawFigures }, { htmlReport }, { answersOf }, { loadPlot }] = await Promise.all([
    import("../report/figures/index.ts"),
    import("../report/html.ts"),
    import("../report/questions/index.ts"),
    import("../report/plot.ts"),
    import("@resvg/resvg-js"),
  ]);
  return { drawFigures, htmlReport, answersOf, plot: await loadPlot() };
}

/**
 * The report and its figures as files of a results folder.
 * @param tables gives the bytes of all tables of runs; absent where no rows are stored
 */
export async function reportFiles(
  report: SweepReport,
  series: readonly SeriesEntry[],
  provenance: Provenance,
  tables?: () => Promise<readonly Uint8Array[]>,
): Promise<Files> {
  const { drawFigures, htmlReport, answersOf, plot } = await loadDrawing();
  const figures = await drawFigures(report, series);
  const ensembles = report.points.map(({ ensemble }) => ensemble);
  const read = async (wanted: Wanted) =>
    (await import("../results/readTables.ts")).readRuns((await tables?.()) ?? [], wanted, ensembles, report.engine);
  const answers = await answersOf(plot, report, tables && read);
  const page = htmlReport(report, figures, provenance, answers.html);
  return { [names.report]: page, ...answers.files, ...(await figureFiles([...figures, ...answers.figures])) };
}

/** Each figure as SVG, PNG and CSV. */
export async function figureFiles(figures: readonly Figure[]): Promise<Files> {
  const files = figures.map(async ({ name, svg, csv }) => [
    [figureFile(name, "svg"), `${svg}\n`],
    [figureFile(name, "csv"), csv],
    [figureFile(name, "png"), await toPng(svg)],
  ]);
  return Object.fromEntries((await Promise.all(files)).flat());
}

/** A figure as PNG, twice as large as on the screen, on white. It is drawn by another thread. */
async function toPng(svg: string): Promise<Uint8Array> {
  const { renderAsync } = await import("@resvg/resvg-js");
  const picture = await renderAsync(svg, {
    background: "white",
    fitTo: { mode: "zoom", value: 2 },
    font: { loadSystemFonts: false, fontFiles: [resolve(fontFile)], defaultFontFamily: "DejaVu Sans" },
  });
  return picture.asPng();
}
