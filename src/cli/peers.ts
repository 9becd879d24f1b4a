import { type ChildProcessWithoutNullStreams, execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Ensemble } from "../model/ensemble.ts";
import { SinkflowError } from "../model/errors.ts";
import { simulate } from "../reference/simulate.ts";
import { drawStart } from "../reference/start.ts";

/** How a peer is made: compiled from a source file, with options before those of the shape, or a flow in euler.py. */
export type Making = { compiler: string; source: string; options: readonly string[] } | { flow: string };

/** What a user would write instead of an Euler ensemble, for a CPU and for a GPU, in the order in which they are timed. */
export const peers = {
  cpu: {
    "C++": { compiler: "g++", source: "euler.cpp", options: ["-O3", "-march=native", "-ffast-math", "-std=c++20", "-pthread"] },
    NumPy: { flow: "numpy" },
    PyTorch: { flow: "torch" },
  },
  gpu: {
    CUDA: { compiler: "nvcc", source: "euler.cu", options: ["-O3", "-arch=native", "-use_fast_math", "-std=c++17"] },
    Triton: { flow: "triton" },
    JAX: { flow: "jax" },
    PyTorch: { flow: "torch-cuda" },
  },
} as const satisfies Record<string, Record<string, Making>>;
export type PeerName = keyof (typeof peers)["cpu"] | keyof (typeof peers)["gpu"];

/** By how much a float32 program's losses after the known starts' steps may differ from float64's, relative to them. */
export const maxDeviation = 1e-4;

/** How long a peer may take to compile, to start or to answer, in milliseconds. */
const timeoutMs = 120_000;

/** A peer of one shape: a process that waits for its next measurement. */
export interface Peer {
  name: PeerName;
  /** Versions, threads. */
  description: string;
  /** Largest relative difference of its losses from the float64 reference's. */
  deviation: number;
  /** Measures run-steps per second over `steps` steps of all runs. Throws PeerError. */
  rate(steps: number): Promise<number>;
  close(): void;
}

/** Why a peer can't be compared with, in one line. */
export class PeerError extends Error {}

/** Where the peers' sources are: beside the built program, or in the repository. */
function sourceFolder(): string {
  const folders = ["./peers/", "../../scripts/bench/peers/"].map((path) => fileURLToPath(new URL(path, import.meta.url)));
  return folders.find((folder) => existsSync(folder)) ?? (folders[0] as string);
}

/** Losses of the first runs of an ensemble at its end, by the float64 reference. */
export function knownLosses(ensemble: Ensemble): number[] {
  return Array.from({ length: ensemble.runs }, (_, run) => simulate(ensemble, drawStart(ensemble, run)).row.loss);
}

/**
 * The starts file of the peers, little-endian: int32 tokens, dim, runs, steps; float32 step; then for every run of `point`
 * in float32 its logits (n), its values (d rows of n), its target (d), and the loss it should have after those steps.
 */
export function startsFile(ensemble: Ensemble, losses: readonly number[]): Uint8Array {
  const { tokens, dim, runs } = ensemble;
  const steps = (ensemble.until as { steps: number }).steps;
  const words = new DataView(new ArrayBuffer(4 * (5 + runs * (tokens + tokens * dim + dim + 1))));
  for (const [i, x] of [tokens, dim, runs, steps].entries()) words.setInt32(4 * i, x, true);
  let at = 16;
  const put = (x: number) => {
    words.setFloat32(at, x, true);
    at += 4;
  };
  put((ensemble.integrator as { step: number }).step);
  for (let run = 0; run < runs; run++) {
    const { logits, values, target } = drawStart(ensemble, run);
    for (const part of [logits, values, target]) part.forEach(put);
    put(losses[run] as number);
  }
  return new Uint8Array(words.buffer);
}

/** A temporary folder for the files of peers. It is removed at the end of the process at the latest. */
export function peersFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "sinkflow-bench-"));
  const remove = () => rmSync(path, { recursive: true, force: true });
  process.on("exit", remove);
  return { path, remove };
}

