// Whether repeated sweeps in one process, and as processes, take ever more: memory, handles, threads, buffers of the device. The same four
// sweeps by turns, on WebGPU (where there is an adapter) and on the CPU engine, on one engine and one pool of threads; each minute also
// `sinkflow run` as a process of its own, which stores what comes of them. After a sweep garbage is collected, and what is held is noted. A line is fitted to
// the means of 20 stretches of time, the first fifth left out; exit 1 where even the lower end of the slope's interval (95 %) makes more
// than 2 % over all the time. What is compiled of functions grows for long, as V8 meets reasons to compile them again. So of the heap the objects
// without compiled code are judged: they are counted after an eighth of the time and at its end.   After npm run build:
//   node scripts/with-driver.mjs --driver lavapipe npm run -s script -- soak MINUTES
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString, writeHeapSnapshot } from "node:v8";
import { runInNewContext } from "node:vm";
import { cpuEngine } from "../src/ensemble/cpu.ts";
import { openWebgpuEngine } from "../src/gpu/engine.ts";
import { parseSpecification } from "../src/model/grid.ts";
import { findAdapter, workerPool } from "../src/node.ts";
import { runSweep } from "../src/sweep/sweep.ts";

const minutes = Number(process.argv[2] ?? 20);
setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Buffers of the device that were created and not yet destroyed, and their bytes. */
const held = { buffers: 0, bytes: 0 };

/** An object that does as another one does, but for some of its methods. */
const instead = <T extends object>(target: T, methods: Partial<T>): T =>
  new Proxy(target, {
    get(_, key) {
      const value = Object.hasOwn(methods, key) ? methods[key as keyof T] : Reflect.get(target, key, target);
      return typeof value === "function" && !Object.hasOwn(methods, key) ? value.bind(target) : value;
    },
    set: (_, key, value) => Reflect.set(target, key, value, target),
  });

const counted = (device: GPUDevice): GPUDevice =>
  instead(device, {
    createBuffer(descriptor) {
      const buffer = device.createBuffer(descriptor);
      const destroy = buffer.destroy.bind(buffer);
      held.buffers++;
      held.bytes += descriptor.size;
      let isThere = true;
      buffer.destroy = () => {
        if (isThere) {
          held.buffers--;
          held.bytes -= descriptor.size;
        }
        isThere = false;
        return destroy();
      };
      return buffer;
    },
  });

const euler = { integrator: "euler", until: { steps: 50 } };
const sweeps = [
  { tokens: 8, runs: 64, until: { time: 10 }, grid: { normalizer: ["softmax", "sigmoid"], seed: [1, 2, 3] } },
  { tokens: 16, dim: 4, runs: 500, loss: "square", record: { trajectories: 5, vectors: true, times: { count: 16 } }, ...euler },
  { tokens: 4, runs: 20_000, ...euler },
  { tokens: 16, loss: "cross-entropy", runs: 50, integrator: "rk4", until: { steps: 10 } },
];
const pool = workerPool();
const adapter = await findAdapter();
const device =
  adapter && (await openWebgpuEngine(instead(adapter, { requestDevice: async (wanted) => counted(await adapter.requestDevice(wanted)) })));
const engines = [...(device ? [device] : []), cpuEngine(pool)];

const heap = "JavaScript heap, MB";
const measures = {
  "resident memory, MB": () => process.memoryUsage.rss() / 1e6,
  [heap]: () => process.memoryUsage().heapUsed / 1e6,
  "array buffers, MB": () => process.memoryUsage().arrayBuffers / 1e6,
  "active resources": () => process.getActiveResourcesInfo().length,
  "open files": () => readdirSync("/proc/self/fd").length,
  "device buffers": () => held.buffers,
  "device buffers, MB": () => held.bytes / 1e6,
};
type Measure = keyof typeof measures;
const names = Object.keys(measures) as Measure[];
const samples: ({ at: number } & Record<Measure, number>)[] = [];
const processes: { at: number; peak: number }[] = [];

const began = performance.now();
const elapsed = () => (performance.now() - began) / 60_000;
const folder = mkdtempSync(join(tmpdir(), "sinkflow-soak-"));
let [told, failed] = [0, ""];
/** Files of heap snapshots: after an eighth of the time, and at the end. */
const snapshots: string[] = [];
const snapshot = () => snapshots.push(writeHeapSnapshot(join(folder, `${snapshots.length}.heapsnapshot`)));
try {
  for (let i = 0; elapsed() < minutes; i++) {
    const sweep = sweeps[i % sweeps.length] as object;
    const engine = engines[Math.floor(i / sweeps.length) % engines.length] as (typeof engines)[number];
    const small = engine.kind === "cpu" ? { runs: 20 } : {};
    await runSweep(parseSpecification({ ...sweep, ...small }), engine, pool, { samples: 2 });
    if ((i + 1) % (sweeps.length * engines.length) !== 0) continue; // like is compared with like
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 50));
    collectGarbage();
    const now = Object.fromEntries(names.map((name) => [name, measures[name]()])) as Record<Measure, number>;
    samples.push({ at: elapsed(), ...now });
    if (snapshots.length === 0 && elapsed() > minutes / 8) snapshot();
    if (elapsed() - told < 1) continue;
    told = elapsed();
    console.error(
      `${told.toFixed(1)} min, ${i + 1} sweeps: ${names.map((name) => `${name} ${Number(now[name].toPrecision(5))}`).join("; ")}`,
    );
    const command = ["dist/cli.js", "run", "-", "--json", "--quiet", "--fresh", "--out", join(folder, "out")];
    const { stdout, stderr } = spawnSync(process.execPath, command, {
      input: JSON.stringify(sweeps[1]),
      encoding: "utf8",
      maxBuffer: 2 ** 28,
    });
    if (!stdout) throw new Error(stderr);
    processes.push({ at: told, peak: JSON.parse(stdout).timing.peakBytes / 1e6 });
  }
  snapshot();
} catch (error) {
  failed = (error as Error).message;
}

