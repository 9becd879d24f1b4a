// What the programs of a family take to compile, entry point by entry point, one after the other: processor time of all threads and wall time.
// Repeat with: node scripts/with-driver.mjs --driver lavapipe npm run -s script -- bench/compilation [8×8 [LOSS NORMALIZER [INTEGRATOR]]]
import { compose, type EntryPoint, entryPoints } from "../../src/gpu/compose.ts";
import { openDevice } from "../../src/gpu/device.ts";
import { layOut } from "../../src/gpu/layout.ts";
import { checkedModule, PipelineCache } from "../../src/gpu/program.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { findAdapter } from "../../src/node.ts";

const [shape = "8×8", loss = "logistic", normalizer = "softmax", integrator = "tsit5"] = process.argv.slice(2);
const [tokens, dim] = shape.split(/[x×]/).map(Number);
const adapter = await findAdapter();
if (!adapter) throw new Error("no WebGPU adapter");
const opened = await openDevice(adapter);
const { device, limits } = opened;
const cache = new PipelineCache(opened);
const ensemble = parseEnsemble({ tokens, dim, runs: 4096, loss, normalizer, integrator });
const { mapping } = layOut(ensemble, limits, {});

let total = 0;
async function measured<T>(what: string, work: () => Promise<T>): Promise<T> {
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  const result = await work();
  const { user, system } = process.cpuUsage(cpu);
  total += (user + system) / 1000;
  console.log(
    `${what.padEnd(28)} ${((user + system) / 1000).toFixed(0).padStart(6)} ms of processor time, ${(performance.now() - began).toFixed(0).padStart(6)} ms`,
  );
  return result;
}

for (const program of ["flow", "startAndEnd"] as const) {
  await measured(`${program}: WGSL`, async () => compose(ensemble, program, mapping));
  await measured(`${program}: module`, () => checkedModule(device, compose(ensemble, program, mapping)).checked);
}
for (const entryPoint of Object.keys(entryPoints) as EntryPoint[]) {
  await measured(entryPoint, () => cache.pipeline(ensemble, mapping, entryPoint));
  await measured("  first dispatch", () => cache.ready(ensemble, mapping, entryPoint));
}
console.log(`${total.toFixed(0)} ms of processor time`);
process.exit(0);
