import { stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import { maxRuns } from "../model/ensemble.ts";
import { SinkflowError, show } from "../model/errors.ts";
import type { Specification } from "../model/grid.ts";
import type { Engine } from "../model/result.ts";
import { suggestion } from "../model/table.ts";
import type { Computed } from "../report/html.ts";
import type { Reproduced } from "../report/paper/page.ts";
import { withRuns } from "../report/paper/source.ts";
import type { Experiment, SourceResult } from "../report/paper/types.ts";
import { digestOf, type FileDigest, sha256 } from "../results/digest.ts";
import type { Files } from "../results/folder.ts";
import { fromJson } from "../results/json.ts";
import { innerManifest, names } from "../results/names.ts";
import { manifestIn, prepareFolder, removeResults } from "../results/prepare.ts";
import { foreignResults, readStored, type Stored } from "../results/stored.ts";
import type { SweepReport } from "../sweep/sweep.ts";
import { version } from "../version.ts";
import { type EngineOptions, engineFor } from "./engine.ts";
import { figureFiles } from "./figures.ts";
import { loadSpecification } from "./input.ts";
import { checkOut, checkVerified, describe, orAbandon } from "./results.ts";
import { describeSweep, storeSweep } from "./store.ts";
import { print, say, withProgress } from "./terminal.ts";

export interface ReproduceOptions extends EngineOptions {
  out: string;
  fresh?: boolean;
  runs?: number;
}

/** Where the specifications are, from the built program. */
const specificationsFolder = fileURLToPath(new URL("../examples/paper/", import.meta.url));

/** `sinkflow reproduce`: the paper's experiments, or those of these names. */
export async function reproduceCommand(figures: readonly string[], options: ReproduceOptions, signal: AbortSignal): Promise<void> {
  const { out, fresh = false, runs = maxRuns, quiet = false } = options;
  checkOut(out);
  const { experiments } = await import("../report/paper/experiments.ts");
  const chosen = chosenOf(experiments, figures);
  const jobs = await jobsOf(chosen, runs, signal);
  const ensembles = jobs.flatMap(({ specification }) => specification.points.map(({ ensemble }) => ensemble));
  const opened = await engineFor(options, { gpuOnly: true, ensembles });
  const sweeps = (await jobsOf(experiments, 1, signal)).map(({ name }) => name);
  const manifest = manifestFor(jobs, opened.engine);
  for (const name of sweeps) await manifestIn(join(out, name)); // one that holds other files is refused before anything is begun
  const folder = await prepareFolder(out, { manifest, fresh, inner: sweeps, onDamage: say });
  const reproduced = await withProgress(quiet, (onProgress) =>
    orAbandon(folder, signal, async () => {
      const { engine } = opened;
      const isThere = folder.isComplete && (await folder.isIntact());
      if (!isThere) await folder.begin(manifest);
      await folder.tidy();
      if (fresh) for (const name of sweeps) if (await isFolder(join(out, name))) await removeResults(join(out, name));
      const results = new Map(chosen.map((experiment): [Experiment, Record<string, SourceResult>] => [experiment, {}]));
      const inner: Record<string, FileDigest> = {};
      for (const [done, { experiment, part, name, specification }] of jobs.entries()) {
        const sweep = { specification, rows: true };
        const description = describeSweep(engine, sweep);
        const own = await prepareFolder(join(out, name), { manifest: description, onDamage: say });
        folder.hold(own);
        if (own.isComplete && (await own.isIntact())) await own.release();
        else {
          const progress = (share: number) => onProgress((done + share) / jobs.length);
          await storeSweep(own, signal, opened, { ...sweep, manifest: description, onProgress: progress });
        }
        const result = await resultOf(await readStored(own.path), specification);
        if (!result) throw foreignResults(own.path);
        Object.assign(results.get(experiment) ?? {}, { [part]: result });
        inner[innerManifest(name)] = await digestOf(join(own.path, names.manifest));
      }
      const sections = await sectionsOf(results);
      if (isThere) await folder.release();
      else {
        const computed = { sinkflow: version, engine: engine.kind, adapter: engine.adapter };
        const summary = `${JSON.stringify({ ...computed, experiments: summaryOf(sections) }, null, 1)}\n`;
        const files = { [names.summary]: summary, ...(await drawnFiles(sections, computed)) };
        await folder.end(files, {
          ...manifest,
          started: folder.manifest?.started ?? manifest.started,
          ended: new Date().toISOString(),
          files: inner,
        });
      }
      return sections;
    }),
  );
  const written = `The results are in ${out}.`;
  print(text(reproduced, out), written);
  const reports = reproduced.flatMap(({ results }) => Object.values(results).map(({ report }) => report));
  checkVerified(reports, written);
}

/** The experiments of these names, or all. Throws SinkflowError("input"). */
function chosenOf(experiments: readonly Experiment[], chosen: readonly string[]): Experiment[] {
  const known = experiments.map(({ name }) => name);
  for (const name of chosen)
    if (!known.includes(name))
      throw new SinkflowError("input", `reproduce: expected any of ${known.join(", ")}, got ${show(name)}${suggestion(name, known)}`);
  return experiments.filter(({ name }) => chosen.length === 0 || chosen.includes(name));
}

/**
 * The sweeps of experiments; the names of a sweep's files begin with its `name`.
 * @param maxRuns of each point, at most
 */
async function jobsOf(experiments: readonly Experiment[], maxRuns: number, signal: AbortSignal) {
  const jobs = [];
  for (const experiment of experiments)
    for (const [part, source] of Object.entries(experiment.sources)) {
      const specification = await loadSpecification(`${specificationsFolder}${source.file}`, source.set ?? [], signal);
      jobs.push({ experiment, part, source, name: `${experiment.name}-${part}`, specification: withRuns(specification, maxRuns) });
    }
  return jobs;
}

/** What an experiment's page shows of its results, by experiment. */
async function sectionsOf(results: ReadonlyMap<Experiment, Record<string, SourceResult>>): Promise<Reproduced[]> {
  const plot = await (await import("../report/plot.ts")).loadPlot();
  return [...results].map(([experiment, parts]) => ({ experiment, results: parts, ...experiment.section(plot, parts) }));
}

/** The page, its numbers and its figures. */
async function drawnFiles(reproduced: readonly Reproduced[], computed: Computed): Promise<Files> {
  const { numbersCsv, paperPage } = await import("../report/paper/page.ts");
  return {
    [names.report]: paperPage(reproduced, computed),
    [names.numbers]: numbersCsv(reproduced),
    ...(await figureFiles(reproduced.flatMap(({ figures }) => figures))),
  };
}

const storedPage = z.looseObject({
  sinkflow: z.string(),
  engine: z.enum(["webgpu", "cpu"]),
  adapter: z.looseObject({ description: z.string(), device: z.string() }).nullable(),
});

/** The page, its numbers and its figures from the results that an earlier `reproduce` stored. Throws SinkflowError("storage"). */
export async function redrawn({ path, summary }: Stored, chosenNames: readonly string[], signal: AbortSignal): Promise<Files> {
  const page = storedPage.safeParse(summary);
  if (!page.success) throw foreignResults(path);
  const { experiments } = await import("../report/paper/experiments.ts");
  const chosen = experiments.filter(({ name }) => chosenNames.includes(name));
  if (chosen.length !== chosenNames.length) throw foreignResults(path);
  const results = new Map(chosen.map((experiment): [Experiment, Record<string, SourceResult>] => [experiment, {}]));
  for (const { experiment, part, name, specification } of await jobsOf(chosen, maxRuns, signal)) {
    const result = await resultOf(await readStored(join(path, name), true), specification);
    if (!result) throw foreignResults(path);
    Object.assign(results.get(experiment) ?? {}, { [part]: result });
  }
  return drawnFiles(await sectionsOf(results), page.data as Computed);
}

/** The result of a sweep from its folder; undefined where that is of another specification than this version's. */
async function resultOf({ summary, tables }: Stored, specification: Specification): Promise<SourceResult | undefined> {
  const { readSinks } = await import("../results/readTables.ts");
  const { points: [{ runs } = {}] = [] } = (summary ?? {}) as Partial<SweepReport>;
  if (!runs) return undefined;
  const asRun = withRuns(specification, runs);
  const report = fromJson(summary, asRun);
  if (!report || JSON.stringify(report.specification) !== JSON.stringify(asRun.canonical)) return undefined;
  const runsOf = report.points.map((point) => point.runs);
  return { report, sinks: await readSinks(await tables("runs"), runsOf) };
}

/** Sentences and numbers of each experiment. */
const summaryOf = (reproduced: readonly Reproduced[]) =>
  reproduced.map(({ experiment, sentences, numbers }) => ({ name: experiment.name, sentences, numbers }));

const manifestFor = (jobs: Awaited<ReturnType<typeof jobsOf>>, engine: Engine) =>
  describe(engine, {
    experiments: [...new Set(jobs.map(({ experiment }) => experiment.name))],
    specifications: jobs.map(({ name, source, specification }) => ({
      name,
      ...source,
      specificationHash: sha256(JSON.stringify(specification.canonical)),
    })),
  });

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

function text(reproduced: readonly Reproduced[], out: string): string {
  const sections = reproduced.map(({ experiment, sentences }) =>
    [`${experiment.title}:`, ...sentences.map((line) => `  ${line}`)].join("\n"),
  );
  return `\n${sections.join("\n\n")}\n\nResults: ${out}/ (${names.report}, ${names.numbers}, figures and their data, and a results folder for each sweep; ${names.manifest} lists all)`;
}
