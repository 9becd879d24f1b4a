import { type ChildProcessWithoutNullStreams, execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { SinkflowError } from "../model/errors.ts";
import type { Point } from "../model/point.ts";
import { simulate } from "../reference/simulate.ts";
import { drawStart } from "../reference/start.ts";

/** How a peer comes to be: compiled from a file, with options before those of the shape, or a flow in euler.py. */
export type Making = { compiler: string; source: string; options: readonly string[] } | { flow: string };

/** What a user would write instead of an Euler ensemble, in the order in which they are timed: for a CPU, and for a GPU. */
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

/** Loss of the known starts after their steps: how far a float32 program may be off, relative to float64. */
export const mostDeviation = 1e-4;

/** How long a peer may take to compile, to start or to answer, in milliseconds. */
const patience = 120_000;

/** A peer of one shape, as a process that waits to be timed. */
export interface Peer {
  name: PeerName;
  /** Versions, threads. */
  description: string;
  /** Largest relative difference of its losses from the float64 reference's. */
  deviation: number;
  /** Run-steps per second over so many steps of all runs. Throws PeerError. */
  rate(steps: number): Promise<number>;
  close(): void;
}

/** Why a peer is not there to compare with; one line. */
export class PeerError extends Error {}

/** Where the peers' sources are: beside the built program, or in the repository. */
function sourceFolder(): string {
  const folders = ["./peers/", "../../scripts/bench/peers/"].map((path) => fileURLToPath(new URL(path, import.meta.url)));
  return folders.find((folder) => existsSync(folder)) ?? (folders[0] as string);
}

/** Losses of the first runs of an ensemble at its end, by the float64 reference. */
export function knownLosses(point: Point): number[] {
  return Array.from({ length: point.runs }, (_, run) => simulate(point, drawStart(point, run)).row.loss);
}

/**
 * The starts file of the peers, little-endian: int32 tokens, dim, runs, steps; float32 step; then for every run of `point`
 * in float32 its logits (n), its values (d rows of n), its target (d), and the loss it should have after those steps.
 */
export function startsFile(point: Point, losses: readonly number[]): Uint8Array {
  const { tokens, dim, runs } = point;
  const steps = (point.until as { steps: number }).steps;
  const words = new DataView(new ArrayBuffer(4 * (5 + runs * (tokens + tokens * dim + dim + 1))));
  for (const [i, x] of [tokens, dim, runs, steps].entries()) words.setInt32(4 * i, x, true);
  let at = 16;
  const put = (x: number) => {
    words.setFloat32(at, x, true);
    at += 4;
  };
  put((point.integrator as { step: number }).step);
  for (let run = 0; run < runs; run++) {
    const { logits, values, target } = drawStart(point, run);
    for (const part of [logits, values, target]) part.forEach(put);
    put(losses[run] as number);
  }
  return new Uint8Array(words.buffer);
}

/** A temporary folder for what peers need, gone when the process ends. */
export function peersFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "sinkflow-bench-"));
  const remove = () => rmSync(path, { recursive: true, force: true });
  process.on("exit", remove);
  return { path, remove };
}

/**
 * Starts a peer for the shape of `known`, and has it check itself on these runs before anything is timed.
 * @param making its row in `peers`
 * @param runs how many runs it is timed on
 * Throws PeerError where it can't be had or computes something else.
 */
export async function openPeer(
  name: PeerName,
  making: Making,
  known: Point,
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
    if (typeof worst !== "number" || !(worst <= mostDeviation))
      throw new PeerError(`it computes something else: losses are off by ${worst} of their size, ${mostDeviation} is allowed`);
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
    await promisify(execFile)(compiler, args, { timeout: patience, signal });
  } catch (error) {
    if (signal.aborted) throw new SinkflowError("interrupted", "interrupted");
    const { code, stderr } = error as NodeJS.ErrnoException & { stderr?: string };
    if (code === "ENOENT") throw new PeerError(`there is no ${compiler}`);
    throw new PeerError(`${compiler} does not compile it: ${firstLine(stderr ?? "", /error/)}`);
  }
}

const firstLine = (text: string, like = /\S/) => text.split("\n").find((line) => like.test(line)) ?? "it says nothing";

/** A process that answers every line, and its own start, with a line of JSON. */
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
  ended.catch(() => {}); // where nothing is asked at that time

  async function ask(line?: string): Promise<Record<string, unknown>> {
    if (line !== undefined) child.stdin.write(line);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new PeerError(`it did not answer within ${patience / 1000} s`)), patience);
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
