// How long the dispatches of ensembles take, and how often the device waits for the host: each shape is followed twice by one process, when everything is
// compiled. A dispatch is taken for as long as it is from its submission, or from the end of the one before it, to its end;
// its processor time is of the whole process, which computes on several cores, so that a busy machine does not lengthen it.
// Repeat with: node scripts/with-driver.mjs --driver lavapipe npm run -s script -- bench/dispatches [WORDS…]
import { openWebgpuEngine } from "../../src/gpu/engine.ts";
import { wholeOf } from "../../src/model/result.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { findAdapter } from "../../src/node.ts";

/** Shapes by what they are called. Those of 10,000 runs are small: there the host is waited for. */
const shapes: Record<string, { specification: Record<string, unknown>; reduce?: boolean }> = {
  "8×8 to 1e6": { specification: { tokens: 8, runs: 10_000 } },
  "8×8 Euler, 20,000 steps": { specification: { tokens: 8, runs: 10_000, integrator: "euler", until: { steps: 20_000 } } },
  "8×8, 2¹⁷ runs": { specification: { tokens: 8, runs: 2 ** 17 } },
  "256×64": { specification: { tokens: 256, dim: 64, runs: 16, until: { maxSteps: 40 } }, reduce: false },
  "4096×64": { specification: { tokens: 4096, dim: 64, runs: 16, until: { maxSteps: 8 } } },
  "4096×64 unreduced": { specification: { tokens: 4096, dim: 64, runs: 4, until: { maxSteps: 4 } }, reduce: false },
  "1024×1024": { specification: { tokens: 1024, dim: 1024, runs: 4, until: { maxSteps: 4 } }, reduce: false },
  "1024×1024 Euler": { specification: { tokens: 1024, dim: 1024, runs: 4, integrator: "euler", until: { steps: 8 } }, reduce: false },
  "4096×4096": { specification: { tokens: 4096, dim: 4096, runs: 1, until: { maxSteps: 1 } }, reduce: false },
  "4096×4096 Euler": { specification: { tokens: 4096, dim: 4096, runs: 1, integrator: "euler", until: { steps: 4 } }, reduce: false },
};

const adapter = await findAdapter();
if (!adapter) throw new Error("no WebGPU adapter");

/** What a submission does; entry points by their pipelines. */
let submitted = "";
const names = new WeakMap<object, string>();
/** Milliseconds of the dispatches since they were last told, by entry point; those that began while the device had nothing to do. */
let dispatches: { name: string; ms: number; cpuMs: number }[] = [];
let waits = 0;
let pending = 0;
let lastEnd = 0;
let lastCpu = 0;
/** Milliseconds that all threads of the process have computed. */
const cpuTime = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
/** Calls before or after what a type does. */
function around<T>(type: { prototype: T }, name: keyof T & string, act: (self: T, args: unknown[], result: unknown) => void): void {
  const own = type.prototype[name] as (...args: unknown[]) => unknown;
  type.prototype[name] = function (this: T, ...args: unknown[]) {
    const result = own.apply(this, args);
    act(this, args, result);
    return result;
  } as T[typeof name];
}
around(GPUDevice, "createComputePipelineAsync", (_, [descriptor], result) => {
  const { compute } = descriptor as GPUComputePipelineDescriptor;
  (result as Promise<GPUComputePipeline>).then((pipeline) => names.set(pipeline, compute.entryPoint as string)).catch(() => {});
});
around(GPUComputePassEncoder, "setPipeline", (_, [pipeline]) => {
  submitted = names.get(pipeline as object) ?? "";
});
around(GPUQueue, "submit", (queue) => {
  const began = performance.now();
  const name = submitted;
  submitted = "";
  if (pending++ === 0) {
    waits++;
    lastCpu = cpuTime();
  }
  queue.onSubmittedWorkDone().then(() => {
    const now = performance.now();
    pending--;
    const cpu = cpuTime();
    if (name) dispatches.push({ name, ms: now - Math.max(began, lastEnd), cpuMs: cpu - lastCpu });
    lastEnd = now;
    lastCpu = cpu;
  });
});

const words = process.argv.slice(2);
console.log(`${adapter.info.description}; ${new Date().toISOString().slice(0, 10)}`);
console.log(
  "| shape | | dispatches | times that the device had nothing to do | longest dispatches, ms (of processor time) | all, s |\n| --- | --- | --- | --- | --- | --- |",
);
for (const [shape, { specification, reduce = true }] of Object.entries(shapes)) {
  if (words.length > 0 && !words.some((word) => shape.includes(word))) continue;
  const ensemble = parseEnsemble(specification);
  const engine = await openWebgpuEngine((await findAdapter()) as GPUAdapter);
  await engine.follow([wholeOf(parseEnsemble({ ...specification, runs: 1 }), 1)], { reduce }); // so that everything is compiled
  for (const turn of [1, 2]) {
    dispatches = [];
    waits = 0;
    const began = performance.now();
    await engine.follow([wholeOf(ensemble, 4)], { reduce });
    const seconds = (performance.now() - began) / 1000;
    const longest = [...dispatches].sort((a, b) => b.cpuMs - a.cpuMs).slice(0, 3);
    const told = longest.map(({ name, ms, cpuMs }) => `${name} ${ms.toFixed(0)} (${cpuMs.toFixed(0)})`).join(", ");
    console.log(`| ${shape} | ${turn} | ${dispatches.length} | ${waits} | ${told} | ${seconds.toFixed(1)} |`);
  }
  await engine.close();
}
process.exit(0);
