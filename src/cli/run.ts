import { SinkflowError } from "../model/errors.ts";
import type { Specification } from "../model/grid.ts";
import type { Engine } from "../model/result.ts";
import { seriesSample } from "../report/samples.ts";
import { endings, factsOf, reductionLine, sentence, table, verificationLine } from "../report/table.ts";
import type { SweepManifest } from "../sweep/manifest.ts";
import { names, tableFile } from "../sweep/names.ts";
import { isVerified, runSweep, type SweepOptions, type SweepReport, toJson } from "../sweep/sweep.ts";
import { writeTables } from "../sweep/tablesWriter.ts";
import { type EngineOptions, engineFor } from "./engine.ts";
import { loadSpecification, untilAborted } from "./input.ts";
import { reportFiles } from "./report.ts";
import { checkOut, intoFolder, manifestOf, type ResultsOptions, sha256 } from "./results.ts";
import { print, withProgress } from "./terminal.ts";
import { composedWgsl } from "./wgsl.ts";

export interface RunCommandOptions extends EngineOptions, Partial<ResultsOptions> {
  set: string[];
  verify?: number;
  reduction: boolean;
  printWgsl?: boolean;
  json?: boolean;
}

/** `sinkflow run`. Returns the exit code. */
export async function runCommand(path: string, options: RunCommandOptions, signal: AbortSignal): Promise<number> {
  const { out, reduction: reduce, quiet = false } = options;
  checkOut(out);
  const specification = await loadSpecification(path, options.set, signal);
  if (options.printWgsl) {
    print(await composedWgsl(specification, options.adapter, reduce));
    return 0;
  }
  const { engine, pool } = await engineFor(options, {
    fits: (candidate) => {
      for (const { ensemble } of specification.points) candidate.check(ensemble, { reduce });
    },
  });
  const samples = options.verify === undefined ? {} : { samples: options.verify };
  const sweep: Sweep = (more) => untilAborted(signal, runSweep(specification, engine, pool, { ...samples, reduce, signal, ...more }));
  const report =
    out === undefined
      ? await withProgress(quiet, (onProgress) => sweep({ onProgress }))
      : await store({ ...options, out }, specification, engine, sweep);
  const written = out === undefined ? undefined : `The results are in ${out}.`;
  print(options.json ? JSON.stringify(toJson(report, { timing: true })) : text(specification, report, out), written);
  if (isVerified(report)) return 0;
  throw new SinkflowError("numerical", verificationLine(report) ?? "", written ?? "The results are printed; nothing was written.");
}

type Sweep = (options: SweepOptions) => Promise<SweepReport>;

/** Runs a sweep and writes all that comes of it into a results folder. */
function store(
  options: ResultsOptions & RunCommandOptions,
  specification: Specification,
  engine: Engine,
  sweep: Sweep,
): Promise<SweepReport> {
  return intoFolder(options, async (folder, onProgress) => {
    const started = new Date();
    const { sample, series } = seriesSample(specification);
    const report = await writeTables(folder, specification, engine, {}, (tables) => sweep({ tables, sample, onProgress }));
    const manifest = manifestFor(specification, report, started, engine, options.reduction);
    const summary = `${JSON.stringify(toJson(report, { timing: false }), null, 1)}\n`;
    await folder.write({ [names.summary]: summary, ...(await reportFiles(report, series, manifest)) }, manifest);
    return report;
  });
}

function manifestFor({ points }: Specification, report: SweepReport, started: Date, engine: Engine, reduce: boolean): SweepManifest {
  const kernels = points.flatMap(({ ensemble }) => engine.kernels?.(ensemble, { reduce }) ?? []);
  return manifestOf(engine, started, {
    specification: report.specification,
    specificationHash: sha256(JSON.stringify(report.specification)),
    seed: points[0]?.ensemble.seed,
    ...(engine.kernels && {
      shaderHash: sha256(kernels.flatMap(({ programs }) => programs).join("")),
      lanesPerRun: [...new Set(kernels.map(({ lanesPerRun }) => lanesPerRun))],
    }),
    timings: report.points.map(({ parameters, timing }) => ({ parameters, ...timing })),
  });
}

function text(specification: Specification, report: SweepReport, out: string | undefined): string {
  const { name } = report.specification;
  const where = report.engine === "cpu" ? "CPU, float64" : `WebGPU, ${report.adapter?.description || report.adapter?.device}`;
  const shares = specification.points.some(({ ensemble }) => ensemble.normalizer.kind !== "softmax");
  const files = [names.report, tableFile("runs"), names.summary].join(", ");
  return [
    "",
    `${name ? `${name}: ` : ""}${factsOf(report)}`,
    `${where}`,
    "",
    table(report),
    "",
    `Medians over runs; intervals are 95 %.${shares ? " Shares and entropy (nats) are of |p|/Σ|p|." : " Entropy in nats."}`,
    ...[endings(report), reductionLine(report), verificationLine(report)].filter((line) => line !== undefined),
    sentence(report),
    ...(out === undefined ? [] : [`Results: ${out}/ (${files}; ${names.manifest} lists all)`]),
  ].join("\n");
}
