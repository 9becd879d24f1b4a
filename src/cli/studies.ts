import { stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import { SinkflowError, show } from "../model/errors.ts";
import type { Specification } from "../model/grid.ts";
import type { Engine } from "../model/result.ts";
import { suggestion } from "../model/suggestion.ts";
import type { OpenedEngine } from "../node.ts";
import type { Computed } from "../report/html.ts";
import { withRows, withRuns } from "../report/sources.ts";
import { type Collection, type Section, type Source, type SourceResult, type Studied, type Study, sweepNames } from "../report/study.ts";
import { digestOf, type FileDigest, sha256 } from "../results/digest.ts";
import type { Files } from "../results/folder.ts";
import { fromJson } from "../results/json.ts";
import { innerManifest, names } from "../results/names.ts";
import { manifestIn, prepareFolder, removeResults } from "../results/prepare.ts";
import { foreignResults, readStored, type Stored } from "../results/stored.ts";
import { runSweep, type SweepReport } from "../sweep/sweep.ts";
import { version } from "../version.ts";
import { type EngineOptions, engineFor } from "./engine.ts";
import { checkDrawing, figureFiles } from "./figures.ts";
import { loadSpecification } from "./input.ts";
import { untilAborted } from "./interruption.ts";
import { checkOut, checkVerified, describe, orAbandon } from "./results.ts";
import { describeSweep, storeSweep } from "./store.ts";
import { print, say, withProgress } from "./terminal.ts";

export interface StudyOptions extends EngineOptions {
  /** Without it nothing is written. */
  out?: string;
  fresh?: boolean;
  runs?: number;
}

/** What `--runs` makes of a specification. */
interface Sized {
  sized?: (specification: Specification) => Specification;
}

/** The collections of studies, each by what it calls them. Their modules draw, and take long to load. */
const collections: Record<Collection["kind"], () => Promise<Collection>> = {
  experiments: async () => (await import("../report/paper/experiments.ts")).paper as Collection,
  questions: async () => (await import("../report/questions/index.ts")).questions as Collection,
};

/** A sweep of a study. */
interface Job {
  study: Study;
  part: string;
  source: Source;
  /** Of its folder. */
  name: string;
  specification: Specification;
}

type Results = Map<Study, Record<string, SourceResult>>;

/** Runs studies of a collection, all or those of these names, and stores them or only says what they find. @param command what errors call it */
export async function studiesCommand(
  command: string,
  kind: Collection["kind"],
  chosenNames: readonly string[],
  options: StudyOptions & Sized,
  signal: AbortSignal,
): Promise<void> {
  const { out, fresh = false, quiet = false } = options;
  checkDrawing(command);
  checkOut(out);
  if (out === undefined && fresh)
    throw new SinkflowError("input", "--fresh: expected --out, the folder of the results that it replaces, got none");
  const collection = await collections[kind]();
  const chosen = chosenOf(command, collection.studies, chosenNames);
  const jobs = await jobsOf(collection, chosen, options, signal);
  const ensembles = jobs.flatMap(({ specification }) => specification.points.map(({ ensemble }) => ensemble));
  const opened = await engineFor(options, { gpuOnly: true, ensembles });
  const computing = (work: (onProgress: (done: number) => void) => Promise<Studied[]>) => withProgress(quiet, work);
  const studied = await (out === undefined
    ? computing((onProgress) => untilAborted(signal, computed(jobs, opened, onProgress, signal)))
    : storedStudies(collection, jobs, opened, { out, fresh, computing }, signal));
  const written = out === undefined ? undefined : `The results are in ${out}.`;
  print(text(collection, studied, out), written);
  const reports = studied.flatMap(({ results }) => Object.values(results).map(({ report }) => report));
  checkVerified(reports, written ?? "The results are printed; nothing was written.");
}

const sampledBy = ({ samples }: Source) => (samples === undefined ? {} : { samples });

/** Runs all sweeps, and stores nothing. */
async function computed(
  jobs: readonly Job[],
  { engine, pool }: OpenedEngine,
  onProgress: (done: number) => void,
  signal: AbortSignal,
): Promise<Studied[]> {
  const results = emptyResults(jobs);
  for (const [done, job] of jobs.entries()) {
    const progress = (share: number) => onProgress((done + share) / jobs.length);
    const run = (onPart: Parameters<Parameters<typeof withRows>[3]>[0]) =>
      runSweep(job.specification, engine, pool, { ...sampledBy(job.source), signal, onPart, onProgress: progress });
    add(results, job, await withRows(job.specification, job.source, engine.kind, run));
  }
  return sectionsOf(results);
}

/** Runs what is left of sweeps, each into a results folder of its own, and writes the page of all. */
async function storedStudies(
  collection: Collection,
  jobs: readonly Job[],
  opened: OpenedEngine,
  {
    out,
    fresh,
    computing,
  }: { out: string; fresh: boolean; computing: (work: (onProgress: (done: number) => void) => Promise<Studied[]>) => Promise<Studied[]> },
  signal: AbortSignal,
): Promise<Studied[]> {
  const sweeps = collection.studies.flatMap((study) => Object.values(sweepNames(study)));
  const manifest = manifestFor(collection, jobs, opened.engine);
  for (const name of sweeps) await manifestIn(join(out, name)); // one that holds other files is refused before anything is begun
  const folder = await prepareFolder(out, { manifest, fresh, inner: sweeps, onDamage: say });
  return computing((onProgress) =>
    orAbandon(folder, signal, async (signal) => {
      const { engine } = opened;
      const isThere = folder.isComplete && (await folder.isIntact());
      if (!isThere) {
        await folder.begin(manifest);
        await folder.tidy();
      }
      if (fresh) for (const name of sweeps) if (await isFolder(join(out, name))) await removeResults(join(out, name));
      const results = emptyResults(jobs);
      const inner: Record<string, FileDigest> = {};
      for (const [done, job] of jobs.entries()) {
        const { name, specification } = job;
        const sweep = { specification, rows: true, ...sampledBy(job.source) };
        const description = describeSweep(engine, sweep);
        const own = await prepareFolder(join(out, name), { manifest: description, onDamage: say });
        folder.hold(own);
        if (own.isComplete && (await own.isIntact())) await own.release();
        else {
          const progress = (share: number) => onProgress((done + share) / jobs.length);
          await storeSweep(own, signal, opened, { ...sweep, manifest: description, onProgress: progress });
        }
        const result = await resultOf(await readStored(own.path), job);
        if (!result) throw foreignResults(own.path);
        add(results, job, result);
        inner[innerManifest(name)] = await digestOf(join(own.path, names.manifest));
      }
      const studied = await sectionsOf(results);
      if (isThere) await folder.release();
      else {
        const computed = { sinkflow: version, engine: engine.kind, adapter: engine.adapter };
        const summary = `${JSON.stringify({ ...computed, [collection.kind]: summaryOf(collection, studied) }, null, 1)}\n`;
        const files = { [names.summary]: summary, ...(await drawnFiles(collection, studied, computed)) };
        await folder.end(files, {
          ...manifest,
          started: folder.manifest?.started ?? manifest.started,
          ended: new Date().toISOString(),
          files: inner,
        });
      }
      return studied;
    }),
  );
}

/** The studies of these names, or all. Throws SinkflowError("input"). */
function chosenOf(command: string, studies: readonly Study[], chosen: readonly string[]): Study[] {
  const known = studies.map(({ name }) => name);
  for (const name of chosen)
    if (!known.includes(name))
      throw new SinkflowError("input", `${command}: expected any of ${known.join(", ")}, got ${show(name)}${suggestion(name, known)}`);
  return studies.filter(({ name }) => chosen.length === 0 || chosen.includes(name));
}

/** The sweeps of studies. */
async function jobsOf(
  { folder }: Pick<Collection, "folder">,
  studies: readonly Study[],
  { sized = (specification) => specification }: Sized,
  signal: AbortSignal,
): Promise<Job[]> {
  const files = fileURLToPath(new URL(`../examples/${folder}/`, import.meta.url)); // from the built program
  const jobs: Job[] = [];
  for (const study of studies)
    for (const [part, name] of Object.entries(sweepNames(study))) {
      const source = study.sources[part] as Source;
      const specification = await loadSpecification(`${files}${source.file}`, source.set ?? [], signal);
      jobs.push({ study, part, source, name, specification: sized(specification) });
    }
  return jobs;
}

const emptyResults = (jobs: readonly Job[]): Results => new Map(jobs.map(({ study }) => [study, {}]));
const add = (results: Results, { study, part }: Job, result: SourceResult) => Object.assign(results.get(study) ?? {}, { [part]: result });

/** What the page shows of the results of each study. */
async function sectionsOf(results: Results): Promise<Studied[]> {
  const plot = await (await import("../report/plot.ts")).loadPlot();
  return [...results].map(([study, parts]) => ({ study, results: parts, ...study.section(plot, parts) }));
}

/** The page, its numbers and its figures. */
const drawnFiles = async (collection: Collection, studied: readonly Studied[], computed: Computed): Promise<Files> => ({
  [names.report]: collection.page(studied, computed),
  ...collection.files(studied),
  ...(await figureFiles(studied.flatMap(({ figures }) => figures))),
});

const storedPage = z.looseObject({
  sinkflow: z.string(),
  engine: z.enum(["webgpu", "cpu"]),
  adapter: z.looseObject({ description: z.string(), device: z.string() }).nullable(),
});

/** The page, its numbers and its figures from the results of studies that were stored before. Throws SinkflowError("storage"). */
export async function redrawn(
  { path, summary }: Stored,
  kind: Collection["kind"],
  chosenNames: readonly string[],
  signal: AbortSignal,
): Promise<Files> {
  const page = storedPage.safeParse(summary);
  if (!page.success) throw foreignResults(path);
  const collection = await collections[kind]();
  const chosen = collection.studies.filter(({ name }) => chosenNames.includes(name));
  if (chosen.length !== chosenNames.length) throw foreignResults(path);
  const jobs = await jobsOf(collection, chosen, {}, signal);
  const results = emptyResults(jobs);
  for (const job of jobs) {
    const result = await resultOf(await readStored(join(path, job.name), true), job);
    if (!result) throw foreignResults(path);
    add(results, job, result);
  }
  return drawnFiles(collection, await sectionsOf(results), page.data as Computed);
}

/** The result of a sweep from its folder; undefined where that is of another specification than this version's. */
async function resultOf({ summary, tables }: Stored, { specification, source }: Job): Promise<SourceResult | undefined> {
  const { readRuns } = await import("../results/readTables.ts");
  const { points: [{ runs } = {}] = [] } = (summary ?? {}) as Partial<SweepReport>;
  if (!runs) return undefined;
  const asRun = withRuns(specification, runs);
  const report = fromJson(summary, asRun);
  if (!report || JSON.stringify(report.specification) !== JSON.stringify(asRun.canonical)) return undefined;
  const ensembles = asRun.points.map(({ ensemble }) => ensemble);
  return { report, runs: await readRuns(await tables("runs"), source, ensembles, report.engine) };
}

/** Sentences and numbers of each study. */
const summaryOf = ({ summary }: Collection, studied: readonly Studied[]) =>
  studied.map(({ study, sentences, ...section }) => ({ name: study.name, sentences, ...summary({ sentences, ...section } as Section) }));

const manifestFor = ({ kind }: Pick<Collection, "kind">, jobs: readonly Job[], engine: Engine) =>
  describe(engine, {
    [kind]: [...new Set(jobs.map(({ study }) => study.name))],
    specifications: jobs.map(({ name, source: { file, set }, specification }) => ({
      name,
      file,
      ...(set && { set }),
      specificationHash: sha256(JSON.stringify(specification.canonical)),
    })),
  });

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

function text(collection: Collection, studied: readonly Studied[], out: string | undefined): string {
  const sections = studied.map(({ study, sentences }) => [`${study.title}:`, ...sentences.map((line) => `  ${line}`)].join("\n"));
  if (out === undefined) return `\n${sections.join("\n\n")}`;
  const files = [names.report, ...Object.keys(collection.files(studied)).filter((name) => !name.includes("/"))].join(", ");
  return `\n${sections.join("\n\n")}\n\nResults: ${out}/ (${files}, figures and their data, and a results folder for each sweep; ${names.manifest} lists all)`;
}
