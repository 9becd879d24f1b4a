import { compose, programNames } from "../gpu/compose.ts";
import { traitsOf } from "../gpu/device.ts";
import { layOut } from "../gpu/layout.ts";
import { noTraits } from "../gpu/mapping.ts";
import type { Specification } from "../model/grid.ts";
import { findAdapter } from "../node.ts";
import { answer } from "../report/answer.ts";
import { endings, factsOf, reductionLine } from "../report/sentences.ts";
import { table, tableNote } from "../report/table.ts";
import { verificationLine } from "../report/verification.ts";
import { prepareFolder } from "../results/folder.ts";
import { toJson } from "../results/json.ts";
import { names } from "../results/names.ts";
import { runSweep, type SweepReport } from "../sweep/sweep.ts";
import { type EngineOptions, engineFor } from "./engine.ts";
import { loadSpecification } from "./input.ts";
import { untilAborted } from "./interruption.ts";
import { checkOut, checkVerified } from "./results.ts";
import { checkSize, withPeak } from "./size.ts";
import { storeSweep } from "./store.ts";
import { print, withProgress } from "./terminal.ts";

export interface RunCommandOptions extends EngineOptions {
  out?: string;
  fresh?: boolean;
  set: string[];
  verify?: number;
  rows: "all" | "none";
  reduction: boolean;
  printWgsl?: boolean;
  json?: boolean;
}

/** `sinkflow run`. */
export async function runCommand(path: string, options: RunCommandOptions, signal: AbortSignal): Promise<void> {
  const { out, fresh = false, verify, reduction: reduce, rows, quiet = false } = options;
  checkOut(out);
  const specification = await loadSpecification(path, options.set, signal);
  if (options.printWgsl) return print(await composedWgsl(specification, options.adapter, reduce));
  const ensembles = specification.points.map(({ ensemble }) => ensemble);
  const opened = await engineFor(options, { ensembles, reduce });
  await checkSize(specification, opened, { out: rows === "all" ? out : undefined, samples: verify, reduce, quiet });
  const sweep = { ...(verify !== undefined && { samples: verify }), reduce };
  const folder = out === undefined ? undefined : await prepareFolder(out, fresh);
  const runs = ensembles.reduce((sum, ensemble) => sum + ensemble.runs, 0);
  const computed = await withProgress(
    quiet,
    (onProgress) =>
      folder
        ? storeSweep(folder, signal, opened, { ...sweep, specification, rows: rows === "all", onProgress })
        : untilAborted(signal, runSweep(specification, opened.engine, opened.pool, { ...sweep, signal, onProgress })),
    runs,
  );
  const report = withPeak(computed);
  const written = out === undefined ? undefined : `The results are in ${out}.`;
  print(options.json ? toJson(report, { timing: true }) : text(specification, report, out, rows === "all"), written);
  checkVerified([report], written ?? "The results are printed; nothing was written.");
}

function text(specification: Specification, report: SweepReport, out: string | undefined, hasRows: boolean): string {
  const { name } = report.specification;
  const where = report.engine === "cpu" ? "CPU, float64" : `WebGPU, ${report.adapter?.description || report.adapter?.device}`;
  const shares = specification.points.some(({ ensemble }) => ensemble.normalizer.kind !== "softmax");
  const files = [names.report, ...(hasRows ? ["runs/*.parquet"] : []), names.summary].join(", ");
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
