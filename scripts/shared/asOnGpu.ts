import { openWebgpuEngine } from "../../src/gpu/engine.ts";
import type { Engine } from "../../src/model/result.ts";
import { findAdapter } from "../../src/node.ts";

/** The engine on the driver at hand, with the kernels and the lanes that a GPU gets. */
export async function asOnGpu(): Promise<Engine> {
  const adapter = await findAdapter();
  if (!adapter) throw new Error("no WebGPU adapter");
  const { features, limits } = adapter;
  const { vendor, architecture, device, description, subgroupMinSize } = adapter.info;
  const info = { vendor, architecture, device, description, subgroupMinSize, isFallbackAdapter: false };
  return openWebgpuEngine({
    features,
    limits,
    info,
    requestDevice: (of: GPUDeviceDescriptor) => adapter.requestDevice(of),
  } as unknown as GPUAdapter);
}
