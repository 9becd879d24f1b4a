// What a step of each optimizer costs at 8 tokens and 8 dimensions under softmax and square loss, beside one of Euler's method: the processor
// time of all threads for one step of one run, from step 600 to step 2,600 and from 10,000 to 12,000, where the loss has come to 0. Methods take turns; medians of
// five turns, and of the five ratios.
// Repeat with: node scripts/with-driver.mjs --driver lavapipe npm run -s script -- bench/optimizers [OPTIMIZER…]

import { runWhole } from "../../src/ensemble/whole.ts";
import { optimizerKinds } from "../../src/model/optimizers.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { openEngine } from "../../src/node.ts";
import { stepCost } from "../shared/processorTime.ts";

const stretches = [
  { from: 600, to: 2600, runs: 4096 },
  { from: 10_000, to: 12_000, runs: 1024 },
];
const { engine } = await openEngine("webgpu");
console.log(`${engine.adapter?.description}; 8 × 8, softmax, square loss`);

const wanted = process.argv.slice(2);
const chosen = wanted.length > 0 ? wanted : optimizerKinds;
const methods = new Map<string, object>([
  ["euler", { integrator: { kind: "euler", step: 0.01 } }],
  ...chosen.map((kind) => [kind, { optimizer: { kind, learningRate: 1e-3 } }] as const),
]);
const of = (name: string, runs: number) => (steps: number) =>
  parseEnsemble({ tokens: 8, dim: 8, loss: "square", ...methods.get(name), until: { steps }, runs });
const names = [...methods.keys()];
for (const name of names) await runWhole(engine, of(name, 64)(10)); // compiles
for (const { from, to, runs } of stretches) {
  const turns: Map<string, number>[] = [];
  for (let turn = 0; turn < 5; turn++) {
    const costs = new Map<string, number>();
    for (const name of names) costs.set(name, await stepCost(engine, of(name, runs), [from, to]));
    turns.push(costs);
  }
  console.log(`steps ${from} to ${to}, ${runs} runs`);
  for (const name of names) {
    const cost = (costs: Map<string, number>, method = name) => costs.get(method) as number;
    const sorted = (numbers: number[]) => numbers.sort((a, b) => a - b);
    const [least, , median, , most] = sorted(turns.map((costs) => cost(costs)));
    const [low, , ratio, , high] = sorted(turns.map((costs) => cost(costs, "euler") / cost(costs)));
    const text = (x: number | undefined, digits: number) => x?.toFixed(digits);
    console.log(
      `${name}: ${text(median, 1)} ns a run-step (${text(least, 1)} to ${text(most, 1)}), ${text(ratio, 2)} (${text(low, 2)} to ${text(high, 2)}) of Euler's rate`,
    );
  }
}
process.exit(0);
