// How many lanes a run: the same ensembles on one lane, on several of a subgroup, and on workgroups, there with values in registers and
// in memory. The rule in
// src/gpu/mapping.ts is set by this table. Milliseconds of simulation, medians of three by turns; compilation, in seconds, of a
// first run (set MESA_SHADER_CACHE_DISABLE=true, or Mesa remembers).
// Repeat with: node scripts/with-driver.mjs --driver lavapipe npm run script -- bench/lanes
import { subgroupOf } from "../../src/gpu/device.ts";
import { openWebgpuEngine } from "../../src/gpu/engine.ts";
import { mappingOf } from "../../src/gpu/mapping.ts";
import type { Lanes } from "../../src/model/result.ts";
import { findAdapter, parsePoint } from "../../src/node.ts";

const adapter = await findAdapter();
if (!adapter) throw new Error("no WebGPU adapter");
const subgroup = subgroupOf(adapter);
const engine = await openWebgpuEngine(adapter);
const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] as number;
const euler = { integrator: { kind: "euler", step: 0.01 }, until: { steps: 2000 } };
const adaptive = { until: { time: 1e4 } };
const shapes = [
  ...[
    [8, 8],
    [16, 8],
    [16, 16],
  ].map(([tokens, dim]) => ({ tokens, dim, loss: "square", ...euler })),
  ...[
    [8, 8],
    [16, 8],
    [16, 16],
    [32, 8],
  ].map(([tokens, dim]) => ({ tokens, dim, loss: "square", ...adaptive })),
  ...[8, 32, 64, 128, 256, 1024, 4096].map((tokens) => ({ tokens, dim: 1, loss: "logistic", ...adaptive })),
  ...[32, 64, 256].map((tokens) => ({ tokens, dim: tokens, loss: "cross-entropy", until: { time: 100 } })),
] as { tokens: number; dim: number; loss: string; until: object }[];

console.log(`${adapter.info.description}; subgroups of ${subgroup}; ${new Date().toISOString().slice(0, 10)}`);
console.log("lanes (near): ms (compilation, s); the rule's choice with a *");
for (const shape of shapes) {
  const { tokens, dim, loss } = shape;
  const start = { values: { kind: "gaussian", scale: 1 }, logits: { kind: "gaussian", scale: 1 } };
  const point = parsePoint({ ...shape, ...start, runs: Math.max(64, Math.ceil(2 ** 17 / tokens / dim)) });
  const stages = "integrator" in shape ? 1 : 7;
  const { lanes: chosen } = mappingOf(point, {}, subgroup);
  const ways: Lanes[] = [];
  for (let count = 1; count <= Math.min(subgroup, tokens); count *= 2)
    if ((stages * tokens * dim) / count <= 900) ways.push({ count, near: count });
  if (loss === "cross-entropy") for (const count of [16, 64, 256]) ways.push({ count, near: subgroup, memory: true });
  else if (tokens >= 256)
    for (let count = 2 * subgroup; count <= 256; count *= 4) if (tokens / count <= 16) ways.push({ count, near: subgroup });
  const isChosen = ({ count, near, memory = false }: Lanes) =>
    count === chosen.count && near === chosen.near && memory === (chosen.memory ?? false);
  if (!ways.some(isChosen)) ways.push(chosen);
  const times = ways.map((): number[] => []);
  const compile: number[] = [];
  for (let round = 0; round < 4; round++)
    for (const [i, lanes] of ways.entries()) {
      const { timing } = await engine.run(point, { lanes });
      if (round === 0) compile.push(timing.compileMs / 1000);
      else times[i]?.push(timing.simulateMs);
    }
  const cells = ways.map((way, i) => {
    const { count, near, memory } = way;
    return `${count}${near < count ? ` (${near}${memory ? ", memory" : ""})` : ""}${isChosen(way) ? "*" : ""}: ${median(times[i] as number[]).toFixed(0)} (${compile[i]?.toFixed(1)})`;
  });
  const method = stages === 1 ? "euler" : "tsit5";
  console.log(`${tokens} x ${dim} ${loss} ${method}, ${point.runs} runs   ${cells.join("   ")}`);
}
process.exit(0);
