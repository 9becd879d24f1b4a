import { SinkflowError, show } from "../model/errors.ts";
import type { Specification } from "../model/grid.ts";
import type { Engine } from "../model/result.ts";
import { verificationLine } from "../report/verification.ts";
import type { Shard } from "../results/names.ts";
import { cutParts } from "../sweep/parts.ts";
import type { ShardReport } from "../sweep/sweep.ts";
import { version } from "../version.ts";

/** Where schedulers tell a task of an array its number. */
const variables = ["SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX", "HQ_TASK_ID"] as const;
const shardCount = "SINKFLOW_SHARDS";

/** The value of --shard: `i/N`, or `auto`, which takes i from the scheduler and N from SINKFLOW_SHARDS. Throws SinkflowError("input"). */
export function shardFrom(text: string, environment: Readonly<Record<string, string | undefined>> = process.env): Shard {
  if (text !== "auto") {
    const [, index, count] = text.match(/^(\d{1,9})\/(\d{1,9})$/) ?? [];
    if (index === undefined || count === undefined)
      throw new SinkflowError("input", `--shard: expected i/N, with i from 0 to N − 1, or auto, got ${show(text)}`);
    return checked("--shard", Number(index), Number(count));
  }
  const set = variables.filter((name) => environment[name] !== undefined && environment[name] !== "");
  const [variable] = set;
  if (variable === undefined)
    throw new SinkflowError("input", `--shard: auto: expected the number of this task in ${variables.join(", ")}, got none of them`);
  if (set.length > 1 && new Set(set.map((name) => environment[name])).size > 1)
    throw new SinkflowError(
      "input",
      `--shard: auto: expected one number of this task, got ${set.map((name) => `${name}=${environment[name]}`).join(", ")}`,
    );
  return checked(`--shard: auto`, wholeIn(variable, environment), wholeIn(shardCount, environment));
}

function wholeIn(name: string, environment: Readonly<Record<string, string | undefined>>): number {
  const text = environment[name] ?? "";
  if (!/^\d{1,9}$/.test(text)) throw new SinkflowError("input", `--shard: auto: expected ${name} to be a whole number, got ${show(text)}`);
  return Number(text);
}

function checked(where: string, index: number, count: number): Shard {
  if (count < 1 || index >= count)
    throw new SinkflowError("input", `${where}: expected i below N, since shards are numbered from 0, got ${index} of ${count}`);
  return { index, count };
}

/** The report of a shard whose sweep is complete. */
export function shardThere({ points, canonical }: Specification, { kind, adapter }: Engine, shard: Shard): ShardReport {
  const own = cutParts(points.map(({ ensemble }) => ensemble)).filter(({ number }) => number % shard.count === shard.index);
  const parts = own.map(({ number, rows }) => ({ part: number, rows, wasThere: true }));
  return { sinkflow: version, specification: canonical, engine: kind, adapter, shard, parts, points: [] };
}

/** What a shard's command prints. */
export function shardText(report: ShardReport, folder: string): string {
  const { shard, parts } = report;
  const there = parts.filter(({ wasThere }) => wasThere).length;
  const rows = parts.reduce((sum, { rows }) => sum + rows, 0);
  const did = `Shard ${shard.index} of ${shard.count}: ${parts.length} parts with ${rows} runs, of which ${there} were there before.`;
  const lines = [
    "",
    did,
    ...(parts.length > there ? [verificationLine(report)] : []),
    `Parts: ${folder}/ (sinkflow merge finishes the sweep)`,
  ];
  return lines.filter((line) => line !== undefined).join("\n");
}

export const shardOutcome = ({ shard: { index, count } }: ShardReport): string => `The parts of shard ${index} of ${count} are written.`;