/** Bytes of objects on the heap, without compiled code and what V8 keeps for it, from a file of a snapshot. */
function objectsIn(file: string): number {
  const { nodes, snapshot } = JSON.parse(readFileSync(file, "utf8")) as {
    nodes: number[];
    snapshot: { meta: { node_fields: string[]; node_types: [string[]] } };
  };
  const { node_fields: fields, node_types: types } = snapshot.meta;
  const [type, size] = [fields.indexOf("type"), fields.indexOf("self_size")];
  let sum = 0;
  for (let i = 0; i < nodes.length; i += fields.length)
    if (!["code", "hidden"].includes(types[0][nodes[i + type] as number] as string)) sum += nodes[i + size] as number;
  return sum;
}
const [objectsBefore = Number.NaN, objectsAfter = Number.NaN] = snapshots.map(objectsIn);
rmSync(folder, { recursive: true });

/** Slope, with half of its interval (95 %), and mean of numbers over time: least squares on the means of stretches. */
function lineOf(points: readonly { at: number; y: number }[], stretches: number): { slope: number; half: number; mean: number } {
  const [first, last] = [points[0]?.at ?? 0, points.at(-1)?.at ?? 0];
  const groups = Array.from({ length: stretches }, (): number[][] => []);
  for (const { at, y } of points) groups[Math.min(stretches - 1, Math.floor((stretches * (at - first)) / (last - first)))]?.push([at, y]);
  const meanOf = (xs: readonly number[]) => xs.reduce((sum, x) => sum + x, 0) / xs.length;
  const filled = groups.filter((group) => group.length > 0);
  const ts = filled.map((group) => meanOf(group.map(([at]) => at as number)));
  const ys = filled.map((group) => meanOf(group.map(([, y]) => y as number)));
  const [t, mean] = [meanOf(ts), meanOf(ys)];
  const square = ts.reduce((sum, x) => sum + (x - t) * (x - t), 0);
  const slope = ts.reduce((sum, x, i) => sum + (x - t) * ((ys[i] as number) - mean), 0) / square;
  const rest = ts.reduce((sum, x, i) => {
    const off = (ys[i] as number) - mean - slope * (x - t);
    return sum + off * off;
  }, 0);
  // Student's t at 97.5 % for 18 degrees of freedom, of 20 stretches.
  return { slope, half: 2.1 * Math.sqrt(rest / (filled.length - 2) / square), mean };
}

const settled = samples.filter(({ at }) => at >= minutes / 5);
const duration = (settled.at(-1)?.at ?? 0) - (settled[0]?.at ?? 0);
const rows = names.map((name) => ({
  name,
  ...lineOf(
    settled.map(({ at, [name]: y }) => ({ at, y })),
    20,
  ),
}));
const peaks = processes.filter(({ at }) => at >= minutes / 5).map(({ at, peak }) => ({ at, y: peak }));
const all = [...rows, { name: "peak of a process, MB", ...lineOf(peaks, 20) }];
const sweepCount = samples.length * sweeps.length * engines.length;
console.log(
  `${adapter?.info.description ?? "no adapter"}; ${elapsed().toFixed(0)} min, ${sweepCount} sweeps in one process, ${processes.length} processes; Node ${process.versions.node}`,
);
console.log("\n| held | mean | slope a minute, 95 % |\n| --- | --- | --- |");
const digits = (x: number) => String(Number(x.toPrecision(3)));
for (const { name, slope, half, mean } of all) console.log(`| ${name} | ${digits(mean)} | ${digits(slope)} ± ${digits(half)} |`);
const megabytes = (bytes: number) => (bytes / 1e6).toFixed(3);
console.log(`\nObjects on the heap, without compiled code: ${megabytes(objectsBefore)} MB, at the end ${megabytes(objectsAfter)} MB.`);
const growing = all
  .filter(({ name, slope, half, mean }) => name !== heap && (slope - half) * duration > 0.02 * mean)
  .map(({ name }) => name);
if (!(objectsAfter <= 1.02 * objectsBefore)) growing.push("objects on the heap");
console.log(failed || (growing.length > 0 ? `grows: ${growing.join(", ")}` : "No growth."));
process.exit(failed || growing.length > 0 ? 1 : 0);
