import { availableParallelism, totalmem } from "node:os";
import { Worker } from "node:worker_threads";
import { findAdapter, noAdapter, openDawnEngine } from "./dawn.ts";
import { cpuEngine } from "./ensemble/cpu.ts";
import { inlinePool, type Pool } from "./ensemble/perform.ts";
import { poolOf, type Thread } from "./ensemble/pool.ts";
import { threadOf } from "./ensemble/thread.ts";
import { traitsOf } from "./gpu/device.ts";
import type { Limits } from "./gpu/layout.ts";
import { definitionModules, hasInlineDefinition } from "./model/definitions.ts";
import type { Ensemble } from "./model/ensemble.ts";
import { DeviceFault, SinkflowError } from "./model/errors.ts";
import type { Engine } from "./model/result.ts";
import type { ThreadSetup } from "./modules.ts";
import { repeated } from "./sweep/repeat.ts";
import { checkDefinitions } from "./verification/definitions.ts";

export { adapterNames, findAdapter, isDawnInstalled, noAdapter } from "./dawn.ts";

/**
 * Worker threads for the reference, by default as many as the machine runs at once. An idle worker does not keep the process alive. Where a
 * definition is held that threads can't import, tasks are performed on the thread of their caller.
 */
export const workerPool = (size = availableParallelism()): Pool => (hasInlineDefinition() ? inlinePool : poolOf(size, startThread));

function startThread(): Thread {
  const workerData: ThreadSetup = { modules: definitionModules() };
  return threadOf(
    new Worker(new URL("./worker.js", import.meta.url), { workerData, execArgv: [] }),
    "a thread of the float64 reference ended",
  );
}

/** `auto`: WebGPU where there is an adapter that takes the ensembles, else the CPU. */
export type EngineChoice = Engine["kind"] | "auto";

export interface OpenedEngine {
  engine: Engine;
  /** Threads for the float64 reference. */
  pool: Pool;
  /** False for a WebGPU driver that computes on the CPU, too. */
  isGpu: boolean;
  /** Of a WebGPU adapter. */
  limits?: Limits;
  /** Bytes of memory that this process may have. */
  memory: number;
  /** Why `auto` did not take a GPU. */
  note?: string | undefined;
}

export interface OpenOptions {
  /** The adapter's name, or a part of it; by default the machine's best. */
  adapter?: string | undefined;
  /** What it is to run. Where that is beyond WebGPU, `auto` takes the CPU. */
  ensembles?: readonly Ensemble[];
  /** Whether runs may be followed in fewer coordinates; default true. */
  reduce?: boolean;
  /**
   * Whether `auto` passes over a WebGPU driver that computes on the CPU: for many ensembles of few runs such a driver compiles longer
   * than the CPU engine runs.
   */
  gpuOnly?: boolean;
}

/**
 * Opens an engine. Throws SinkflowError("device") where WebGPU, or an adapter, is asked for that is not there, and
 * SinkflowError("input") where `webgpu` can't take the ensembles.
 */
export async function openEngine(kind: EngineChoice, options: OpenOptions = {}): Promise<OpenedEngine> {
  const pool = workerPool();
  if (kind === "cpu") return openCpu(pool);
  const adapter = await findAdapter(options.adapter);
  if (!adapter && kind === "webgpu")
    throw new SinkflowError("device", `--engine: expected a WebGPU adapter for webgpu, got ${noAdapter()}; --engine cpu needs none`);
  if (!adapter) return openCpu(pool, (where) => `no WebGPU adapter found: ${where}`);
  const isGpu = !adapter.info.isFallbackAdapter;
  if (kind === "auto" && options.gpuOnly && options.adapter === undefined && !isGpu)
    return openCpu(pool, (where) => `${where}, since ${adapter.info.description || adapter.info.device} is no GPU`);
  const find = () => findAdapter(options.adapter);
  let found: Awaited<ReturnType<typeof find>> = adapter;
  const opening = repeated(async () => {
    found ??= await find();
    if (!found) throw new DeviceFault("the adapter is gone after a fault");
    const first = found;
    found = null;
    return openDawnEngine(first, find);
  });
  const engine = await opening.catch((error) => {
    if (kind === "webgpu" || !(error instanceof SinkflowError)) throw error;
    return error;
  });
  if (engine instanceof SinkflowError) return openCpu(pool, (where) => `${where}, since ${engine.message}`);
  await checkDefinitions(engine).catch(async (error) => {
    await engine.close();
    throw error;
  });
  try {
    engine.check(options.ensembles ?? [], options);
    const { maxStorageBufferBindingSize, maxBufferSize } = adapter.limits;
    const limits = { maxStorageBufferBindingSize, maxBufferSize, ...traitsOf(adapter) };
    return { engine, pool, isGpu, limits, memory: memoryOfProcess() };
  } catch (error) {
    if (kind === "webgpu" || !(error instanceof SinkflowError)) throw error;
    await engine.close();
    return openCpu(pool, (where) => `${where}, since ${error.message}`);
  }
}

/** Bytes: of the machine, or what a group of processes (cgroup) is limited to. Without a limit that is 0, or beyond all memory. */
export const memoryOfProcess = () => Math.min(process.constrainedMemory() || Number.POSITIVE_INFINITY, totalmem());

function openCpu(pool: Pool, noteOf?: (where: string) => string): OpenedEngine {
  const memory = memoryOfProcess();
  return {
    engine: cpuEngine(pool, memory),
    pool,
    isGpu: false,
    memory,
    note: noteOf?.(`computing in float64 on the CPU, ${pool.size} threads`),
  };
}
