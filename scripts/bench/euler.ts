// What the Euler flow costs under softmax and square loss: the processor time of all threads for one step of one run, late in a run.
// Medians of five.   Repeat with: node scripts/with-driver.mjs --driver lavapipe npm run script -- bench/euler

import { parseEnsemble } from "../../src/model/specification.ts";
import { openEngine } from "../../src/node.ts";
import { stepCosts } from "../shared/processorTime.ts";

const runs = 4096;
const { engine } = await openEngine("webgpu");
console.log(`${engine.adapter?.description}; ${runs} runs, softmax, square loss, Euler`);

for (const [tokens, dim] of [
  [8, 8],
  [16, 8],
  [16, 16],
] as const) {
  const of = (steps: number) =>
    parseEnsemble({ tokens, dim, loss: "square", integrator: { kind: "euler", step: 0.01 }, until: { steps }, runs });
  const sorted = (await stepCosts(engine, of)).map((cost) => cost.toFixed(1));
  console.log(`n = ${tokens}, d = ${dim}: ${sorted[2]} ns a run-step (${sorted[0]} to ${sorted[4]})`);
}
process.exit(0);
