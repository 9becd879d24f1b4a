// What a step of each optimizer costs at 8 tokens and 8 dimensions under softmax and square loss, beside one of Euler's method: the processor
// time of all threads for one step of one run, late in a run. Medians of five.
// Repeat with: node scripts/with-driver.mjs --driver lavapipe npm run script -- bench/optimizers [OPTIMIZER…]

import { optimizerKinds } from "../../src/model/optimizers.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { openEngine } from "../../src/node.ts";
import { stepCosts } from "../shared/processorTime.ts";

const runs = 4096;
const { engine } = await openEngine("webgpu");
console.log(`${engine.adapter?.description}; ${runs} runs, 8 × 8, softmax, square loss`);

const of = (method: object) => (steps: number) => parseEnsemble({ tokens: 8, dim: 8, loss: "square", ...method, until: { steps }, runs });
const wanted = process.argv.slice(2);
const chosen = wanted.length > 0 ? wanted : optimizerKinds;
const methods = [["euler", { integrator: { kind: "euler", step: 0.01 } }] as const].concat(
  chosen.map((kind) => [kind, { optimizer: { kind, learningRate: 1e-3 } }] as never),
);
let euler = 0;
for (const [name, method] of methods) {
  const [least, , median = 0, , most] = await stepCosts(engine, of(method));
  euler ||= median;
  console.log(
    `${name}: ${median.toFixed(1)} ns a run-step (${least?.toFixed(1)} to ${most?.toFixed(1)}), ${(euler / median).toFixed(2)} of Euler's rate`,
  );
}
process.exit(0);
