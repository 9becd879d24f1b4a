import { execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Ensemble, stepLength } from "../model/ensemble.ts";
import { simulate } from "../reference/simulate.ts";
import { drawStart } from "../reference/start.ts";

/** How a peer is made: compiled from a source file, with options before those of the shape, or a flow in flows.py. */
export type Making = { compiler: string; source: string; options: readonly string[] } | { flow: string };

/** What a user would write instead of an ensemble, by how it steps, for a CPU and for a GPU, in the order in which they are timed. */
export const peers = {
  euler: {
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
  },
  adam: {
    cpu: { PyTorch: { flow: "torch-adam" }, optax: { flow: "optax-adam" } },
    gpu: { PyTorch: { flow: "torch-cuda-adam" }, optax: { flow: "optax-adam" } },
  },
} as const satisfies Record<string, Record<"cpu" | "gpu", Record<string, Making>>>;

/** By how much a float32 program's losses after the known starts' steps may differ from float64's, relative to them. */
export const maxDeviation = 1e-4;

/** How long a peer may take to compile, to start or to answer, in milliseconds. */
const timeoutMs = 120_000;

/** A peer of one shape: a process that waits for its next measurement. */
export interface Peer {
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
const besideProgram = fileURLToPath(new URL("./peers/", import.meta.url));
const sources = existsSync(besideProgram) ? besideProgram : fileURLToPath(new URL("../../scripts/bench/peers/", import.meta.url));

/** Losses of the first runs of an ensemble at its end, by the float64 reference. */
export function knownLosses(ensemble: Ensemble): number[] {
  return Array.from({ length: ensemble.runs }, (_, run) => simulate(ensemble, drawStart(ensemble, run)).row.loss);
}

/** Makes a temporary folder for the files of peers. It is removed at the end of the process. */
export function peersFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "sinkflow-bench-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * Writes the starts file of the peers, and returns its path. It holds, little-endian: int32 tokens, dim, runs, steps; float32 step or learning rate;
 * then for every run of `ensemble` in float32 its logits (n), its values (d rows of n), its target (d), and the loss it should have
 * after those steps.
 */
export function writeStarts(folder: string, ensemble: Ensemble, losses: readonly number[]): string {
  const { tokens, dim, runs } = ensemble;
  const { steps } = ensemble.until as { steps: number };
  const starts = Array.from({ length: runs }, (_, run) => {
    const { logits, values, target } = drawStart(ensemble, run);
    return [...logits, ...values, ...target, losses[run] as number];
  });
  const path = join(folder, `starts-${ensemble.optimizer?.kind ?? "euler"}-${tokens}x${dim}`);
  writeFileSync(path, Int32Array.of(tokens, dim, runs, steps));
  writeFileSync(path, Float32Array.from([stepLength(ensemble, 0), ...starts.flat()]), { flag: "a" });
  return path;
}

/**
 * Starts a peer for the shape of `known`, and has it check itself on the runs of `known` before anything is timed. Throws PeerError
 * where it can't be started or computes something else.
 * @param making its row in `peers`
 * @param starts the starts file of `known`; a peer is compiled into the same folder
 * @param runs how many runs it is timed on
 */
export async function openPeer(making: Making, known: Ensemble, starts: string, runs: number, signal: AbortSignal): Promise<Peer> {
  const { tokens, dim } = known;
  const rest = [starts, String(runs), String(availableParallelism())];
  let [command, args] = ["python3", rest];
  if ("flow" in making) args = [join(sources, "flows.py"), making.flow, ...rest];
  else {
    command = join(dirname(starts), `euler-${tokens}x${dim}`);
    const shape = [`-DTOKENS=${tokens}`, `-DDIM=${dim}`];
    await compile(making.compiler, [...making.options, ...shape, join(sources, making.source), "-o", command], signal);
  }
  const { ask, close } = converse(command, args, signal);
  try {
    const { worst, description } = await ask();
    if (typeof worst !== "number" || !(worst <= maxDeviation))
      throw new PeerError(`it computes something else: losses are off by ${worst} of their size, ${maxDeviation} is allowed`);
    const rate = async (steps: number) => {
      const { rate } = await ask(`${steps}\n`);
      if (typeof rate !== "number" || !(rate > 0)) throw new PeerError("it gave no rate");
      return rate;
    };
    return { description: String(description), deviation: worst, rate, close };
  } catch (error) {
    close();
    throw error;
  }
}

async function compile(compiler: string, args: string[], signal: AbortSignal): Promise<void> {
  try {
    await promisify(execFile)(compiler, args, { timeout: timeoutMs, signal });
  } catch (error) {
    const { code, stderr } = error as NodeJS.ErrnoException & { stderr?: string };
    if (code === "ENOENT") throw new PeerError(`there is no ${compiler}`);
    const said = stderr?.split("\n").find((line) => line.includes("error")) ?? "it says nothing";
    throw new PeerError(`${compiler} does not compile it: ${said}`);
  }
}

/** Starts a process that prints a line of JSON when it is ready, and one for each line that it reads. The signal ends it. */
function converse(command: string, args: string[], signal: AbortSignal) {
  const child = spawn(command, args, { signal });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let said = "";
  child.stderr.on("data", (data) => {
    said = (said + data).slice(-4096);
  });
  child.stdin.on("error", () => {}); // it may have ended
  const ended = new Promise<never>((_, reject) => {
    child.on("error", ({ code, message }: NodeJS.ErrnoException) =>
      reject(new PeerError(code === "ENOENT" ? `there is no ${command}` : message)),
    );
    child.on("close", () => reject(new PeerError(`it ended: ${said.trim().split("\n").at(-1) || "it said nothing"}`)));
  });
  ended.catch(() => {}); // it may end while no answer is awaited

  async function ask(line = ""): Promise<Record<string, unknown>> {
    child.stdin.write(line);
    const answer = lines.next().then(({ value, done }) => (done ? ended : String(value)));
    const late = sleep(timeoutMs, undefined, { ref: false }).then(() => {
      throw new PeerError(`it did not answer within ${timeoutMs / 1000} s`);
    });
    const text = await Promise.race([answer, ended, late]);
    let parsed: Record<string, unknown>;
    try {
      parsed = JSON.parse(text);
    } catch {
      throw new PeerError("it answered with something else than JSON");
    }
    if (parsed["absent"] !== undefined) throw new PeerError(String(parsed["absent"]));
    return parsed;
  }
  return { ask, close: () => void child.kill() };
}
