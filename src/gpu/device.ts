import { SinkflowError } from "../model/errors.ts";
import type { AdapterDescription } from "../model/result.ts";
import type { Limits } from "./layout.ts";
import type { Traits } from "./mapping.ts";

/** An open device and its adapter. */
export interface OpenDevice {
  device: GPUDevice;
  adapter: AdapterDescription;
  limits: Limits;
  /** Throws if the device was lost or reported an error: after a loss most calls succeed silently. */
  check(): void;
}

export function describeAdapter({ info }: GPUAdapter): AdapterDescription {
  return { vendor: info.vendor, architecture: info.architecture, device: info.device, description: info.description };
}

/** What the choice of a mapping needs to know of a device. */
export const traitsOf = ({ features, info }: GPUAdapter): Traits => ({
  subgroup: features.has("subgroups") ? (info.subgroupMinSize ?? 1) : 1,
  isGpu: !info.isFallbackAdapter,
});

/** Opens a device with the adapter's limits on buffers, and with subgroups if it has them; everything else is WebGPU's default. */
export async function openDevice(adapter: GPUAdapter): Promise<OpenDevice> {
  const { maxStorageBufferBindingSize, maxBufferSize } = adapter.limits;
  const requiredLimits = { maxStorageBufferBindingSize, maxBufferSize };
  const limits = { ...requiredLimits, ...traitsOf(adapter) };
  const device = await adapter.requestDevice({ requiredLimits, requiredFeatures: limits.subgroup > 1 ? ["subgroups"] : [] });
  let fault: string | undefined;
  device.lost.then(({ reason, message }) => {
    if (reason !== "destroyed") fault ??= `the device was lost: ${firstLine(message)}`;
  });
  device.onuncapturederror = (event) => {
    event.preventDefault();
    fault ??= `the device reported: ${firstLine(event.error.message)}`;
  };
  return {
    device,
    adapter: describeAdapter(adapter),
    limits,
    check() {
      if (fault !== undefined) throw new SinkflowError("device", fault);
    },
  };
}

const firstLine = (text: string) => text.split("\n")[0] || "no reason given";
