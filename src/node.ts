import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { findAdapter } from "./dawn.ts";
import { cpuEngine } from "./ensemble/cpu.ts";
import { poolOf, type Thread } from "./ensemble/pool.ts";
import type { Pool } from "./ensemble/tasks.ts";
import { openWebgpuEngine } from "./gpu/engine.ts";
import { SinkflowError } from "./model/errors.ts";
import type { Engine } from "./model/result.ts";

export { adapterNames, findAdapter } from "./dawn.ts";
export * from "./index.ts";

/** Worker threads for the reference, one a core; one that waits does not keep the process alive. */
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

export interface OpenedEngine {
  engine: Engine;
  pool: Pool;
  /** Whether it computes on a GPU, not on a driver that is on the CPU. */
  isGpu: boolean;
  /** Why `auto` did not take a GPU. */
  note?: string;
}

/**
 * Opens an engine: `webgpu`, `cpu`, or `auto`, which takes WebGPU where there is an adapter and it takes the ensembles
 * (as `fits`, given the engine, tells by not throwing), else the CPU. With `gpuOnly` it passes over a driver that is on the CPU
 * itself: many ensembles of few runs take such a one longer to compile than the CPU engine takes to follow them. Throws
 * SinkflowError("device").
 */
export async function openEngine(
  kind: "auto" | "webgpu" | "cpu",
  { adapter: name, fits, gpuOnly = false }: { adapter?: string; fits?: (engine: Engine) => void; gpuOnly?: boolean } = {},
): Promise<OpenedEngine> {
  const pool = workerPool();
  const onCpu = (reason?: string): OpenedEngine => {
    const note = reason === undefined ? {} : { note: `computing in float64 on the CPU, ${pool.size} threads, since ${reason}` };
    return { engine: cpuEngine(pool), pool, isGpu: false, ...note };
  };
  if (kind === "cpu") return onCpu();
  const adapter = await findAdapter(name);
  if (!adapter) {
    if (kind === "webgpu")
      throw new SinkflowError(
        "device",
        "--engine: expected a WebGPU adapter for webgpu, got none on this machine; --engine cpu needs none",
      );
    return { ...onCpu(), note: `no WebGPU adapter found: computing in float64 on the CPU, ${pool.size} threads` };
  }
  const isGpu = !adapter.info.isFallbackAdapter;
  if (kind === "auto" && gpuOnly && name === undefined && !isGpu)
    return onCpu(`${adapter.info.description || adapter.info.device} is no GPU`);
  const engine = await openWebgpuEngine(adapter);
  if (kind === "auto") {
    try {
      fits?.(engine);
    } catch (error) {
      if (!(error instanceof SinkflowError)) throw error;
      await engine.close();
      return onCpu(error.message);
    }
  }
  return { engine, pool, isGpu };
}
