import { createHash } from "node:crypto";
import { hostname } from "node:os";
import { compose, programNames } from "../gpu/compose.ts";
import { traitsOf } from "../gpu/device.ts";
import { layOut } from "../gpu/layout.ts";
import { noTraits } from "../gpu/mapping.ts";
import { SinkflowError } from "../model/errors.ts";
import type { Specification } from "../model/grid.ts";
import type { Engine } from "../model/result.ts";
import { findAdapter, openEngine } from "../node.ts";
import type { Provenance } from "../report/html.ts";
import { endings, factsOf, reductionLine, sentence, table, verificationLine } from "../report/table.ts";
import { prepareFolder } from "../sweep/folder.ts";
import { isVerified, runSweep, type SweepReport, toJson } from "../sweep/sweep.ts";
import { version } from "../version.ts";
import { loadSpecification, untilAborted } from "./input.ts";
import { reportFiles } from "./report.ts";
import { openTables } from "./tables.ts";
import { print, progressBar, say } from "./terminal.ts";

export type EngineChoice = "auto" | "webgpu" | "cpu";

export interface RunCommandOptions {
  set: string[];
  out?: string;
  engine: EngineChoice;
  adapter?: string;
  fresh?: boolean;
  verify?: number;
  reduction: boolean;
  printWgsl?: boolean;
  json?: boolean;
  quiet?: boolean;
}

/** `sinkflow run`. Returns the exit code. */
export async function runCommand(path: string, options: RunCommandOptions, signal: AbortSignal): Promise<number> {
  if (options.out === "") throw new SinkflowError("input", '--out: expected a folder, got ""');
  const specification = await loadSpecification(path, options.set, signal);
  if (options.printWgsl) {
    // As for the adapter, if there is one: how many lanes a run takes depends on it.
    const adapter = await findAdapter(options.adapter);
    const limits = { maxStorageBufferBindingSize: Infinity, maxBufferSize: Infinity, ...(adapter ? traitsOf(adapter) : noTraits) };
    const programs = specification.points.flatMap(({ point }) => {
      const { mapping } = layOut(point, limits, { reduce: options.reduction });
      return programNames.map((name) => compose(point, name, mapping));
    });
    print(programs.filter((code, i, all) => all.indexOf(code) === i).join("\n"));
    return 0;
  }
  const { engine, pool, note } = await openEngine(options.engine, {
    ...(options.adapter !== undefined && { adapter: options.adapter }),
    fits: (candidate) => {
      for (const { point } of specification.points) candidate.check(point, { reduce: options.reduction });
    },
  });
  if (note && !options.quiet) say(note);
  const folder = options.out === undefined ? undefined : await prepareFolder(options.out, options.fresh ?? false);
  const progress = progressBar(options.quiet ?? false);
  const started = new Date();
  let report: SweepReport;
  let tables: Awaited<ReturnType<typeof openTables>> | undefined;
  try {
    tables = folder && (await openTables(folder, specification, engine));
    const sweep = runSweep(specification, engine, pool, {
      ...(options.verify !== undefined && { samples: options.verify }),
      reduce: options.reduction,
      signal,
      ...(tables && { tables }),
      onProgress: progress.update,
    });
    report = await untilAborted(signal, sweep);
    await tables?.writer.finish();
    if (folder && tables) {
      const facts = manifest(specification, report, started, engine, options.reduction);
      const drawn = await reportFiles(report, tables.series, facts);
      await folder.write({ "summary.json": `${JSON.stringify(toJson(report, { timing: false }), null, 1)}\n`, ...drawn }, facts);
    }
  } catch (error) {
    await folder?.abandon();
    throw error;
  } finally {
    progress.stop();
    await tables?.writer.close();
  }
  if (options.json) print(JSON.stringify(toJson(report, { timing: true })));
  else print(text(specification, report, options.out));
  if (isVerified(report)) return 0;
  const outcome = folder ? `The results are in ${options.out}.` : "The results are printed; nothing was written.";
  throw new SinkflowError("numerical", verificationLine(report) ?? "", outcome);
}

function manifest(
  { points }: Specification,
  report: SweepReport,
  started: Date,
  engine: Engine,
  reduce: boolean,
): Provenance & Record<string, unknown> {
  const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
  const kernels = points.flatMap(({ point }) => engine.kernels?.(point, { reduce }) ?? []);
  return {
    sinkflow: version,
    specification: report.specification,
    specificationHash: sha256(JSON.stringify(report.specification)),
    seed: points[0]?.point.seed,
    engine: report.engine,
    adapter: report.adapter,
    ...(engine.kernels && {
      shaderHash: sha256(kernels.flatMap(({ programs }) => programs).join("")),
      lanesPerRun: [...new Set(kernels.map(({ lanesPerRun }) => lanesPerRun))],
    }),
    host: hostname(),
    started: started.toISOString(),
    ended: new Date().toISOString(),
    timings: report.points.map(({ parameters, timing }) => ({ parameters, ...timing })),
  };
}

function text(specification: Specification, report: SweepReport, out: string | undefined): string {
  const { name } = report.specification;
  const where = report.engine === "cpu" ? "CPU, float64" : `WebGPU, ${report.adapter?.description || report.adapter?.device}`;
  const shares = specification.points.some(({ point }) => point.normalizer.kind !== "softmax");
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
    ...(out === undefined ? [] : [`Results: ${out}/ (report.html, runs.parquet, summary.json; manifest.json lists all)`]),
  ].join("\n");
}
