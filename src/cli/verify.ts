import { SinkflowError } from "../model/errors.ts";
import type { Specification } from "../model/grid.ts";
import { openEngine } from "../node.ts";
import { short, valueName, verificationLine } from "../report/table.ts";
import { isVerified, runSweep } from "../sweep/sweep.ts";
import { loadSpecification } from "./input.ts";
import type { EngineChoice } from "./run.ts";
import { print, progressBar } from "./terminal.ts";

export interface VerifyCommandOptions {
  runs: number;
  set: string[];
  engine: EngineChoice;
  adapter?: string;
  json?: boolean;
  quiet?: boolean;
}

/** `sinkflow verify`: the first runs of every point on a device and on the reference. Returns the exit code. */
export async function verifyCommand(path: string, options: VerifyCommandOptions, signal: AbortSignal): Promise<number> {
  const { canonical, points } = await loadSpecification(path, options.set, signal);
  const specification: Specification = {
    canonical,
    points: points.map(({ parameters, point }) => ({
      parameters,
      point: { ...point, runs: options.runs, record: { ...point.record, trajectories: 0, vectors: false } },
    })),
  };
  if (options.engine === "cpu")
    throw new SinkflowError(
      "input",
      "--engine: expected webgpu or auto, got cpu: the CPU engine is the reference that others are verified against",
    );
  const { engine, pool } = await openEngine("webgpu", options.adapter === undefined ? {} : { adapter: options.adapter });
  const progress = progressBar(options.quiet ?? false);
  const report = await runSweep(specification, engine, pool, { samples: options.runs, signal, onProgress: progress.update }).finally(
    progress.stop,
  );
  if (options.json) print(JSON.stringify(report));
  else {
    print(`WebGPU, ${report.adapter?.description}, against float64: ${options.runs} runs a point`);
    for (const { parameters, verification: v } of report.points) {
      const name = Object.values(parameters).map(valueName).join(", ");
      if (!v) {
        print(`${name ? `${name}: ` : ""}no run ended soundly, so there is nothing to compare`);
        continue;
      }
      print(
        [
          `${name ? `${name}: ` : ""}weights differ by ${short(v.worstWeight)} at most, typically ${short(v.typicalWeight)} (bound ${short(v.bound)})`,
          `entropies by ${short(v.worstEntropy)}, typically ${short(v.typicalEntropy)}`,
          `sinks agree in ${v.sinkAgreement === undefined ? "none" : `${short(100 * v.sinkAgreement)} %`} of the decided runs, ${v.undecided} undecided`,
        ].join("; "),
      );
    }
    print(verificationLine(report) ?? "");
  }
  if (!isVerified(report)) throw new SinkflowError("numerical", verificationLine(report) ?? "");
  return 0;
}
