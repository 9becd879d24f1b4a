import { create, globals } from "webgpu";
import { SinkflowError } from "./model/errors.ts";

/** Turns of the event loop that Dawn gets at once for a wait, so that short ones cost no millisecond. */
const turns = 100;

/**
 * While something is awaited, Dawn looks at every turn of the event loop whether it is done: it calls the global setImmediate,
 * from within its own callback, and so keeps a core busy, which a driver on the CPU needs for the work itself. This lets it look
 * once a millisecond where a wait is long. Dawn's callback is told by being native and nameless; all others go through as ever.
 */
function pace(): void {
  const immediate = globalThis.setImmediate;
  let looking = false;
  let looks = 0;
  const paced = (callback: (...args: unknown[]) => void, ...args: unknown[]) => {
    const isDawns = callback.name === "" && /\[native code\]\s*\}$/.test(Function.prototype.toString.call(callback));
    if (!isDawns) return immediate(callback, ...args);
    looks = looking ? looks + 1 : 0;
    const look = () => {
      looking = true;
      try {
        callback(...args);
      } finally {
        looking = false;
      }
    };
    return looks < turns ? immediate(look) : setTimeout(look, 1);
  };
  globalThis.setImmediate = Object.assign(paced, immediate) as unknown as typeof setImmediate;
}

// Dawn's objects live as long as the GPU object that create() returned; collected too early, the process dies.
const instances: GPU[] = [];

function createGpu(flags: string[] = []): GPU {
  Object.assign(globalThis, globals);
  if (instances.length === 0) pace();
  const gpu = create(flags);
  instances.push(gpu);
  return gpu;
}

/** Names of the adapters that the machine's drivers offer; none where there is no driver. */
export async function adapterNames(): Promise<string[]> {
  try {
    await createGpu(["adapter=?"]).requestAdapter(); // Dawn lists what there is in the error for a name that nothing has
  } catch (error) {
    return [...String((error as Error).message).matchAll(/name: '(.*)'$/gm)].map((match) => match[1] as string);
  }
  return [];
}

/** The adapter of a name (or a part of one), or the machine's best; null where there is none. */
export async function findAdapter(name?: string): Promise<GPUAdapter | null> {
  if (name === undefined)
    return createGpu()
      .requestAdapter({ powerPreference: "high-performance" })
      .catch(() => null);
  const names = await adapterNames();
  const found =
    names.find((candidate) => candidate === name) ?? names.find((candidate) => candidate.toLowerCase().includes(name.toLowerCase()));
  if (name === "" || found === undefined)
    throw new SinkflowError("device", `--adapter: expected one of ${names.join(", ") || "(this machine has none)"}, got "${name}"`);
  return createGpu([`adapter=${found}`]).requestAdapter();
}
