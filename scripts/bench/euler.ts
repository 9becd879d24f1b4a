// What the Euler flow costs under softmax and square loss: the processor time of all threads for one step of one run, late in a run.
// It is the difference between a long ensemble and a short one. Unlike wall time it hardly depends on the other load of the machine.
// Medians of five.   Repeat with: node scripts/with-driver.mjs --driver lavapipe npm run script -- bench/euler

import { runWhole } from "../../src/ensemble/whole.ts";
import { openEngine, parseEnsemble } from "../../src/node.ts";

const runs = 4096;
const [early, late] = [600, 2000]; // steps
const { engine } = await openEngine("webgpu");
console.log(`${engine.adapter?.description}; ${runs} runs, softmax, square loss, Euler`);

for (const [tokens, dim] of [
  [8, 8],
  [16, 8],
  [16, 16],
] as const) {
  const processorTime = async (steps: number) => {
    const before = process.cpuUsage();
    await runWhole(
      engine,
      parseEnsemble({ tokens, dim, loss: "square", integrator: { kind: "euler", step: 0.01 }, until: { steps }, runs }),
    );
    const { user, system } = process.cpuUsage(before);
    return (1000 * (user + system)) / runs; // ns
  };
  await processorTime(early);
  const costs: number[] = [];
  for (let i = 0; i < 5; i++) costs.push((-(await processorTime(early)) + (await processorTime(early + late))) / late);
  const sorted = costs.sort((a, b) => a - b).map((cost) => cost.toFixed(1));
  console.log(`n = ${tokens}, d = ${dim}: ${sorted[2]} ns a run-step (${sorted[0]} to ${sorted[4]})`);
}
process.exit(0);
