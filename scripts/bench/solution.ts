// Time to solution: adaptive steps against Euler steps at the notebook's learning rate, on one device in one process. For each end
// time both follow the same starts. The error of a run is the largest difference of a final weight from a float64 solve at rtol
// 1e-10; the median over runs is shown. Then a larger ensemble, adaptive alone: medians of five.
// Repeat with: node scripts/with-driver.mjs --driver lavapipe npm run script -- bench/solution

import { runWhole } from "../../src/ensemble/whole.ts";
import type { Integrator } from "../../src/model/integrators.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { openEngine } from "../../src/node.ts";
import { simulate } from "../../src/reference/simulate.ts";

const { engine } = await openEngine("webgpu");
const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] as number;
const runs = 256;
console.log(`${engine.adapter?.description}; n = d = 8, logistic loss, softmax, ${runs} runs`);
for (const time of [1e4, 1e6]) {
  const methods: Record<string, object> = {
    "euler, step 0.1": { kind: "euler", step: 0.1 },
    "tsit5, rtol 1e-2": { kind: "tsit5", rtol: 1e-2, atol: 1e-4 },
    "tsit5, rtol 1e-3": { kind: "tsit5", rtol: 1e-3, atol: 1e-5 },
    "tsit5, rtol 1e-4": { kind: "tsit5", rtol: 1e-4, atol: 1e-6 },
  };
  let exact: Float64Array[] | undefined;
  for (const [name, integrator] of Object.entries(methods)) {
    const ensemble = parseEnsemble({ tokens: 8, runs, until: { time }, integrator, record: { times: { count: 1 } } });
    await runWhole(engine, { ...ensemble, runs: 8, until: { ...ensemble.until, time: 0.1 } }); // compiles
    const { samples, timing, rows } = await runWhole(engine, ensemble, { samples: 32 });
    const solve: Integrator = { kind: "tsit5", rtol: 1e-10, atol: 1e-12 };
    exact ??= samples.map(
      ({ logits, values, target }) =>
        simulate(
          { ...ensemble, integrator: solve, until: { time, maxSteps: 100_000, converge: false } },
          { logits: logits.slice(), values: values.slice(), target },
        ).vectors.weights,
    );
    const distance = (x: Float64Array, y: Float64Array) => x.reduce((worst, p, i) => Math.max(worst, Math.abs(p - (y[i] as number))), 0);
    const errors = samples.map(({ end }, run) => distance(end.vectors.weights, (exact as Float64Array[])[run] as Float64Array));
    console.log(
      `t = ${time.toExponential()}, ${name}: ${Math.max(...rows.steps)} steps, ${timing.simulateMs.toFixed(0)} ms, median error ${median(errors).toExponential(1)}, worst ${Math.max(...errors).toExponential(1)}`,
    );
  }
}
const large = parseEnsemble({ tokens: 8, runs: 65_536 });
const times: number[] = [];
let steps = 0;
for (let i = 0; i < 6; i++) {
  const { timing, rows } = await runWhole(engine, large);
  times.push(timing.simulateMs);
  steps = [...rows.steps].reduce((sum, x) => sum + x, 0) / large.runs;
}
const sorted = times.slice(1).sort((a, b) => a - b);
console.log(
  `65,536 runs to t = 1e6: ${steps.toFixed(1)} accepted steps each, ${sorted[2]?.toFixed(0)} ms (${sorted[0]?.toFixed(0)} to ${sorted[4]?.toFixed(0)})`,
);
process.exit(0);
