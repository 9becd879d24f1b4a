// Cost against runs and against steps, over four decades each: wall time of a whole ensemble (starts, steps, rows and the summary,
// without compiling), the median of three. n = d = 8, logistic loss, softmax, Euler. Writes scripts/bench/results/linearity.json.
// Repeat with: node scripts/with-driver.mjs --driver lavapipe npm run script -- bench/linearity
import { mkdirSync, writeFileSync } from "node:fs";
import { parseEnsemble } from "../../src/model/specification.ts";
import { openEngine } from "../../src/node.ts";
import { runEnsemble } from "../../src/sweep/sweep.ts";

const { engine, pool } = await openEngine("webgpu");
const command = "npm run script -- bench/linearity";
const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] as number;

interface Measured {
  runs: number;
  steps: number;
  wallMs: number;
  simulateMs: number;
}

async function measure(runs: number, steps: number): Promise<Measured> {
  const integrator = { kind: "euler", step: 0.1 };
  const ensemble = parseEnsemble({ tokens: 8, runs, integrator, until: { steps }, record: { steps: [steps] } });
  const times: { wall: number; simulate: number }[] = [];
  for (let i = 0; i < 3; i++) {
    const began = performance.now();
    const { timing } = await runEnsemble(engine, pool, ensemble, { samples: 0 });
    times.push({ wall: performance.now() - began - timing.compileMs, simulate: timing.simulateMs });
  }
  return { runs, steps, wallMs: median(times.map(({ wall }) => wall)), simulateMs: median(times.map(({ simulate }) => simulate)) };
}

/** Slope of log cost over log size: 1 where cost is linear. */
const slope = (series: readonly Measured[], size: "runs" | "steps") => {
  const [first, last] = [series[0], series.at(-1)] as [Measured, Measured];
  return Math.log(last.wallMs / first.wallMs) / Math.log(last[size] / first[size]);
};

await measure(64, 10); // compiles
const sizes = [100, 1000, 10_000, 100_000, 1_000_000];
const series: Record<"runs" | "steps", Measured[]> = { runs: [], steps: [] };
console.log(`${engine.adapter?.description}\n      runs      steps    wall ms  simulate ms  ns a run and step`);
for (const kind of ["runs", "steps"] as const)
  for (const size of sizes) {
    const measured = kind === "runs" ? await measure(size, 100) : await measure(1000, size / 10);
    series[kind].push(measured);
    const { runs, steps, wallMs, simulateMs } = measured;
    const cells = [
      [runs, 10],
      [steps, 11],
      [wallMs.toFixed(1), 11],
      [simulateMs.toFixed(1), 13],
      [((wallMs * 1e6) / runs / steps).toFixed(1), 19],
    ] as const;
    console.log(cells.map(([cell, width]) => String(cell).padStart(width)).join(""));
  }
const slopes = Object.fromEntries((["runs", "steps"] as const).map((kind) => [kind, slope(series[kind].slice(-3), kind)]));
console.log(`log-log slope over the two upper decades: ${slopes["runs"]?.toFixed(3)} in runs, ${slopes["steps"]?.toFixed(3)} in steps`);
const results = new URL("../../../scripts/bench/results/", import.meta.url);
mkdirSync(results, { recursive: true });
const facts = { command, date: new Date().toISOString(), adapter: engine.adapter, slopes, series };
writeFileSync(new URL("linearity.json", results), `${JSON.stringify(facts, null, 2)}\n`);
process.exit(0);
