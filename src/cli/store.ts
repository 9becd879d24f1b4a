import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { definitionsOf, nameOf } from "../model/definitions.ts";
import { familiesOf, servingAll } from "../model/families.ts";
import type { Specification } from "../model/grid.ts";
import type { Engine } from "../model/result.ts";
import type { OpenedEngine } from "../node.ts";
import type { Provenance } from "../report/html.ts";
import { seriesSample } from "../report/samples.ts";
import { sha256 } from "../results/digest.ts";
import type { ResultsFolder } from "../results/folder.ts";
import { fromJson, toJson } from "../results/json.ts";
import { type Description, identityOf } from "../results/manifest.ts";
import { names, partFile } from "../results/names.ts";
import { FolderStore } from "../results/store.ts";
import { foreignResults, readStored } from "../results/stored.ts";
import { cutParts } from "../sweep/parts.ts";
import type { Progress } from "../sweep/stages.ts";
import { type AdapterParts, runShard, runSweep, type ShardReport, type SweepOptions, type SweepReport } from "../sweep/sweep.ts";
import type { SweepTiming } from "../sweep/timings.ts";
import { loadDrawing, reportFiles } from "./figures.ts";
import { untilAborted } from "./interruption.ts";
import { describe, orAbandon } from "./results.ts";
import { tell } from "./supervised.ts";
import { say } from "./terminal.ts";

export interface StoredSweep extends Pick<SweepOptions, "samples" | "reduce"> {
  specification: Specification;
  /** Whether rows are stored, or records of parts alone. */
  rows: boolean;
}

/** A sweep that is being stored. */
interface Storing extends StoredSweep, Pick<SweepOptions, "onProgress"> {
  /** What `describeSweep` says of it. */
  manifest: Description & Provenance;
  /** Other results of which parts are taken, too: see `identityOf`. */
  identities?: readonly string[];
}

/** Of several adapters that computed parts: what one did, and the identity that its records have. */
export interface IdentifiedParts extends AdapterParts {
  identity: string;
}

/** Runs what is left of a sweep and writes all that comes of it into a results folder. @param adapters that computed its parts, where they are several */
export const storeSweep = (
  folder: ResultsFolder,
  signal: AbortSignal,
  { engine, pool }: Pick<OpenedEngine, "engine" | "pool">,
  { specification, ...storing }: Storing,
  adapters: readonly IdentifiedParts[] = [],
): Promise<SweepReport> =>
  orAbandon(folder, signal, async (signal) => {
    const { sample, series } = seriesSample(specification);
    const { store, options } = await openStore(folder, specification, engine, storing);
    const onProgress: Progress = (done, runs) => {
      // All runs are followed: what is left of the sweep is done by threads. Where loading fails, `reportFiles` does.
      if (done >= 1) loadDrawing().catch(() => {});
      options.onProgress?.(done, runs);
    };
    const swept = await untilAborted(signal, runSweep(specification, engine, pool, { ...options, onProgress, signal, store, sample }));
    await store.close();
    const mixed = adapters.length > 1;
    const { sinkflow, specification: canonical, engine: kind, adapter, ...results } = swept;
    const parted = mixed && { adapters: adapters.map(({ identity: _, ...parts }) => parts) };
    const report = { sinkflow, specification: canonical, engine: kind, adapter, ...parted, ...results };
    const { timing } = report;
    const timings = report.points.map(({ parameters, timing }) => ({ parameters, ...timing }));
    const summary = toJson(report, { timing: false, indent: 1 });
    const manifest = { ...storing.manifest, started: folder.manifest?.started ?? storing.manifest.started };
    const parts = cutParts(specification.points.map(({ ensemble }) => ensemble));
    const tables = () => folder.stored(() => Promise.all(parts.map(({ number }) => readFile(join(folder.path, partFile("runs", number))))));
    const files = { [names.summary]: summary, ...(await reportFiles(report, series, manifest, storing.rows ? tables : undefined)) };
    await folder.end(files, { ...manifest, ended: new Date().toISOString(), timing, timings, ...(mixed && { adapters }), files: {} });
    return report;
  });

