import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { SinkflowError } from "../model/errors.ts";
import { losses } from "../model/losses.ts";
import { normalizers } from "../model/normalizers.ts";
import type { Timing } from "../model/result.ts";
import { perSweep } from "../sweep/sampling.ts";
import type { EngineOptions } from "./engine.ts";
import { type MedianAndRange, medianAndRange } from "./spread.ts";

/** One workload of `bench --sweep`: how long commands take, from their start to their end. */
export interface SweepWorkload {
  name: string;
  says: string;
  /** Seconds of each command. */
  seconds: Record<string, MedianAndRange>;
  /** The seconds of the first command over those of each other: of one turn. */
  ratios: Record<string, MedianAndRange>;
  /** The seconds of the first command over what it takes at least: see `leasts`. */
  overLeast: MedianAndRange;
  least: keyof typeof leasts;
  /** What the last run of the first command says of its own time: see `timing` of `run --json`. */
  timing?: SweepTiming;
}

interface SweepTiming {
  wallMs: number;
  deviceBusy?: number;
  waited?: Record<string, number>;
  peakBytes?: number;
  processorMs?: number;
}

/** What is read of the JSON of `run`. */
interface Ran {
  seconds: number;
  timing?: SweepTiming;
  points: { timing: Timing }[];
}

/** Runs of the workloads: for a GPU, for a driver on the CPU, and for tests. */
const amounts = {
  gpu: { rows: 10_000_000, many: 100_000_000, kinds: 4096, numbers: 2000 },
  cpu: { rows: 1_000_000, many: 4_000_000, kinds: 4096, numbers: 2000 },
  small: { rows: 512, many: 512, kinds: 2, numbers: 4 },
} as const;

/**
 * Where drivers keep compiled programs between processes, by the variables that name the folder: Mesa's, and NVIDIA's. SwiftShader keeps
 * none.
 */
const cacheFolders = ["MESA_SHADER_CACHE_DIR", "__GL_SHADER_DISK_CACHE_PATH"];

interface SweepBench {
  /** The engine that the commands take. */
  options: EngineOptions;
  isGpu: boolean;
  repeat: number;
  amounts: keyof typeof amounts;
  signal: AbortSignal;
  /** Called with the share of the workloads that is done. */
  onProgress(done: number): void;
  /** Called after each workload. */
  take(workload: SweepWorkload): void;
}

/** A workload: commands, by what they are called. */
interface Making {
  name: string;
  says: string;
  commands: Record<string, () => Promise<Ran>>;
  /** What is run before, untimed, so that the driver has kept the programs of all commands. */
  before?: readonly (() => Promise<Ran>)[];
}

