import { cpuEngine } from "../ensemble/cpu.ts";
import { poolOf, type Thread } from "../ensemble/pool.ts";
import { openWebgpuEngine } from "../gpu/engine.ts";
import { SinkflowError } from "../model/errors.ts";
import type { Engine } from "../model/result.ts";

/** Threads of the float64 reference. */
export const pool = poolOf(Math.min(8, navigator.hardwareConcurrency || 1), startThread);
/** The float64 engine. */
export const cpu = cpuEngine(pool);
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

/** After a device is lost, a browser needs a while to start its GPU process again: how often an adapter is asked for, and how long apart. */
const retries = { count: 10, apartMs: 300 };

/** WebGPU if an adapter is found in this many attempts, else the CPU. */
async function openBest(attempts = 1): Promise<Engine> {
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" }).catch(() => null);
  if (adapter) return openWebgpuEngine(adapter);
  if (attempts <= 1) return cpu;
  await new Promise((resolve) => setTimeout(resolve, retries.apartMs));
  return openBest(attempts - 1);
}

/** The tab's engine. It is opened once, and again after it was lost. */
export function tabEngine(): Promise<Engine> {
  best ??= openBest();
  return best;
}

/** Whether another device would fail in the same way. */
const isFinal = (error: unknown) => error instanceof SinkflowError && error.failure !== "device";

/** Calls `act` with the tab's engine. A device can fail at any time: then calls `onLost`, and `act` once more, with a new device. */
export async function withTabEngine<T>(onLost: () => void, act: (engine: Engine) => Promise<T>): Promise<T> {
  const used = tabEngine();
  try {
    return await act(await used);
  } catch (error) {
    if (isFinal(error) || (await used) === cpu) throw error;
    onLost();
    if (best === used) best = openBest(retries.count);
    return act(await tabEngine()); // the new engine, which another request may have opened
  }
}
