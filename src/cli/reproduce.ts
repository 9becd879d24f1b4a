import { createHash } from "node:crypto";
import { hostname } from "node:os";
import { fileURLToPath } from "node:url";
import { SinkflowError, show } from "../model/errors.ts";
import type { Specification } from "../model/grid.ts";
import { mostRuns } from "../model/point.ts";
import type { Engine } from "../model/result.ts";
import { suggestion } from "../model/table.ts";
import { openEngine } from "../node.ts";
import type { Reproduced } from "../report/paper/page.ts";
import { runSource, withRuns } from "../report/paper/source.ts";
import type { Experiment, SourceResult } from "../report/paper/types.ts";
import { verificationLine } from "../report/table.ts";
import { prepareFolder } from "../sweep/folder.ts";
import { isVerified, toJson } from "../sweep/sweep.ts";
import { version } from "../version.ts";
import { loadSpecification, untilAborted } from "./input.ts";
import { figureFiles } from "./report.ts";
import type { EngineChoice } from "./run.ts";
import { openTables } from "./tables.ts";
import { print, progressBar, say } from "./terminal.ts";

export interface ReproduceOptions {
  out: string;
  engine: EngineChoice;
  adapter?: string;
  fresh?: boolean;
  runs?: number;
  quiet?: boolean;
}

/** Where the specifications are, from the built program. */
const folderOf = fileURLToPath(new URL("../examples/paper/", import.meta.url));

interface Job {
  experiment: Experiment;
  part: string;
  specification: Specification;
}

/** `sinkflow reproduce`: the paper's experiments, or those named. Returns the exit code. */
export async function reproduceCommand(names: readonly string[], options: ReproduceOptions, signal: AbortSignal): Promise<number> {
  if (options.out === "") throw new SinkflowError("input", '--out: expected a folder, got ""');
  const { experiments } = await import("../report/paper/experiments.ts");
  const chosen = chosenOf(experiments, names);
  const jobs: Job[] = [];
  for (const experiment of chosen)
    for (const [part, { file, set = [] }] of Object.entries(experiment.sources))
      jobs.push({
        experiment,
        part,
        specification: withRuns(await loadSpecification(`${folderOf}${file}`, set, signal), options.runs ?? mostRuns),
      });
  const fits = (engine: Engine) => {
    for (const { specification } of jobs) for (const { point } of specification.points) engine.check(point);
  };
  const { adapter } = options;
  const { engine, pool, note } = await openEngine(options.engine, { ...(adapter !== undefined && { adapter }), gpuOnly: true, fits });
  if (note && !options.quiet) say(note);
  fits(engine); // one that was asked for is not looked at before
  const folder = await prepareFolder(options.out, options.fresh ?? false);
  const progress = progressBar(options.quiet ?? false);
  const started = new Date();
  const reproduced: Reproduced[] = [];
  try {
    const { loadPlot } = await import("../report/plot.ts");
    const Plot = await loadPlot();
    for (const experiment of chosen) {
      const results: Record<string, SourceResult> = {};
      for (const job of jobs.filter((other) => other.experiment === experiment)) {
        const done = jobs.indexOf(job);
        results[job.part] = await untilAborted(
          signal,
          run(job, (share) => progress.update((done + share) / jobs.length)),
        );
      }
      reproduced.push({ experiment, results, ...experiment.section(Plot, results) });
    }
    await folder.write(await filesOf(), manifest());
  } catch (error) {
    await folder.abandon();
    throw error;
  } finally {
    progress.stop();
  }
  print(text(reproduced, options.out));
  const failed = reproduced.flatMap(({ results }) => Object.values(results)).find(({ report }) => !isVerified(report));
  if (!failed) return 0;
  throw new SinkflowError("numerical", verificationLine(failed.report) ?? "", `The results are in ${options.out}.`);

  async function run({ experiment, part, specification }: Job, onProgress: (done: number) => void): Promise<SourceResult> {
    const tables = await openTables(folder, specification, engine, { prefix: `${experiment.name}-${part}.`, csv: true });
    try {
      const result = await runSource(specification, engine, pool, { signal, onProgress, tables });
      await tables.writer.finish();
      return result;
    } finally {
      await tables.writer.close();
    }
  }

  async function filesOf(): Promise<Record<string, string | Uint8Array>> {
    const { numbersCsv, paperPage } = await import("../report/paper/page.ts");
    const facts: [string, string | undefined][] = [
      ["engine", engine.kind === "cpu" ? "CPU, float64" : "WebGPU, float32"],
      ["adapter", engine.adapter ? engine.adapter.description || engine.adapter.device : undefined],
      ["sinkflow", version],
    ];
    return {
      "report.html": paperPage(reproduced, facts, engine.kind),
      "numbers.csv": numbersCsv(reproduced),
      "summary.json": `${JSON.stringify(summary(), null, 1)}\n`,
      ...(await figureFiles(reproduced.flatMap(({ figures }) => figures))),
    };
  }

  /** What is said, and the summaries it comes of, without timings and trajectories. */
  function summary() {
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
        reports: Object.fromEntries(Object.entries(results).map(([part, result]) => [part, bare(result)])),
      })),
    };
  }

  function manifest() {
    return {
      sinkflow: version,
      experiments: chosen.map(({ name }) => name),
      specifications: jobs.map(({ experiment, part, specification }) => ({
        name: `${experiment.name}-${part}`,
        ...experiment.sources[part],
        specificationHash: createHash("sha256").update(JSON.stringify(specification.canonical)).digest("hex"),
      })),
      engine: engine.kind,
      adapter: engine.adapter,
      host: hostname(),
      started: started.toISOString(),
      ended: new Date().toISOString(),
    };
  }
}

/** The experiments of these names, or all. Throws SinkflowError("input"). */
function chosenOf(experiments: readonly Experiment[], names: readonly string[]): Experiment[] {
  const known = experiments.map(({ name }) => name);
  for (const name of names)
    if (!known.includes(name))
      throw new SinkflowError("input", `reproduce: expected any of ${known.join(", ")}, got ${show(name)}${suggestion(name, known)}`);
  return experiments.filter(({ name }) => names.length === 0 || names.includes(name));
}

function text(reproduced: readonly Reproduced[], out: string): string {
  const sections = reproduced.map(({ experiment, sentences }) =>
    [`${experiment.title}:`, ...sentences.map((line) => `  ${line}`)].join("\n"),
  );
  return `\n${sections.join("\n\n")}\n\nResults: ${out}/ (report.html, numbers.csv, figures and their data, runs as Parquet and CSV, trajectories as Parquet; manifest.json lists all)`;
}
