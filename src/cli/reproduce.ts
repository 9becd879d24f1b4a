import { fileURLToPath } from "node:url";
import { maxRuns } from "../model/ensemble.ts";
import { SinkflowError, show } from "../model/errors.ts";
import type { Specification } from "../model/grid.ts";
import type { Engine } from "../model/result.ts";
import { suggestion } from "../model/table.ts";
import type { Reproduced } from "../report/paper/page.ts";
import { runSource, withRuns } from "../report/paper/source.ts";
import type { Experiment, Source, SourceResult } from "../report/paper/types.ts";
import { verificationLine } from "../report/table.ts";
import type { Files } from "../sweep/folder.ts";
import type { ReproductionManifest } from "../sweep/manifest.ts";
import { names } from "../sweep/names.ts";
import { isVerified, toJson } from "../sweep/sweep.ts";
import { writeTables } from "../sweep/tablesWriter.ts";
import { version } from "../version.ts";
import { type EngineOptions, engineFor } from "./engine.ts";
import { loadSpecification, untilAborted } from "./input.ts";
import { figureFiles } from "./report.ts";
import { checkOut, intoFolder, manifestOf, type ResultsOptions, sha256 } from "./results.ts";
import { print } from "./terminal.ts";

export interface ReproduceOptions extends EngineOptions, ResultsOptions {
  runs?: number;
}

/** Where the specifications are, from the built program. */
const specificationsFolder = fileURLToPath(new URL("../examples/paper/", import.meta.url));

/** One sweep of an experiment. */
interface Job {
  experiment: Experiment;
  part: string;
  source: Source;
  /** What its files' names begin with. */
  name: string;
  specification: Specification;
}

/** `sinkflow reproduce`: the paper's experiments, or those of these names. Returns the exit code. */
export async function reproduceCommand(figures: readonly string[], options: ReproduceOptions, signal: AbortSignal): Promise<number> {
  checkOut(options.out);
  const { experiments } = await import("../report/paper/experiments.ts");
  const jobs = await jobsOf(chosenOf(experiments, figures), options.runs ?? maxRuns, signal);
  const fits = (engine: Engine) => {
    for (const { specification } of jobs) for (const { ensemble } of specification.points) engine.check(ensemble);
  };
  const { engine, pool } = await engineFor(options, { gpuOnly: true, fits });
  fits(engine); // openEngine asks this only for `auto`
  const reproduced = await intoFolder(options, async (folder, onProgress) => {
    const started = new Date();
    const compute = ({ specification, name }: Job, done: number) =>
      writeTables(folder, specification, engine, { sweep: name, csv: true }, (tables) => {
        const progress = (share: number) => onProgress((done + share) / jobs.length);
        return untilAborted(signal, runSource(specification, engine, pool, { signal, tables, onProgress: progress }));
      });
    const results = new Map<Job, SourceResult>();
    for (const [done, job] of jobs.entries()) results.set(job, await compute(job, done));
    const sections = await sectionsOf(results);
    await folder.write(await filesOf(sections, engine), manifestFor(jobs, engine, started));
    return sections;
  });
  const written = `The results are in ${options.out}.`;
  print(text(reproduced, options.out), written);
  const failed = reproduced.flatMap(({ results }) => Object.values(results)).find(({ report }) => !isVerified(report));
  if (!failed) return 0;
  throw new SinkflowError("numerical", verificationLine(failed.report) ?? "", written);
}

/** The experiments of these names, or all. Throws SinkflowError("input"). */
function chosenOf(experiments: readonly Experiment[], chosen: readonly string[]): Experiment[] {
  const known = experiments.map(({ name }) => name);
  for (const name of chosen)
    if (!known.includes(name))
      throw new SinkflowError("input", `reproduce: expected any of ${known.join(", ")}, got ${show(name)}${suggestion(name, known)}`);
  return experiments.filter(({ name }) => chosen.length === 0 || chosen.includes(name));
}

/** @param maxRuns of each point, at most */
async function jobsOf(experiments: readonly Experiment[], maxRuns: number, signal: AbortSignal): Promise<Job[]> {
  const jobs: Job[] = [];
  for (const experiment of experiments)
    for (const [part, source] of Object.entries(experiment.sources)) {
      const specification = await loadSpecification(`${specificationsFolder}${source.file}`, source.set ?? [], signal);
      jobs.push({ experiment, part, source, name: `${experiment.name}-${part}`, specification: withRuns(specification, maxRuns) });
    }
  return jobs;
}

async function sectionsOf(results: ReadonlyMap<Job, SourceResult>): Promise<Reproduced[]> {
  const { loadPlot } = await import("../report/plot.ts");
  const Plot = await loadPlot();
  const experiments = [...new Set([...results.keys()].map(({ experiment }) => experiment))];
  return experiments.map((experiment) => {
    const own = [...results].filter(([job]) => job.experiment === experiment);
    const parts = Object.fromEntries(own.map(([{ part }, outcome]) => [part, outcome]));
    return { experiment, results: parts, ...experiment.section(Plot, parts) };
  });
}

async function filesOf(reproduced: readonly Reproduced[], engine: Engine): Promise<Files> {
  const { numbersCsv, paperPage } = await import("../report/paper/page.ts");
  const facts: [string, string | undefined][] = [
    ["engine", engine.kind === "cpu" ? "CPU, float64" : "WebGPU, float32"],
    ["adapter", engine.adapter ? engine.adapter.description || engine.adapter.device : undefined],
    ["sinkflow", version],
  ];
  return {
    [names.report]: paperPage(reproduced, facts, engine.kind),
    [names.numbers]: numbersCsv(reproduced),
    [names.summary]: `${JSON.stringify(summaryOf(reproduced, engine), null, 1)}\n`,
    ...(await figureFiles(reproduced.flatMap(({ figures }) => figures))),
  };
}

/** Sentences and numbers, and the reports that they come from, without timings and trajectories. */
function summaryOf(reproduced: readonly Reproduced[], engine: Engine) {
  const bare = ({ report }: SourceResult) => {
    const json = toJson(report, { timing: false });
    return { ...json, points: json.points.map(({ trajectories: _, ...point }) => point) };
  };
  return {
    sinkflow: version,
    engine: engine.kind,
    adapter: engine.adapter,
    experiments: reproduced.map(({ experiment, results, sentences, numbers }) => ({
      name: experiment.name,
      sentences,
      numbers,
      reports: Object.fromEntries(Object.entries(results).map(([part, outcome]) => [part, bare(outcome)])),
    })),
  };
}

function manifestFor(jobs: readonly Job[], engine: Engine, started: Date): ReproductionManifest {
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
