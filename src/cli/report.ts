import type { Provenance } from "../report/html.ts";
import { type SeriesEntry, seriesFromCsv } from "../report/series.ts";
import { type Files, ResultsFolder } from "../sweep/folder.ts";
import { fromJson } from "../sweep/json.ts";
import type { SweepManifest } from "../sweep/manifest.ts";
import { names } from "../sweep/names.ts";
import { foreignResults, readStored, type Stored, seriesText } from "../sweep/stored.ts";
import type { SweepReport } from "../sweep/sweep.ts";
import { figureFiles } from "./figures.ts";
import { orAbandon } from "./results.ts";
import { print } from "./terminal.ts";

/** The report and its figures as files of a results folder. The modules that draw are loaded only here, since that takes long. */
export async function reportFiles(report: SweepReport, series: readonly SeriesEntry[], provenance: Provenance): Promise<Files> {
  const [{ drawFigures }, { htmlReport }] = await Promise.all([import("../report/figures/index.ts"), import("../report/html.ts")]);
  const figures = await drawFigures(report, series);
  return { [names.report]: htmlReport(report, figures, provenance), ...(await figureFiles(figures)) };
}

/** `sinkflow report`: of the results of `run` or of `reproduce`. */
export async function reportCommand(path: string, signal: AbortSignal): Promise<void> {
  const folder = new ResultsFolder(path);
  await orAbandon(folder, signal, async () => {
    const stored = await readStored(path);
    const { kind, content } = stored.manifest;
    const draw = async () =>
      kind === "sweep" ? sweepFiles(stored, content) : (await import("./reproduce.ts")).redrawn(stored, content.experiments, signal);
    await folder.write(await draw(), content);
  });
  print(`${path}/${names.report}`, "The figures and the report are new.");
}

async function sweepFiles(stored: Stored, manifest: SweepManifest): Promise<Files> {
  const report = fromJson(stored.summary);
  const series = await seriesText(stored);
  const entries = series === undefined ? [] : seriesFromCsv(series);
  if (!report || !entries) throw foreignResults(stored.path);
  return reportFiles(report, entries, manifest);
}
