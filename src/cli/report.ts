import { seriesFromCsv } from "../report/series.ts";
import { type Files, ResultsFolder } from "../results/folder.ts";
import { fromJson } from "../results/json.ts";
import type { SweepManifest } from "../results/manifest.ts";
import { isPartFile, names } from "../results/names.ts";
import { foreignResults, readStored, type Stored, seriesText } from "../results/stored.ts";
import { checkDefined, define } from "./define.ts";
import { checkDrawing, reportFiles } from "./figures.ts";
import { orAbandon } from "./results.ts";
import { print } from "./terminal.ts";

/** `sinkflow report`: of the results of `run`, or of `reproduce` or `questions`. */
export async function reportCommand(path: string, options: { define: string[] }, signal: AbortSignal): Promise<void> {
  checkDrawing("report");
  await define(options.define);
  const folder = new ResultsFolder(path, { state: "complete" });
  await orAbandon(folder, signal, async (signal) => {
    const stored = await readStored(path);
    const { manifest } = stored;
    checkDefined(path, manifest.content);
    const draw = async () =>
      manifest.kind === "sweep"
        ? sweepFiles(stored, manifest.content)
        : (await import("./studies.ts")).redrawn(stored, manifest.kind, manifest.studies, signal);
    await folder.end(await draw(), manifest.content);
  });
  print(`${path}/${names.report}`, "The figures and the report are new.");
}

async function sweepFiles(stored: Stored, manifest: SweepManifest): Promise<Files> {
  const report = fromJson(stored.summary);
  const hasRows = Object.keys(manifest.files).some((name) => isPartFile("runs", name));
  const series = await seriesText(stored);
  const entries = series === undefined ? [] : seriesFromCsv(series);
  if (!report || !entries) throw foreignResults(stored.path);
  return reportFiles(report, entries, manifest, hasRows ? () => stored.tables("runs") : undefined);
}
