import type { Pool } from "../ensemble/perform.ts";
import { engineOfDevice, openWebgpuEngine } from "../gpu/engine.ts";
import type { Ensemble } from "../model/ensemble.ts";
import { SinkflowError } from "../model/errors.ts";
import type { Engine } from "../model/result.ts";
import type { Platform } from "./library.ts";
import type { DeviceObject, GpuObject } from "./options.ts";

/** An engine in this process, on a device that is handed in or that a `GPU` object gives; undefined where it gives none. */
export async function engineHere({ gpu, device }: { gpu?: GpuObject; device?: DeviceObject }): Promise<Engine | undefined> {
  if (device) return engineOfDevice(device as Parameters<typeof engineOfDevice>[0]);
  type Adapter = Parameters<typeof openWebgpuEngine>[0];
  const find = async () =>
    ((await gpu?.requestAdapter({ powerPreference: "high-performance" }).catch(() => null)) ?? null) as Adapter | null;
  const adapter = await find();
  return adapter ? openWebgpuEngine(adapter, find) : undefined;
}

/** Whether an engine takes all ensembles. */
export function takes(engine: Engine, ensembles: readonly Ensemble[]): boolean {
  try {
    engine.check(ensembles);
    return true;
  } catch (error) {
    if (error instanceof SinkflowError) return false;
    throw error;
  }
}

/** The caller's thread. The float64 reference is loaded with the first task, so that a page begins without it. */
const pool: Pool = {
  size: 1,
  perform: async (task) => (await import("../ensemble/perform.ts")).inlinePool.perform(task),
  close: async () => {},
};

/** A page, or a worker of one: all is computed on this thread but for what the device does, in slices of some hundred milliseconds. */
export const here: Platform = {
  pool: () => pool,
  async open({ engine: kind = "auto", gpu, device }, ensembles, pool) {
    const found = (globalThis as { navigator?: { gpu?: GpuObject } }).navigator?.gpu;
    const asked = gpu ?? found;
    const engine = kind === "cpu" ? undefined : await engineHere({ ...(asked && { gpu: asked }), ...(device && { device }) });
    if (engine && (kind === "webgpu" || takes(engine, ensembles))) return engine;
    if (kind === "webgpu") throw new SinkflowError("device", "engine: expected a WebGPU adapter, got none here; the engine cpu needs none");
    await engine?.close();
    const { cpuEngine } = await import("../ensemble/cpu.ts");
    return cpuEngine(pool);
  },
  async load(address) {
    throw new SinkflowError(
      "input",
      `define: expected definitions, got an address, ${String(address)}, which only Node takes: import the module and hand on what it exports`,
    );
  },
};
