import { compose, programNames } from "../gpu/compose.ts";
import { traitsOf } from "../gpu/device.ts";
import { layOut } from "../gpu/layout.ts";
import { noTraits } from "../gpu/mapping.ts";
import type { Ensemble } from "../model/ensemble.ts";
import { SinkflowError } from "../model/errors.ts";
import type { Specification } from "../model/grid.ts";
import { findAdapter, type OpenedEngine } from "../node.ts";
import { toJson } from "../results/json.ts";
import { manifestIn, prepareFolder } from "../results/prepare.ts";
import type { Progress } from "../sweep/stages.ts";
import { runSweep } from "../sweep/sweep.ts";
import { define } from "./define.ts";
import { type EngineOptions, engineBefore, engineFor } from "./engine.ts";
import { loadSpecification, precisionSetting } from "./input.ts";
import { untilAborted } from "./interruption.ts";
import { checkOut, checkVerified } from "./results.ts";
import { shardFrom, shardOutcome, shardText, shardThere } from "./shard.ts";
import { checkSize, withUsage } from "./size.ts";
import { describeSweep, type StoredSweep, storedReport, storeShard, storeSweep } from "./store.ts";
import { sweepText } from "./sweepText.ts";
import { print, say, withProgress } from "./terminal.ts";

export interface RunCommandOptions extends EngineOptions {
  out?: string;
  fresh?: boolean;
  set: string[];
  precision?: number;
  shard?: string;
  define: string[];
  verify?: number;
  rows: "all" | "none";
  reduction: boolean;
  printWgsl?: boolean;
  json?: boolean;
}

/** `sinkflow run`. */
export async function runCommand(path: string, options: RunCommandOptions, signal: AbortSignal): Promise<void> {
  const { out, precision, fresh = false, verify, reduction: reduce, rows, quiet = false } = options;
  checkOut(out);
  const shard = options.shard === undefined ? undefined : shardFrom(options.shard);
  if (shard && out === undefined)
    throw new SinkflowError("input", "--shard: expected --out, the folder in which the shards' parts are put together, got none");
  if (shard && fresh)
    throw new SinkflowError(
      "input",
      "--shard: expected no --fresh, which deletes what other shards wrote, got both; delete the folder before the shards begin",
    );
  await define(options.define);
  const settings = precision === undefined ? options.set : [...options.set, precisionSetting(precision, options.set)];
  const specification = await loadSpecification(path, settings, signal);
  if (options.printWgsl) return print(await composedWgsl(specification, options.adapter, reduce));
  const ensembles = specification.points.map(({ ensemble }) => ensemble);
  const before = out === undefined || fresh ? undefined : await manifestIn(out);
  const opened = await engineFor(await engineBefore(options, before), { ensembles, reduce });
  await checkSize(specification, opened, { out: rows === "all" ? out : undefined, samples: verify, reduce, quiet });
  const sweep: StoredSweep = { specification, rows: rows === "all", ...(verify !== undefined && { samples: verify }), reduce };
  const manifest = describeSweep(opened.engine, sweep);
  const folder = out === undefined ? undefined : await prepareFolder(out, { manifest, fresh, ...(shard && { shard }), onDamage: say });
  const storing = { ...sweep, manifest };
  const computing = <T>(work: (onProgress: Progress) => Promise<T>) => withProgress(quiet, work, runsAtOnce(ensembles, opened));
  const isThere = folder?.isComplete && (shard !== undefined || (await folder.isIntact()));
  if (folder && isThere) await folder.release();
  if (folder && shard) {
    const complete = isThere ? await storedReport(folder.path, specification) : undefined;
    const report = complete
      ? shardThere(specification, opened.engine, shard)
      : await computing((onProgress) => storeShard(folder, signal, opened, { ...storing, shard, onProgress }));
    print(options.json ? JSON.stringify(withUsage(report)) : shardText(report, folder.path), shardOutcome(report));
    return checkVerified([complete ?? report], shardOutcome(report));
  }
  const computed =
    folder && isThere
      ? await storedReport(folder.path, specification)
      : await computing((onProgress) =>
          folder
            ? storeSweep(folder, signal, opened, { ...storing, onProgress })
            : untilAborted(signal, runSweep(specification, opened.engine, opened.pool, { ...sweep, signal, onProgress })),
        );
  const report = isThere ? computed : withUsage(computed);
  const written = out === undefined ? undefined : `The results are in ${out}.`;
  print(options.json ? toJson(report, { timing: true }) : sweepText(specification, report, out, rows === "all"), written);
  checkVerified([report], written ?? "The results are printed; nothing was written.");
}

/** On the CPU engine, of runs of one size: how many are followed at a time, at most. */
function runsAtOnce(ensembles: readonly Ensemble[], { engine, pool }: OpenedEngine): number | undefined {
  const sizes = new Set(ensembles.map(({ tokens, dim }) => `${tokens} ${dim}`));
  return engine.kind === "cpu" && sizes.size === 1 ? pool.size : undefined;
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
