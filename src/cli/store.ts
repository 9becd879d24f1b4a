import { familyOf } from "../model/families.ts";
import type { Specification } from "../model/grid.ts";
import type { Engine } from "../model/result.ts";
import type { OpenedEngine } from "../node.ts";
import { seriesSample } from "../report/samples.ts";
import type { ResultsFolder } from "../results/folder.ts";
import { toJson } from "../results/json.ts";
import { names } from "../results/names.ts";
import { sha256 } from "../results/record.ts";
import { FolderStore } from "../results/store.ts";
import { cutParts } from "../sweep/parts.ts";
import { runSweep, type SweepOptions, type SweepReport } from "../sweep/sweep.ts";
import { reportFiles } from "./figures.ts";
import { untilAborted } from "./interruption.ts";
import { manifestOf, orAbandon } from "./results.ts";

export interface StoredSweep extends Pick<SweepOptions, "samples" | "reduce" | "onPart" | "onProgress"> {
  specification: Specification;
  /** Whether rows are stored, or records of parts alone. */
  rows: boolean;
}

/** Runs a sweep and writes all that comes of it into a results folder. */
export const storeSweep = (
  folder: ResultsFolder,
  signal: AbortSignal,
  { engine, pool }: OpenedEngine,
  { specification, rows, ...options }: StoredSweep,
): Promise<SweepReport> =>
  orAbandon(folder, signal, async () => {
    const { points } = specification;
    const manifest = manifestOf(engine, contentsOf(specification, engine, rows, options));
    await folder.begin(manifest, cutParts(points.map(({ ensemble }) => ensemble)).length);
    const { sample, series } = seriesSample(specification);
    const store = new FolderStore(folder, specification, engine.kind, { rows, sampled: sample.runs });
    const report = await untilAborted(signal, runSweep(specification, engine, pool, { ...options, signal, store, sample }));
    await store.close();
    const { timing } = report;
    const timings = report.points.map(({ parameters, timing }) => ({ parameters, ...timing }));
    const summary = toJson(report, { timing: false, indent: 1 });
    const files = { [names.summary]: summary, ...(await reportFiles(report, series, manifest)) };
    await folder.end(files, { ...manifest, ended: new Date().toISOString(), timing, timings });
    return report;
  });

/**
 * What a manifest says of a sweep before it begins. The hash of the shaders is of the programs of each family as they are composed; `lanesPerRun` has
 * each number of lanes that runs of some point take.
 */
function contentsOf(
  { points, canonical }: Specification,
  engine: Engine,
  rows: boolean,
  { samples, reduce = true }: Omit<StoredSweep, "specification" | "rows">,
) {
  const families = new Map(points.map(({ ensemble }) => [familyOf(ensemble), ensemble]));
  const kernels = [...families.values()].flatMap((ensemble) => engine.kernels?.(ensemble, { reduce }) ?? []);
  return {
    specification: canonical,
    specificationHash: sha256(JSON.stringify(canonical)),
    seed: points[0]?.ensemble.seed,
    ...(engine.kernels && {
      shaderHash: sha256(kernels.flatMap(({ programs }) => programs).join("")),
      lanesPerRun: [...new Set(kernels.map(({ lanesPerRun }) => lanesPerRun))],
    }),
    options: { reduction: reduce, ...(samples !== undefined && { verify: samples }), rows: rows ? "all" : "none" },
  };
}
