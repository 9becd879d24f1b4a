// Round trips to the device, alone and while a pipeline compiles, and what the main thread uses of a core in a long wait. Linux only.
// Repeat with: node scripts/with-driver.mjs --driver lavapipe npm run script -- bench/roundTrips
import { readFileSync } from "node:fs";
import { openDevice } from "../../src/gpu/device.ts";
import { mappingOf } from "../../src/gpu/mapping.ts";
import { PipelineCache } from "../../src/gpu/program.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { findAdapter } from "../../src/node.ts";

const adapter = await findAdapter();
if (!adapter) throw new Error("no WebGPU adapter");
const opened = await openDevice(adapter);
const { device, limits } = opened;
const { queue } = device;
const buffer = device.createBuffer({ size: 16, usage: 0x9 }); // GPUBufferUsage.MAP_READ | COPY_DST

/** Milliseconds that the main thread has computed. */
const cpuMs = () => Number(readFileSync("/proc/self/schedstat", "utf8").split(" ")[0]) / 1e6;

/** Compiles a program that no cache can hold. */
function compile(): Promise<unknown> {
  const ensemble = parseEnsemble({ tokens: 16, dim: 16, polarizedAt: 0.9 + 0.05 * Math.random() });
  return new PipelineCache(opened).pipeline(ensemble, mappingOf(ensemble, {}, limits), "flow");
}

/** Milliseconds of a wait, and how much of them the main thread computed. */
async function waited(wait: () => Promise<unknown>): Promise<string> {
  const [began, cpu] = [performance.now(), cpuMs()];
  await wait();
  const ms = performance.now() - began;
  return `${ms.toFixed(0)} ms, of which the main thread computed ${(cpuMs() - cpu).toFixed(0)} ms`;
}

const trips = {
  onSubmittedWorkDone() {
    queue.submit([device.createCommandEncoder().finish()]);
    return queue.onSubmittedWorkDone();
  },
  async mapAsync() {
    const encoder = device.createCommandEncoder();
    encoder.clearBuffer(buffer);
    queue.submit([encoder.finish()]);
    await buffer.mapAsync(1); // GPUMapMode.READ
    buffer.unmap();
  },
};

/** Median milliseconds of a round trip while something else goes on, for three seconds at most. */
async function measure(trip: () => Promise<unknown>, during: { goesOn: boolean }): Promise<string> {
  const times: number[] = [];
  for (const began = performance.now(); during.goesOn && performance.now() < began + 3000; ) {
    const start = performance.now();
    await trip();
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const at = (q: number) => times[Math.floor(q * (times.length - 1))]?.toFixed(3);
  return `${at(0.5)} ms (${at(0.9)} in 9 of 10; ${times.length} trips)`;
}

console.log(`${adapter.info.description}; ${new Date().toISOString().slice(0, 10)}`);
for (const [name, trip] of Object.entries(trips)) {
  console.log(`${name}, alone: ${await measure(trip, { goesOn: true })}`);
  const during = { goesOn: true };
  const compiled = compile().then(() => {
    during.goesOn = false;
  });
  await Promise.resolve();
  console.log(`${name}, while a pipeline compiles: ${await measure(trip, during)}`);
  await compiled;
}
console.log(`a wait for a pipeline: ${await waited(compile)}`);

const code = `@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@compute @workgroup_size(1) fn main() { var y = x[0]; for (var i = 0u; i < 150000000u; i++) { y = fma(y, 0.5, 1.0); } x[0] = y; }`;
const pipeline = await device.createComputePipelineAsync({ layout: "auto", compute: { module: device.createShaderModule({ code }) } });
const storage = device.createBuffer({ size: 4, usage: 0x80 }); // GPUBufferUsage.STORAGE
const bindings = device.createBindGroup({
  layout: pipeline.getBindGroupLayout(0),
  entries: [{ binding: 0, resource: { buffer: storage } }],
});
const dispatch = () => {
  const encoder = device.createCommandEncoder();
  const computePass = encoder.beginComputePass();
  computePass.setPipeline(pipeline);
  computePass.setBindGroup(0, bindings);
  computePass.dispatchWorkgroups(1);
  computePass.end();
  queue.submit([encoder.finish()]);
  return queue.onSubmittedWorkDone();
};
await dispatch(); // the driver may compile now
console.log(`a wait for a long dispatch: ${await waited(dispatch)}`);
process.exit(0);
