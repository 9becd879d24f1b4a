import { fileURLToPath } from "node:url";
import * as z from "zod";
import { maxRuns } from "../model/ensemble.ts";
import { SinkflowError, show } from "../model/errors.ts";
import type { Specification } from "../model/grid.ts";
import type { Engine } from "../model/result.ts";
import { suggestion } from "../model/table.ts";
import type { Computed } from "../report/html.ts";
import type { Reproduced } from "../report/paper/page.ts";
import { runSource, withRuns } from "../report/paper/source.ts";
import type { Experiment, SourceResult } from "../report/paper/types.ts";
import { type Files, prepareFolder } from "../sweep/folder.ts";
import { names, tableFile } from "../sweep/names.ts";
import { foreignResults, type Stored } from "../sweep/stored.ts";
import { fromJson, type SweepReport, toJson } from "../sweep/sweep.ts";
import { writeTables } from "../sweep/tablesWriter.ts";
import { version } from "../version.ts";
import { type EngineOptions, engineFor } from "./engine.ts";
import { figureFiles } from "./figures.ts";
import { loadSpecification } from "./input.ts";
import { untilAborted } from "./interruption.ts";
import { checkOut, checkVerified, manifestOf, orAbandon, sha256 } from "./results.ts";
import { print, withProgress } from "./terminal.ts";

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
  const chosen = chosenOf((await import("../report/paper/experiments.ts")).experiments, figures);
  const jobs = await jobsOf(chosen, runs, signal);
  const ensembles = jobs.flatMap(({ specification }) => specification.points.map(({ ensemble }) => ensemble));
  const { engine, pool } = await engineFor(options, { gpuOnly: true, ensembles });
  const folder = await prepareFolder(out, fresh);
  const reproduced = await withProgress(quiet, (onProgress) =>
    orAbandon(folder, signal, async () => {
      const started = new Date();
      const results = new Map(chosen.map((experiment): [Experiment, Record<string, SourceResult>] => [experiment, {}]));
      for (const [done, { experiment, part, name, specification }] of jobs.entries()) {
        const result = await writeTables(folder, specification, engine, { sweep: name }, (tables) => {
          const progress = (share: number) => onProgress((done + share) / jobs.length);
          return untilAborted(signal, runSource(specification, engine, pool, { signal, tables, onProgress: progress }));
        });
        Object.assign(results.get(experiment) ?? {}, { [part]: result });
      }
      const sections = await sectionsOf(results);
      const computed = { sinkflow: version, engine: engine.kind, adapter: engine.adapter };
      const summary = `${JSON.stringify({ ...computed, experiments: summaryOf(sections) }, null, 1)}\n`;
      const files = { [names.summary]: summary, ...(await drawnFiles(sections, computed)) };
      await folder.write(files, manifestFor(jobs, engine, started));
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
  experiments: z.array(z.looseObject({ name: z.string(), reports: z.record(z.string(), z.looseObject({ specification: z.unknown() })) })),
});

/** The page, its numbers and its figures from the results that an earlier `reproduce` stored. Throws SinkflowError("storage"). */
export async function redrawn(stored: Stored, chosenNames: readonly string[], signal: AbortSignal): Promise<Files> {
  const { path, summary } = stored;
  const page = storedPage.safeParse(summary);
  if (!page.success) throw foreignResults(path);
  const { experiments } = await import("../report/paper/experiments.ts");
  const chosen = experiments.filter(({ name }) => chosenNames.includes(name));
  if (chosen.length !== chosenNames.length) throw foreignResults(path);
  const results = new Map(chosen.map((experiment): [Experiment, Record<string, SourceResult>] => [experiment, {}]));
  for (const { experiment, part, name, specification } of await jobsOf(chosen, maxRuns, signal)) {
    const json = page.data.experiments.find((entry) => entry.name === experiment.name)?.reports[part];
    const result = await resultOf(stored, name, json, specification);
    if (!result) throw foreignResults(path);
    Object.assign(results.get(experiment) ?? {}, { [part]: result });
  }
  return drawnFiles(await sectionsOf(results), page.data as Computed);
}

/** The result of a sweep from its report as JSON and from its tables; undefined where they are of another specification than this version's. */
async function resultOf(stored: Stored, sweep: string, json: unknown, specification: Specification): Promise<SourceResult | undefined> {
  const { readSinks, readTrajectories } = await import("../sweep/readTables.ts");
  const { points: [{ runs } = {}] = [] } = (json ?? {}) as Partial<SweepReport>;
  if (!runs) return undefined;
  const asRun = withRuns(specification, runs);
  const report = fromJson(json, asRun);
  if (!report || JSON.stringify(report.specification) !== JSON.stringify(asRun.canonical)) return undefined;
  const [rows, recorded] = [await stored.read(tableFile("runs", sweep)), await stored.read(tableFile("trajectories", sweep))];
  if (!rows) return undefined;
  const trajectories = recorded ? await readTrajectories(recorded, report.points.length) : [];
  const points = report.points.map((point, i) => (trajectories[i]?.length ? { ...point, trajectories: trajectories[i] } : point));
  return {
    report: { ...report, points },
    sinks: await readSinks(
      rows,
      points.map((point) => point.runs),
    ),
  };
}

/** Sentences and numbers of each experiment, and the reports that they come from, without timings and trajectories. */
function summaryOf(reproduced: readonly Reproduced[]) {
  const bare = ({ report }: SourceResult) => {
    const json = toJson(report, { timing: false });
    return { ...json, points: json.points.map(({ trajectories: _, ...point }) => point) };
  };
  return reproduced.map(({ experiment, results, sentences, numbers }) => ({
    name: experiment.name,
    sentences,
    numbers,
    reports: Object.fromEntries(Object.entries(results).map(([part, result]) => [part, bare(result)])),
  }));
}

function manifestFor(jobs: Awaited<ReturnType<typeof jobsOf>>, engine: Engine, started: Date) {
  return manifestOf(engine, started, {
    experiments: [...new Set(jobs.map(({ experiment }) => experiment.name))],
    specifications: jobs.map(({ name, source, specification }) => ({
      name,
      ...source,
      specificationHash: sha256(JSON.stringify(specification.canonical)),
    })),
  });
}

function text(reproduced: readonly Reproduced[], out: string): string {
  const sections = reproduced.map(({ experiment, sentences }) =>
    [`${experiment.title}:`, ...sentences.map((line) => `  ${line}`)].join("\n"),
  );
  return `\n${sections.join("\n\n")}\n\nResults: ${out}/ (${names.report}, ${names.numbers}, figures and their data, runs as Parquet and CSV, trajectories as Parquet; ${names.manifest} lists all)`;
}