/** Runs what is left of one shard of a sweep, into a results folder. */
export const storeShard = (
  folder: ResultsFolder,
  signal: AbortSignal,
  { engine, pool }: OpenedEngine,
  { specification, shard, ...storing }: Storing & Pick<ShardReport, "shard">,
): Promise<ShardReport> =>
  orAbandon(folder, signal, async (signal) => {
    const { sample } = seriesSample(specification);
    const { store, options } = await openStore(folder, specification, engine, storing, shard);
    const report = await untilAborted(signal, runShard(specification, engine, pool, { ...options, shard, signal, store, sample }));
    await store.close();
    await folder.release();
    return report;
  });

/** Begins results, or goes on with them: says what is there. */
async function openStore(
  folder: ResultsFolder,
  specification: Specification,
  engine: Engine,
  { manifest, identities = [], rows, ...options }: Omit<Storing, "specification">,
  { index, count }: ShardReport["shard"] = { index: 0, count: 1 },
) {
  const parts = cutParts(specification.points.map(({ ensemble }) => ensemble)).filter(({ number }) => number % count === index);
  await folder.begin(manifest, parts.length);
  tell({ folder: folder.path });
  const store = new FolderStore(folder, specification, engine.kind, { rows, identities: [identityOf(manifest), ...identities] });
  const there = await store.find(parts);
  if (there > 0) say(`${folder.path}: ${there} of ${parts.length} parts are there, ${parts.length - there} left`);
  return { store, options };
}

/** The report of a sweep from its folder, which holds complete results of this specification. Throws SinkflowError("storage"). */
export async function storedReport(path: string, specification: Specification): Promise<SweepReport> {
  const { summary, manifest } = await readStored(path);
  const report = fromJson(summary, specification);
  if (!report) throw foreignResults(path);
  const { timing, timings = [] } = manifest.content as { timing?: SweepTiming; timings?: SweepReport["points"][number]["timing"][] };
  const resumed = cutParts(specification.points.map(({ ensemble }) => ensemble)).length;
  return {
    ...report,
    ...(timing && { timing: { ...timing, resumed } }),
    points: report.points.map((point, i) => {
      const { compileMs, initialMs, simulateMs, readMs } = timings[i] ?? { compileMs: 0, initialMs: 0, simulateMs: 0, readMs: 0 };
      return { ...point, timing: { compileMs, initialMs, simulateMs, readMs } };
    }),
  };
}

/**
 * What a manifest says of a sweep before it begins. Definitions have the hash of their module. The hash of the shaders is of the programs of each family as they are composed; `lanesPerRun` has
 * each number of lanes that runs of some point take.
 */
export function describeSweep(
  engine: Engine,
  { specification: { points, canonical }, rows, samples, reduce = true }: StoredSweep,
): Description & Provenance {
  const ensembles = points.map(({ ensemble }) => ensemble);
  const defined = definitionsOf(ensembles).map(({ definition, hash }) => [nameOf(definition), hash]);
  const kernels = familiesOf(ensembles, (ensemble) => ensemble).flatMap((family) => engine.kernels?.(servingAll(family), { reduce }) ?? []);
  return describe(engine, {
    specification: canonical,
    specificationHash: sha256(JSON.stringify(canonical)),
    seed: points[0]?.ensemble.seed,
    ...(engine.kernels && {
      shaderHash: sha256(kernels.flatMap(({ programs }) => programs).join("")),
      lanesPerRun: [...new Set(kernels.map(({ lanesPerRun }) => lanesPerRun))],
    }),
    ...(defined.length > 0 && { definitions: Object.fromEntries(defined) }),
    options: { reduction: reduce, ...(samples !== undefined && { verify: samples }), rows: rows ? "all" : "none" },
  });
}