/** The workloads of `bench --sweep`: whole commands, with all that a user waits for. */
export async function sweepWorkloads(bench: SweepBench): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "sinkflow-bench-"));
  try {
    const makings = makingsOf(bench, join(folder, "out"), join(folder, "cache"));
    for (const [done, making] of makings.entries()) {
      bench.onProgress(done / makings.length);
      bench.take(await inTurns(bench, making));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param cache folder of the driver's compiled programs */
function makingsOf(bench: SweepBench, out: string, cache: string): Making[] {
  const sizes = amounts[bench.amounts];
  const run = (specification: object, args: readonly string[]) => () => {
    rmSync(out, { recursive: true, force: true });
    return performRun(bench, specification, args, cache);
  };
  /** The same with no programs kept. */
  const cold = (command: () => Promise<Ran>) => () => {
    rmSync(cache, { recursive: true, force: true });
    return command();
  };
  const ensemble = (runs: number) => ({ tokens: 8, runs });
  const [written, none] = [
    ["--out", out],
    ["--rows", "none"],
  ];
  // The same programs whatever the number of runs and the scale of values.
  const before = [run(ensemble(1), written), run(ensemble(1), none)];
  const kinds = { tokens: 8, runs: sizes.kinds, grid: { loss: Object.keys(losses), normalizer: Object.keys(normalizers) } };
  const kindPoints = kinds.grid.loss.length * kinds.grid.normalizer.length;
  const scales = Array.from({ length: 60 }, (_, i) => (i + 1) / 20);
  const one = ensemble(scales.length * sizes.numbers);
  const numbers = { ...ensemble(sizes.numbers), grid: { "values.scale": scales } };
  return [
    {
      name: "rows",
      says: `${count(sizes.rows)} runs, tokens 8, logistic to 1e6: rows written, and without files`,
      commands: { written: run(ensemble(sizes.rows), written), none: run(ensemble(sizes.rows), none) },
      before,
    },
    {
      name: "no rows",
      says: `${count(sizes.many)} runs, tokens 8, logistic to 1e6, without files`,
      commands: { none: run(ensemble(sizes.many), none) },
      before,
    },
    {
      name: "kinds",
      says: `${kindPoints} points (losses × normalizers) × ${count(sizes.kinds)} runs, rows written: the driver has kept no programs, and all`,
      commands: { cold: cold(run(kinds, written)), kept: run(kinds, written) },
    },
    {
      name: "numbers",
      says: `60 points that differ in a number × ${count(sizes.numbers)} runs, and one ensemble of as many, which verifies 16 or as many runs`,
      commands: {
        grid: run(numbers, none),
        one: run(one, none),
        "one, as many verified": run(one, [...none, "--verify", String(perSweep)]),
      },
      before,
    },
    {
      name: "start-up",
      says: "64 runs: the driver has kept no programs, and all",
      commands: { cold: cold(run(ensemble(64), [])), kept: run(ensemble(64), []) },
    },
  ];
}

/** Performs commands in turns, each `repeat` times. */
async function inTurns({ repeat, isGpu }: SweepBench, { name, says, commands, before = [] }: Making): Promise<SweepWorkload> {
  for (const command of before) await command();
  const ran: [string, Ran[]][] = Object.keys(commands).map((command) => [command, []]);
  for (let i = 0; i < repeat; i++) for (const [command, times] of ran) times.push(await (commands[command] as () => Promise<Ran>)());
  const [[, first], ...others] = ran as [(typeof ran)[number], ...typeof ran];
  const timing = first.at(-1)?.timing;
  const least = isGpu ? "device" : "processor";
  return {
    name,
    says,
    seconds: Object.fromEntries(ran.map(([command, times]) => [command, medianAndRange(times.map(({ seconds }) => seconds))])),
    ratios: Object.fromEntries(
      others.map(([command, times]) => [command, medianAndRange(first.map(({ seconds }, i) => seconds / (times[i] as Ran).seconds))]),
    ),
    overLeast: medianAndRange(first.map((ran) => ran.seconds / leasts[least].seconds(ran))),
    least,
    ...(timing && { timing }),
  };
}

/** Runs `sinkflow run` in a process of its own. @param cache folder of the driver's compiled programs */
async function performRun(
  { options: { engine, adapter }, signal }: SweepBench,
  specification: object,
  args: readonly string[],
  cache: string,
): Promise<Ran> {
  const program = fileURLToPath(new URL("./cli.js", import.meta.url));
  const chosen = ["--engine", engine, ...(adapter === undefined ? [] : ["--adapter", adapter])];
  const env = { ...process.env, ...Object.fromEntries(cacheFolders.map((name) => [name, cache])) };
  const began = performance.now();
  const child: ChildProcess = spawn(process.execPath, [program, "run", "-", "--json", "--quiet", ...chosen, ...args], { env, signal });
  child.on("error", () => {}); // the signal; `close` comes, too
  child.stdin?.on("error", () => {}); // it ended before it read
  child.stdin?.end(JSON.stringify(specification));
  const [said, complaint, code] = await Promise.all([
    text(child.stdout as NodeJS.ReadableStream),
    text(child.stderr as NodeJS.ReadableStream),
    // Not `once`, which would throw the error of the signal.
    new Promise<number | null>((resolve) => child.on("close", resolve)),
  ]);
  const seconds = (performance.now() - began) / 1000;
  if (signal.aborted) throw new SinkflowError("interrupted", "interrupted");
  if (code !== 0) throw new SinkflowError("device", `bench: expected sinkflow run ${args.join(" ")} to succeed, got ${complaint.trim()}`);
  const { timing, points } = JSON.parse(said) as Omit<Ran, "seconds">;
  return { seconds, points, ...(timing && { timing }) };
}

const sum = (points: Ran["points"], of: (timing: Timing) => number) => points.reduce((total, { timing }) => total + of(timing), 0);

/** What a command takes at least. A driver on the CPU takes the cores for all that it does. */
const leasts = {
  device: {
    says: "its simulation, and what is waited for its compilation dealt over the cores",
    seconds: ({ points }: Ran) =>
      sum(points, ({ initialMs, simulateMs, compileMs }) => initialMs + simulateMs + compileMs / availableParallelism()) / 1000,
  },
  processor: {
    says: "its processor time dealt over the cores",
    seconds: ({ timing }: Ran) => (timing?.processorMs ?? Number.NaN) / availableParallelism() / 1000,
  },
};

const count = (x: number) => x.toLocaleString("en-US");

/** The figures of a workload, as they are printed. */
export function sweepLines({ name, says, seconds, ratios, overLeast, least, timing }: SweepWorkload): string {
  const range = ({ median, min, max }: MedianAndRange) => `${median} (${min} to ${max})`;
  const [first] = Object.keys(seconds);
  const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
  const waited = Object.entries(timing?.waited ?? {}).map(([stage, share]) => `${stage} ${percent(share)}`);
  return [
    "",
    `${name}: ${says}`,
    ...Object.entries(seconds).map(([command, spread]) => `  ${command}: ${range(spread)} s`),
    ...Object.entries(ratios).map(([other, ratio]) => `  ${first} takes ${range(ratio)} times as long as ${other}`),
    `  ${first} takes ${range(overLeast)} times as long as ${leasts[least].says}`,
    ...(timing?.deviceBusy === undefined ? [] : [`  ${first}: the device is busy ${percent(timing.deviceBusy)} of the time`]),
    ...(waited.length > 0 ? [`  ${first}: waited for ${waited.join(", ")}`] : []),
    ...(timing?.peakBytes === undefined ? [] : [`  ${first}: ${(timing.peakBytes / 2 ** 20).toFixed(0)} MiB of memory at most`]),
  ].join("\n");
}
