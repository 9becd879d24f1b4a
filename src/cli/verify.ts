import { SinkflowError } from "../model/errors.ts";
import type { Specification } from "../model/grid.ts";
import { short, valueName } from "../report/format.ts";
import { verificationLine, verificationTable } from "../report/verification.ts";
import { toJson } from "../results/json.ts";
import { type PointReport, runSweep, type SweepReport } from "../sweep/sweep.ts";
import { define } from "./define.ts";
import { type EngineOptions, engineFor } from "./engine.ts";
import { loadSpecification } from "./input.ts";
import { checkVerified } from "./results.ts";
import { checkSize } from "./size.ts";
import { print, withProgress } from "./terminal.ts";

export interface VerifyCommandOptions extends EngineOptions {
  runs: number;
  set: string[];
  define: string[];
  json?: boolean;
}

/** `sinkflow verify`: runs of every point on a device and on the reference. */
export async function verifyCommand(path: string, options: VerifyCommandOptions, signal: AbortSignal): Promise<void> {
  await define(options.define);
  const { canonical, points } = await loadSpecification(path, options.set, signal);
  const specification: Specification = {
    canonical,
    points: points.map(({ parameters, ensemble }) => ({
      parameters,
      ensemble: { ...ensemble, runs: options.runs, record: { ...ensemble.record, trajectories: 0, vectors: false } },
    })),
  };
  if (options.engine === "cpu")
    throw new SinkflowError(
      "input",
      "--engine: expected webgpu or auto, got cpu: the CPU engine is the reference that others are verified against",
    );
  const opened = await engineFor({ ...options, engine: "webgpu" });
  await checkSize(specification, opened, { samples: options.runs, quiet: options.quiet ?? false });
  const { engine, pool } = opened;
  const report = await withProgress(options.quiet ?? false, (onProgress) =>
    runSweep(specification, engine, pool, { samples: options.runs, signal, onProgress }),
  );
  print(options.json ? toJson(report, { timing: true }) : text(report, options.runs));
  checkVerified([report]);
}

function text(report: SweepReport, runs: number): string {
  return [
    `WebGPU, ${report.adapter?.description}, against float64: ${runs} runs a point`,
    ...report.points.map(pointLine),
    ...(report.verification ? ["", verificationTable(report.verification), ""] : []),
    verificationLine(report) ?? "",
  ].join("\n");
}

function pointLine({ parameters, verification: v }: PointReport): string {
  const name = Object.values(parameters).map(valueName).join(", ");
  const prefix = name ? `${name}: ` : "";
  if (!v) return `${prefix}no run ended soundly, so there is nothing to compare`;
  return [
    `${prefix}weights differ by ${short(v.worstWeight)} at most, typically ${short(v.typicalWeight)} (bound ${short(v.bound)})`,
    `entropies by ${short(v.worstEntropy)}, typically ${short(v.typicalEntropy)}`,
    v.sinkAgreement === undefined
      ? `no run has a decided winner, ${v.undecided} undecided`
      : `winners agree in ${short(100 * v.sinkAgreement)} % of the decided runs, ${v.undecided} undecided`,
  ].join("; ");
}