/**
 * Starts a peer for the shape of `known`, and has it check itself on the runs of `known` before anything is timed.
 * @param making its row in `peers`
 * @param runs how many runs it is timed on
 * Throws PeerError where it can't be started or computes something else.
 */
export async function openPeer(
  name: PeerName,
  making: Making,
  known: Ensemble,
  losses: readonly number[],
  runs: number,
  folder: string,
  signal: AbortSignal,
): Promise<Peer> {
  const sources = sourceFolder();
  const shape = `${known.tokens}x${known.dim}`;
  const starts = join(folder, `starts-${shape}`);
  writeFileSync(starts, startsFile(known, losses));
  const rest = [starts, String(runs), String(availableParallelism())];
  let command = "python3";
  let args = rest;
  if ("flow" in making) args = [join(sources, "euler.py"), making.flow, ...rest];
  else {
    command = join(folder, `euler-${shape}`);
    const { compiler, source, options } = making;
    await compile(compiler, [...options, `-DTOKENS=${known.tokens}`, `-DDIM=${known.dim}`, join(sources, source), "-o", command], signal);
  }
  const { ask, close } = converse(command, args, signal);
  try {
    const { worst, description } = await ask();
    if (typeof worst !== "number" || !(worst <= maxDeviation))
      throw new PeerError(`it computes something else: losses are off by ${worst} of their size, ${maxDeviation} is allowed`);
    return {
      name,
      description: String(description),
      deviation: worst,
      rate: async (steps) => {
        const { rate } = await ask(`${steps}\n`);
        if (typeof rate !== "number" || !(rate > 0)) throw new PeerError("it gave no rate");
        return rate;
      },
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

async function compile(compiler: string, args: string[], signal: AbortSignal): Promise<void> {
  try {
    await promisify(execFile)(compiler, args, { timeout: timeoutMs, signal });
  } catch (error) {
    if (signal.aborted) throw new SinkflowError("interrupted", "interrupted");
    const { code, stderr } = error as NodeJS.ErrnoException & { stderr?: string };
    if (code === "ENOENT") throw new PeerError(`there is no ${compiler}`);
    throw new PeerError(`${compiler} does not compile it: ${firstLine(stderr ?? "", /error/)}`);
  }
}

const firstLine = (text: string, like = /\S/) => text.split("\n").find((line) => like.test(line)) ?? "it says nothing";

/** Starts a process that prints a line of JSON when it is ready, and one for each line that it reads. */
function converse(command: string, args: string[], signal: AbortSignal) {
  const child: ChildProcessWithoutNullStreams = spawn(command, args);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let said = "";
  let failed: string | undefined;
  child.stderr.on("data", (data) => {
    said = (said + data).slice(-4096);
  });
  child.stdin.on("error", () => {}); // it may have ended
  const ended = new Promise<never>((_, reject) => {
    child.on("error", (error: NodeJS.ErrnoException) => {
      failed = error.code === "ENOENT" ? `there is no ${command}` : error.message;
      reject(new PeerError(failed));
    });
    child.on("close", () => reject(new PeerError(failed ?? `it ended: ${said.trim().split("\n").at(-1) || "it said nothing"}`)));
    signal.addEventListener("abort", () => reject(new SinkflowError("interrupted", "interrupted")), { once: true });
  });
  ended.catch(() => {}); // it may end while no answer is awaited

  async function ask(line?: string): Promise<Record<string, unknown>> {
    if (line !== undefined) child.stdin.write(line);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new PeerError(`it did not answer within ${timeoutMs / 1000} s`)), timeoutMs);
    });
    const answer = lines.next().then(({ value, done }) => (done ? ended : String(value)));
    try {
      const parsed: unknown = JSON.parse(await Promise.race([answer, ended, late]));
      const { absent } = parsed as { absent?: string };
      if (absent !== undefined) throw new PeerError(absent);
      return parsed as Record<string, unknown>;
    } catch (error) {
      if (error instanceof SyntaxError) throw new PeerError("it answered with something else than JSON");
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
  return { ask, close: () => void child.kill() };
}
