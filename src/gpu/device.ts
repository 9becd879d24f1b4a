import { DeviceFault } from "../model/errors.ts";
import type { AdapterDescription } from "../model/result.ts";
import type { Limits } from "./layout.ts";
import type { Traits } from "./mapping.ts";

/** An open device and its adapter. */
export interface OpenDevice {
  device: GPUDevice;
  /** Ends its use: destroys the device, unless it was handed in. */
  release(): void;
  adapter: AdapterDescription;
  limits: Limits;
  /** Why the device is not used any more; undefined as long as it is. */
  fault(): DeviceFault | undefined;
  /** Throws DeviceFault if the device was lost, reported an error or was given up: after a loss most calls succeed silently. */
  check(): void;
  /** Gives the device up, and returns why: the first reason that was given. @param wantsLess whether memory may be the reason */
  fail(message: string, wantsLess?: boolean): DeviceFault;
  /** Settles as the promise does, or is rejected with DeviceFault when the device fails: after a loss a promise may stay pending. */
  orFault<T>(promise: Promise<T>): Promise<T>;
  /**
   * Does what allocates memory of the device and uses it. `had` is fulfilled if there was the memory, and rejected with DeviceFault otherwise.
   */
  allocating<T>(act: () => T): { result: T; had: Promise<void> };
}

export function describeAdapter({ info }: Pick<GPUAdapter, "info">): AdapterDescription {
  return { vendor: info.vendor, architecture: info.architecture, device: info.device, description: info.description };
}

/** What the choice of a mapping needs to know of a device. */
export const traitsOf = ({ features, info }: Pick<GPUAdapter, "features" | "info">): Traits => ({
  subgroup: features.has("subgroups") ? (info.subgroupMinSize ?? 1) : 1,
  isGpu: !info.isFallbackAdapter,
});

/**
 * Opens a device with the adapter's limits on buffers, and with subgroups if it has them; everything else is WebGPU's default. Throws
 * DeviceFault where the adapter gives none, or one that is lost.
 */
export async function openDevice(adapter: GPUAdapter): Promise<OpenDevice> {
  const { maxStorageBufferBindingSize, maxBufferSize } = adapter.limits;
  const requiredLimits = { maxStorageBufferBindingSize, maxBufferSize };
  const limits = { ...requiredLimits, ...traitsOf(adapter) };
  const requiredFeatures: GPUFeatureName[] = limits.subgroup > 1 ? ["subgroups"] : [];
  const device = await adapter.requestDevice({ requiredLimits, requiredFeatures }).catch((error: Error) => {
    throw new DeviceFault(`the adapter gave no device: ${firstLine(error.message)}`);
  });
  return watched(device, describeAdapter(adapter), limits, () => device.destroy());
}

/** Takes a device that was handed in, as it is: with its limits and features. Throws DeviceFault where it is lost. */
export function takeDevice(device: GPUDevice): Promise<OpenDevice> {
  const { adapterInfo: info, features } = device;
  const { maxStorageBufferBindingSize, maxBufferSize } = device.limits;
  const { onuncapturederror } = device;
  const limits = { maxStorageBufferBindingSize, maxBufferSize, ...traitsOf({ features, info }) };
  return watched(device, describeAdapter({ info }), limits, () => {
    device.onuncapturederror = onuncapturederror;
  });
}

async function watched(device: GPUDevice, adapter: AdapterDescription, limits: Limits, release: () => void): Promise<OpenDevice> {
  let fault: DeviceFault | undefined;
  const waiting = new Set<(fault: DeviceFault) => void>();
  const fail = (message: string, wantsLess = isOutOfMemory(message)): DeviceFault => {
    fault ??= new DeviceFault(message, wantsLess);
    for (const reject of waiting) reject(fault);
    waiting.clear();
    return fault;
  };
  device.lost.then(({ reason, message }) => {
    if (reason !== "destroyed") fail(`the device was lost: ${firstLine(message)}`);
  });
  device.onuncapturederror = (event) => {
    event.preventDefault();
    fail(`the device reported: ${firstLine(event.error.message)}`, event.error.constructor.name === "GPUOutOfMemoryError");
  };
  const opened: OpenDevice = {
    device,
    release,
    adapter,
    limits,
    fault: () => fault,
    check() {
      if (fault !== undefined) throw fault;
    },
    fail,
    orFault<T>(promise: Promise<T>) {
      promise.catch(() => {}); // it may fail after the device
      const settled = new Promise<T>((resolve, reject) => {
        if (fault !== undefined) return reject(fault);
        waiting.add(reject);
        promise.then(resolve, reject).finally(() => waiting.delete(reject));
      });
      settled.catch(() => {}); // a failure is reported where it is awaited
      return settled;
    },
    allocating(act) {
      device.pushErrorScope("validation");
      device.pushErrorScope("out-of-memory");
      const result = act();
      const scopes = [device.popErrorScope(), device.popErrorScope()];
      const had = opened.orFault(Promise.all(scopes)).then(
        ([memory, invalid]) => {
          if (memory) throw new DeviceFault(`the device has too little memory: ${firstLine(memory.message)}`, true);
          if (invalid) throw fail(`the device reported: ${firstLine(invalid.message)}`);
        },
        (error) => {
          throw error instanceof DeviceFault ? error : fail(`the device reported nothing: ${firstLine(error.message)}`);
        },
      );
      had.catch(() => {}); // a failure is reported where it is awaited
      return { result, had };
    },
  };
  await opened.orFault(device.queue.onSubmittedWorkDone()); // one that is lost from the beginning says so by then
  opened.check();
  return opened;
}

const isOutOfMemory = (message: string) => /out.of.(\w+.)?memory/i.test(message);

export const firstLine = (text: string) => text.split("\n")[0] || "no reason given";
