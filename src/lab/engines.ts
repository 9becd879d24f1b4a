import { cpuEngine } from "../ensemble/cpu.ts";
import { poolOf, type Thread } from "../ensemble/pool.ts";
import { openWebgpuEngine } from "../gpu/engine.ts";
import { SinkflowError } from "../model/errors.ts";
import type { Engine } from "../model/result.ts";

/** Threads of the float64 reference. */
export const pool = poolOf(Math.min(8, navigator.hardwareConcurrency || 1), startThread);
const cpu = cpuEngine(pool);
let best: Promise<Engine> | undefined;

function startThread(): Thread {
  const worker = new Worker(new URL("./reference.js", import.meta.url), { type: "module" });
  return {
    perform: (task, moved) =>
      new Promise((resolve, reject) => {
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = ({ message }) => reject(new Error(message || "a thread failed"));
        worker.postMessage(task, moved);
      }),
    close: async () => worker.terminate(),
  };
}

/** After a lost device a browser needs a while to start its GPU process again: how often an adapter is asked for, and how long apart. */
const retries = { count: 10, apartMs: 300 };

/** WebGPU if an adapter is found in so many attempts, else the CPU. */
async function openBest(attempts = 1): Promise<Engine> {
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" }).catch(() => null);
  if (adapter) return openWebgpuEngine(adapter);
  if (attempts <= 1) return cpu;
  await new Promise((resolve) => setTimeout(resolve, retries.apartMs));
  return openBest(attempts - 1);
}

/** The tab's engine, which is opened once; or the float64 one. */
export function engineFor({ engine }: { engine?: "cpu" }): Promise<Engine> {
  if (engine === "cpu") return Promise.resolve(cpu);
  best ??= openBest();
  return best;
}

/** Whether another device would fail in the same way. */
const isFinal = (error: unknown) => error instanceof SinkflowError && error.failure !== "device";

/**
 * Calls `act` with an engine. If a device fails, as it may at any time, calls `onLost`, and then `act` once more with a new device.
 */
export async function withEngine<T>(request: { engine?: "cpu" }, onLost: () => void, act: (engine: Engine) => Promise<T>): Promise<T> {
  const used = engineFor(request);
  try {
    return await act(await used);
  } catch (error) {
    if (isFinal(error) || (await used) === cpu) throw error;
    onLost();
    if (best === used) best = openBest(retries.count);
    return act(await engineFor(request)); // the new engine, also where another request has opened it
  }
}
