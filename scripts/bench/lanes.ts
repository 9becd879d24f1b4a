// The best number of lanes for a run: the same ensembles on one lane, on several of a subgroup, and on workgroups, there with values in
// registers and in memory. The rule in src/gpu/mapping.ts is made from this table. Milliseconds of simulation, medians of three by turns; seconds of compilation in
// a first run (set MESA_SHADER_CACHE_DISABLE=true, or Mesa uses its cache). On a GPU there are 64 times as many runs, and Euler steps 10 times.
// Repeat with: node scripts/with-driver.mjs --driver lavapipe npm run script -- bench/lanes [euler] [tsit5] [logistic] [cross-entropy]

import { runWhole } from "../../src/ensemble/whole.ts";
import { traitsOf } from "../../src/gpu/device.ts";
import { openWebgpuEngine } from "../../src/gpu/engine.ts";
import { mappingOf } from "../../src/gpu/mapping.ts";
import type { Lanes } from "../../src/model/result.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { findAdapter } from "../../src/node.ts";

const adapter = await findAdapter();
if (!adapter) throw new Error("no WebGPU adapter");
const traits = traitsOf(adapter);
const { subgroup, isGpu } = traits;
const engine = await openWebgpuEngine(adapter);
const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] as number;
const shape = ([tokens, dim]: readonly number[]) => ({ tokens: tokens as number, dim: dim as number });
const small = [
  [8, 8],
  [16, 8],
  [16, 16],
];
const until = { time: 1e4 };
const groups = {
  euler: [
    ...small,
    [32, 8],
    [32, 32],
    ...(isGpu
      ? [
          [64, 64],
          [96, 96],
        ]
      : []),
  ].map((size) => ({
    ...shape(size),
    loss: "square",
    integrator: { kind: "euler", step: 0.01 },
    until: { steps: isGpu ? 20_000 : 2000 },
  })),
  tsit5: [...small, [32, 8], [32, 32]].map((size) => ({ ...shape(size), loss: "square", until })),
  logistic: [8, 32, 64, 128, 256, 1024, 4096].map((tokens) => ({ tokens, dim: 1, loss: "logistic", until })),
  "cross-entropy": [32, 64, ...(isGpu ? [128] : []), 256, 1024].map((tokens) => ({
    tokens,
    dim: tokens,
    loss: "cross-entropy",
    until: { time: 100 },
  })),
};
type Group = keyof typeof groups;
const wanted = (process.argv.length > 2 ? process.argv.slice(2) : Object.keys(groups)) as Group[];

/** The mappings that are tried: what unrolled is small enough to compile, and on a workgroup, which a driver on the CPU is slow at. */
function waysOf(group: Group, tokens: number, dim: number): Lanes[] {
  const stages = group === "euler" ? 1 : 7;
  const ways: Lanes[] = [];
  for (let count = 1; count <= Math.min(subgroup, tokens); count *= 2)
    if ((stages * tokens * dim) / count <= 900) ways.push({ count, subgroupLanes: count });
  if (tokens * dim >= 1024)
    for (const count of [16, 64, 128, 256]) if (count > subgroup) ways.push({ count, subgroupLanes: subgroup, memory: true });
  if (tokens > subgroup && dim <= 64 && (isGpu || tokens >= 256))
    for (let count = 2 * subgroup; count <= Math.min(256, tokens); count *= 2)
      if ((tokens * dim) / count <= 64) ways.push({ count, subgroupLanes: subgroup });
  return ways;
}

console.log(`${adapter.info.description}; subgroups of ${subgroup}; ${new Date().toISOString().slice(0, 10)}`);
console.log("lanes (of a subgroup): ms (compilation, s); the rule's choice with a *");
for (const group of wanted)
  for (const size of groups[group]) {
    const { tokens, dim, loss } = size;
    const start = { values: { kind: "gaussian", scale: 1 }, logits: { kind: "gaussian", scale: 1 } };
    const runs = Math.max(64, Math.ceil(((isGpu ? 64 : 1) * 2 ** 17) / tokens / dim));
    const ensemble = parseEnsemble({ ...size, ...start, runs });
    const { lanes: chosen } = mappingOf(ensemble, {}, traits);
    const ways = waysOf(group, tokens, dim);
    const isChosen = ({ count, subgroupLanes, memory = false }: Lanes) =>
      count === chosen.count && subgroupLanes === chosen.subgroupLanes && memory === (chosen.memory ?? false);
    if (!ways.some(isChosen)) ways.push(chosen);
    const times = ways.map((): number[] => []);
    const compile = ways.map(() => 0);
    const compiled = async (lanes: Lanes, i: number) => {
      compile[i] = (await runWhole(engine, { ...ensemble, runs: 2 }, { lanes })).timing.compileMs / 1000;
    };
    if (isGpu) await Promise.all(ways.map(compiled));
    else for (const [i, lanes] of ways.entries()) await compiled(lanes, i);
    for (let round = 0; round < 3; round++)
      for (const [i, lanes] of ways.entries()) times[i]?.push((await runWhole(engine, ensemble, { lanes })).timing.simulateMs);
    const cells = ways.map((way, i) => {
      const { count, subgroupLanes, memory } = way;
      const where = subgroupLanes < count ? ` (${subgroupLanes}${memory ? ", memory" : ""})` : "";
      return `${count}${where}${isChosen(way) ? "*" : ""}: ${median(times[i] as number[]).toFixed(isGpu ? 1 : 0)} (${compile[i]?.toFixed(1)})`;
    });
    console.log(`${tokens} x ${dim} ${loss} ${group === "euler" ? "euler" : "tsit5"}, ${runs} runs   ${cells.join("   ")}`);
  }
process.exit(0);
