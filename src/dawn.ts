import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { dealt } from "./gpu/dealing.ts";
import { openWebgpuEngine } from "./gpu/engine.ts";
import { maxPrograms } from "./gpu/program.ts";
import { DeviceFault, SinkflowError, withOptional } from "./model/errors.ts";
import type { Engine } from "./model/result.ts";

type Dawn = typeof import("webgpu");

/** Whether the package that holds Dawn is installed. It may be left out: the CPU engine needs none. */
export function isDawnInstalled(): boolean {
  try {
    createRequire(import.meta.url).resolve("webgpu");
    return true;
  } catch {
    return false;
  }
}

/** What there is in place of an adapter, for an error. */
export const noAdapter = (): string => (isDawnInstalled() ? "none on this machine" : `none without the package webgpu (${withOptional})`);

/** Polls in a row that Dawn may make without a pause, so that a short wait takes less than a millisecond. */
const maxPolls = 100;

/** What a program calls when it gives the device work or waits for it. */
const requests = { GPUQueue: ["submit", "onSubmittedWorkDone"], GPUBuffer: ["mapAsync"] };

type Method = (this: unknown, ...args: unknown[]) => unknown;

/**
 * Makes Dawn pause in long waits. While it waits, Dawn polls in every turn of the event loop: its callback calls the global setImmediate
 * again. That keeps a core busy which a driver on the CPU needs for the work itself, so after `maxPolls` polls in a row it polls once a
 * millisecond. Dawn polls for all that is awaited at once, so a request is answered as soon as it is done, also during a long wait for
 * something else, a pipeline for example, only if it begins a new row of polls. Dawn's callback is recognized as native and without a
 * name; other callbacks are not changed.
 */
function pace(globals: Dawn["globals"]): void {
  const immediate = globalThis.setImmediate;
  let isPolling = false;
  let polls = 0;
  /** What ends the pauses before next polls, one for each of Dawn's instances at most. */
  const pauses = new Set<() => void>();
  const paced = (callback: (...args: unknown[]) => void, ...args: unknown[]) => {
    const isDawns = callback.name === "" && /\[native code\]\s*\}$/.test(Function.prototype.toString.call(callback));
    if (!isDawns) return immediate(callback, ...args);
    polls = isPolling ? polls + 1 : 0;
    const poll = () => {
      isPolling = true;
      try {
        callback(...args);
      } finally {
        isPolling = false;
      }
    };
    if (polls < maxPolls) return immediate(poll);
    const endPause = () => {
      clearTimeout(timer);
      pauses.delete(endPause);
      immediate(poll);
    };
    const timer = setTimeout(() => {
      pauses.delete(endPause);
      poll();
    }, 1);
    pauses.add(endPause);
    return timer;
  };
  globalThis.setImmediate = Object.assign(paced, immediate) as unknown as typeof setImmediate;
  const types = globals as Record<string, { prototype: Record<string, Method> }>;
  for (const [type, names] of Object.entries(requests))
    for (const name of names) {
      const { prototype } = types[type] as (typeof types)[string];
      const request = prototype[name] as Method;
      prototype[name] = function (...args) {
        polls = 0;
        for (const endPause of pauses) endPause();
        return request.apply(this, args);
      };
    }
}

// Dawn's objects need the GPU object that create() returned: if it is collected before them, the process dies.
const instances: GPU[] = [];

/** Loads Dawn with the first one. */
async function createGpu(flags: string[] = []): Promise<GPU> {
  const { create, globals }: Dawn = await import("webgpu");
  Object.assign(globalThis, globals);
  if (instances.length === 0) pace(globals);
  const gpu = create(flags);
  instances.push(gpu);
  return gpu;
}

/** Names of the adapters that the machine's drivers offer; empty without a driver, or without Dawn. */
export async function adapterNames(): Promise<string[]> {
  if (!isDawnInstalled()) return [];
  const gpu = await createGpu(["adapter=?"]);
  try {
    await gpu.requestAdapter(); // the error for an unknown name lists the known ones
  } catch (error) {
    return [...String((error as Error).message).matchAll(/name: '(.*)'$/gm)].map((match) => match[1] as string);
  }
  return [];
}

/** The adapter whose name is `name` or contains it, by default the machine's best; null if there is none. @param option what errors call the name */
export async function findAdapter(name?: string, option = "--adapter"): Promise<GPUAdapter | null> {
  if (name === undefined) {
    if (!isDawnInstalled()) return null;
    const gpu = await createGpu();
    return gpu.requestAdapter({ powerPreference: "high-performance" }).catch(() => null);
  }
  const names = await adapterNames();
  const found =
    names.find((candidate) => candidate === name) ?? names.find((candidate) => candidate.toLowerCase().includes(name.toLowerCase()));
  if (name === "" || found === undefined)
    throw new SinkflowError("device", `${option}: expected one of ${names.join(", ") || `(${noAdapter()})`}, got "${name}"`);
  const gpu = await createGpu([`adapter=${found}`]);
  return gpu.requestAdapter().catch(() => null);
}

/** Threads that compile for a device: Dawn's, or the one of its queue where a driver computes on the CPU. Each device takes some 100 MB, so there are few. */
const compiling = { gpu: 2, cpu: 1, devices: 4 };

/**
 * The engine of an adapter: one of as many devices as the cores can compile for. Throws DeviceFault where the adapter gives none.
 * @param again finds the same adapter once more
 */
export async function openDawnEngine(adapter: GPUAdapter, again: () => Promise<GPUAdapter | null>): Promise<Engine> {
  const threads = adapter.info.isFallbackAdapter ? compiling.cpu : compiling.gpu;
  const devices = Math.min(compiling.devices, Math.ceil(availableParallelism() / threads));
  const open = (found: GPUAdapter) => openWebgpuEngine(found, again, Math.max(maxPrograms / 2, maxPrograms / devices));
  const another = async () => {
    const found = await again();
    if (!found) throw new DeviceFault("the adapter is gone");
    return open(found);
  };
  const first = await open(adapter);
  return devices > 1 ? dealt(first, another, devices) : first; // one alone compiles all families at once
}
