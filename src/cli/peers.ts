import { execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Ensemble, endOf, stepLength } from "../model/ensemble.ts";
import { isAdaptive } from "../model/integrators.ts";
import { firstStep } from "../reference/control.ts";
import { Field } from "../reference/field.ts";
import { simulate } from "../reference/simulate.ts";
import { drawStart } from "../reference/start.ts";
import { digits } from "./spread.ts";

/**
 * How a peer is made: compiled from a source file, with options before those of the shape, or a flow in flows.py. `ownSteps`: its adaptive steps are
 * controlled by other rules, so that it has other ones.
 */
export type Making = ({ compiler: string; source: string; options: readonly string[] } | { flow: string }) & { ownSteps?: boolean };

const cpp = { compiler: "g++", options: ["-O3", "-march=native", "-ffast-math", "-std=c++20", "-pthread"] } as const;
const cuda = { compiler: "nvcc", options: ["-O3", "-arch=native", "-use_fast_math", "-std=c++17"] } as const;

/** What a user would write instead of an ensemble, by how it steps, for a CPU and for a GPU, in the order in which they are timed. */
export const peers = {
  euler: {
    cpu: {
      "C++": { ...cpp, source: "euler.cpp" },
      NumPy: { flow: "numpy" },
      PyTorch: { flow: "torch" },
    },
    gpu: {
      CUDA: { ...cuda, source: "euler.cu" },
      Triton: { flow: "triton" },
      JAX: { flow: "jax" },
      PyTorch: { flow: "torch-cuda" },
    },
  },
  tsit5: {
    cpu: { "C++": { ...cpp, source: "tsit5.cpp" }, diffrax: { flow: "diffrax", ownSteps: true } },
    gpu: { CUDA: { ...cuda, source: "tsit5.cu" }, diffrax: { flow: "diffrax", ownSteps: true } },
  },
  adam: {
    cpu: { PyTorch: { flow: "torch-adam" }, optax: { flow: "optax-adam" } },
    gpu: { PyTorch: { flow: "torch-cuda-adam" }, optax: { flow: "optax-adam" } },
  },
} as const satisfies Record<string, Record<"cpu" | "gpu", Record<string, Making>>>;

/** By how much a float32 program's losses at the end of the known runs may differ from float64's, relative to them. */
export const maxDeviation = 1e-4;

/**
 * The same where steps are others. Each of 5 steps may be off by rtol = 1e-4 of numbers of size 1 at most, so each of the 8 components of the output by
 * 5e-4; the residual is at least 0.25 long then, and the loss goes as its square.
 */
const maxDeviationOfOwnSteps = (2 * 5e-4 * Math.sqrt(8)) / 0.25;

/**
 * How many of the known runs may have another number of accepted or rejected steps than float64's: where the estimated error of a trial is 1 but for
 * float32's rounding. It is so in fewer than one of 10³ trials.
 */
export const maxOthers = 1;

/** How long a peer may take to compile, to start or to answer, in milliseconds. */
const timeoutMs = 120_000;

/** A peer of one shape: a process that waits for its next measurement. */
export interface Peer {
  /** Versions, threads. */
  description: string;
  /** Largest relative difference of its losses from the float64 reference's. */
  deviation: number;
  /** Follows all runs for so many steps; where steps adapt, to that time. Throws PeerError. */
  follow(until: number): Promise<Work>;
  close(): void;
}

/** What it took to follow all runs. */
export interface Work {
  seconds: number;
  /** Steps of a run, the mean over runs. */
  accepted: number;
  rejected: number;
}

/** Why a peer can't be compared with, in one line. */
export class PeerError extends Error {}

/** Where the peers' sources are: beside the built program, or in the repository. */
const besideProgram = fileURLToPath(new URL("./peers/", import.meta.url));
const sources = existsSync(besideProgram) ? besideProgram : fileURLToPath(new URL("../../scripts/bench/peers/", import.meta.url));

/** What the float64 reference has of a run: where steps adapt, how long the first trial is, and how many were accepted and rejected. */
export interface Known {
  firstStep: number;
  loss: number;
  accepted: number;
  rejected: number;
}

/**
 * The first runs of an ensemble to its end, by the float64 reference.
 * @param stretch a factor on the length of the first adaptive step
 */
export function knownRuns(ensemble: Ensemble, stretch = 1): Known[] {
  return Array.from({ length: ensemble.runs }, (_, run) => {
    const start = drawStart(ensemble, run);
    const field = new Field(ensemble, start);
    const first = isAdaptive(ensemble.integrator) ? stretch * firstStep(field, field.at(start), endOf(ensemble)) : 0;
    const { loss, steps: accepted, rejected } = simulate(ensemble, start, { stretch: (taken) => (taken === 0 ? stretch : 1) }).row;
    return { firstStep: first, loss, accepted, rejected };
  });
}

/** Makes a temporary folder for the files of peers. It is removed at the end of the process. */
export function peersFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "sinkflow-bench-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * Writes the starts file of the peers, and returns its path. It holds, little-endian: int32 tokens, dim, runs, and steps or where these adapt the time until
 * which runs go; float32 step or learning rate, and 0; or rtol and atol. Then for every run of `ensemble` in float32 its logits (n), its values
 * (d rows of n), its target (d), and what is known of it in the order of `Known`.
 */
export function writeStarts(folder: string, ensemble: Ensemble, known: readonly Known[]): string {
  const { tokens, dim, runs, integrator, optimizer, until } = ensemble;
  const starts = known.map(({ firstStep, loss, accepted, rejected }, run) => {
    const { logits, values, target } = drawStart(ensemble, run);
    return [...logits, ...values, ...target, firstStep, loss, accepted, rejected];
  });
  const path = join(folder, `starts-${optimizer?.kind ?? integrator?.kind}-${tokens}x${dim}`);
  const lengths = isAdaptive(integrator) ? [integrator.rtol, integrator.atol] : [stepLength(ensemble, 0), 0];
  writeFileSync(path, Int32Array.of(tokens, dim, runs, "steps" in until ? until.steps : endOf(ensemble)));
  writeFileSync(path, Float32Array.from([...lengths, ...starts.flat()]), { flag: "a" });
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
    command = join(dirname(starts), `${basename(making.source)}-${tokens}x${dim}`);
    const shape = [`-DTOKENS=${tokens}`, `-DDIM=${dim}`];
    await compile(making.compiler, [...making.options, ...shape, join(sources, making.source), "-o", command], signal);
  }
  const { ask, close } = converse(command, args, signal);
  try {
    const { worst, others = 0, description } = await ask();
    const allowed = making.ownSteps ? maxDeviationOfOwnSteps : maxDeviation;
    if (typeof worst !== "number" || !(worst <= allowed))
      throw new PeerError(`it computes something else: losses are off by ${worst} of their size, ${digits(allowed)} is allowed`);
    if (!making.ownSteps && !((others as number) <= maxOthers))
      throw new PeerError(`it takes other steps: in ${others} of ${known.runs} runs, ${maxOthers} is allowed`);
    const follow = async (until: number) => {
      const { seconds, accepted = until, rejected = 0 } = await ask(`${until}\n`);
      if (typeof seconds !== "number" || !(seconds > 0)) throw new PeerError("it gave no time");
      return { seconds, accepted: Number(accepted), rejected: Number(rejected) };
    };
    return { description: String(description), deviation: worst, follow, close };
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
