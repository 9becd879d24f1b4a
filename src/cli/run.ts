import { compose, programNames } from "../gpu/compose.ts";
import { traitsOf } from "../gpu/device.ts";
import { layOut } from "../gpu/layout.ts";
import { noTraits } from "../gpu/mapping.ts";
import type { Specification } from "../model/grid.ts";
import type { Engine } from "../model/result.ts";
import { findAdapter } from "../node.ts";
import { answer } from "../report/answer.ts";
import { seriesSample } from "../report/samples.ts";
import { endings, factsOf, reductionLine } from "../report/sentences.ts";
import { table, tableNote } from "../report/table.ts";
import { verificationLine } from "../report/verification.ts";
import { prepareFolder, type ResultsFolder } from "../sweep/folder.ts";
import { toJson } from "../sweep/json.ts";
import { names, tableFile } from "../sweep/names.ts";
import { runSweep, type SweepOptions, type SweepReport } from "../sweep/sweep.ts";
import { writeTables } from "../sweep/tablesWriter.ts";
import { type EngineOptions, engineFor } from "./engine.ts";
import { loadSpecification } from "./input.ts";
import { untilAborted } from "./interruption.ts";
import { reportFiles } from "./report.ts";
import { checkOut, checkVerified, manifestOf, orAbandon, sha256 } from "./results.ts";
import { print, withProgress } from "./terminal.ts";

export interface RunCommandOptions extends EngineOptions {
  out?: string;
  fresh?: boolean;
  set: string[];
  verify?: number;
  reduction: boolean;
  printWgsl?: boolean;
  json?: boolean;
}

/** `sinkflow run`. */
export async function runCommand(path: string, options: RunCommandOptions, signal: AbortSignal): Promise<void> {
  const { out, fresh = false, verify, reduction: reduce, quiet = false } = options;
  checkOut(out);
  const specification = await loadSpecification(path, options.set, signal);
  if (options.printWgsl) return print(await composedWgsl(specification, options.adapter, reduce));
  const ensembles = specification.points.map(({ ensemble }) => ensemble);
  const { engine, pool } = await engineFor(options, { ensembles, reduce });
  const samples = verify === undefined ? {} : { samples: verify };
  const sweep = (more: SweepOptions) =>
    untilAborted(signal, runSweep(specification, engine, pool, { ...samples, reduce, signal, ...more }));
  const folder = out === undefined ? undefined : await prepareFolder(out, fresh);
  const report = await withProgress(quiet, (onProgress) =>
    folder ? store(folder, signal, specification, engine, reduce, (more) => sweep({ onProgress, ...more })) : sweep({ onProgress }),
  );
  const written = out === undefined ? undefined : `The results are in ${out}.`;
  print(options.json ? toJson(report, { timing: true }) : text(specification, report, out), written);
  checkVerified([report], written ?? "The results are printed; nothing was written.");
}

/** Runs a sweep and writes all that comes of it into a results folder. */
const store = (
  folder: ResultsFolder,
  signal: AbortSignal,
  specification: Specification,
  engine: Engine,
  reduce: boolean,
  sweep: (options: SweepOptions) => Promise<SweepReport>,
): Promise<SweepReport> =>
  orAbandon(folder, signal, async () => {
    const started = new Date();
    const { sample, series } = seriesSample(specification);
    const report = await writeTables(folder, specification, engine, {}, (tables) => sweep({ tables, sample }));
    const manifest = manifestFor(specification, report, started, engine, reduce);
    const summary = toJson(report, { timing: false, indent: 1 });
    await folder.write({ [names.summary]: summary, ...(await reportFiles(report, series, manifest)) }, manifest);
    return report;
  });

/** The hash of the shaders is of the programs as they are composed; `lanesPerRun` has each number of lanes that runs of some point take. */
function manifestFor({ points }: Specification, report: SweepReport, started: Date, engine: Engine, reduce: boolean) {
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
  const note = tableNote(report);
  const noted = note ? `${note} ${names.summary} has all. ` : "";
  return [
    "",
    `${name ? `${name}: ` : ""}${factsOf(report)}`,
    where,
    "",
    table(report),
    "",
    `${noted}Medians over runs; intervals are 95 %.${shares ? " Shares and entropy (nats) are of |p|/Σ|p|." : " Entropy in nats."}`,
    ...[endings(report), reductionLine(report), verificationLine(report)].filter((line) => line !== undefined),
    answer(report),
    ...(out === undefined ? [] : [`Results: ${out}/ (${files}; ${names.manifest} lists all)`]),
  ].join("\n");
}

/** The composed programs of a specification, each once. How many lanes a run takes depends on the adapter, if there is one. */
async function composedWgsl({ points }: Specification, adapterName: string | undefined, reduce: boolean): Promise<string> {
  const adapter = await findAdapter(adapterName);
  const limits = { maxStorageBufferBindingSize: Infinity, maxBufferSize: Infinity, ...(adapter ? traitsOf(adapter) : noTraits) };
  const programs = points.flatMap(({ ensemble }) => {
    const { mapping } = layOut(ensemble, limits, { reduce });
    return programNames.map((name) => compose(ensemble, name, mapping));
  });
  return [...new Set(programs)].join("\n");
}
