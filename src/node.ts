import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { findAdapter } from "./dawn.ts";
import { cpuEngine } from "./ensemble/cpu.ts";
import type { Pool } from "./ensemble/perform.ts";
import { poolOf, type Thread } from "./ensemble/pool.ts";
import { openWebgpuEngine } from "./gpu/engine.ts";
import { SinkflowError } from "./model/errors.ts";
import type { Engine } from "./model/result.ts";

export { adapterNames, findAdapter } from "./dawn.ts";
export * from "./index.ts";

/** Worker threads for the reference, by default as many as the machine runs at once. An idle one does not keep the process alive. */
export const workerPool = (size = availableParallelism()): Pool => poolOf(size, startThread);

function startThread(): Thread {
  const worker = new Worker(new URL("./worker.js", import.meta.url));
  worker.unref();
  return {
    perform: (task, moved) =>
      new Promise((resolve, reject) => {
        const finish = (act: () => void) => {
          worker.off("message", onMessage);
          worker.off("error", onError);
          worker.unref();
          act();
        };
        const onMessage = (result: unknown) => finish(() => resolve(result));
        const onError = (error: Error) => finish(() => reject(error));
        worker.ref();
        worker.on("message", onMessage).on("error", onError);
        worker.postMessage(task, moved);
      }),
    close: () => worker.terminate(),
  };
}

/** `auto`: WebGPU where there is an adapter that takes the ensembles, else the CPU. */
export type EngineChoice = Engine["kind"] | "auto";

export interface OpenedEngine {
  engine: Engine;
  /** Threads for the float64 reference. */
  pool: Pool;
  /** False for a WebGPU driver that computes on the CPU, too. */
  isGpu: boolean;
  /** Why `auto` did not take a GPU. */
  note?: string;
}

interface OpenOptions {
  /** The adapter's name, or a part of it; by default the machine's best. */
  adapter?: string;
  /** Throws a SinkflowError if the ensembles are beyond an engine. `auto` asks it. */
  fits?: (engine: Engine) => void;
  /**
   * Whether `auto` passes over a WebGPU driver that is on the CPU itself: many ensembles of few runs take such a driver longer to
   * compile than the CPU engine takes to run them.
   */
  gpuOnly?: boolean;
}

/** Opens an engine. Throws SinkflowError("device") where WebGPU, or an adapter, is asked for that is not there. */
export async function openEngine(kind: EngineChoice, options: OpenOptions = {}): Promise<OpenedEngine> {
  const pool = workerPool();
  if (kind === "cpu") return openCpu(pool);
  const adapter = await findAdapter(options.adapter);
  if (!adapter && kind === "webgpu")
    throw new SinkflowError("device", "--engine: expected a WebGPU adapter for webgpu, got none on this machine; --engine cpu needs none");
  if (!adapter) return openCpu(pool, (where) => `no WebGPU adapter found: ${where}`);
  const isGpu = !adapter.info.isFallbackAdapter;
  if (kind === "auto" && options.gpuOnly && options.adapter === undefined && !isGpu)
    return openCpu(pool, (where) => `${where}, since ${adapter.info.description || adapter.info.device} is no GPU`);
  const engine = await openWebgpuEngine(adapter);
  const problem = kind === "auto" ? problemOf(engine, options.fits) : undefined;
  if (problem === undefined) return { engine, pool, isGpu };
  await engine.close();
  return openCpu(pool, (where) => `${where}, since ${problem}`);
}

function openCpu(pool: Pool, noteOf?: (where: string) => string): OpenedEngine {
  const note = noteOf?.(`computing in float64 on the CPU, ${pool.size} threads`);
  return { engine: cpuEngine(pool), pool, isGpu: false, ...(note !== undefined && { note }) };
}

/** Why an engine does not take the ensembles; undefined if it does. */
function problemOf(engine: Engine, fits: OpenOptions["fits"]): string | undefined {
  try {
    fits?.(engine);
  } catch (error) {
    if (error instanceof SinkflowError) return error.message;
    throw error;
  }
}
