// What a verified run costs on one thread: processor time of its examination, of 16 runs that a device followed. "At first" is in a thread that has verified
// nothing before; then the median of eight more rounds.   Repeat with: node scripts/with-driver.mjs --driver lavapipe npm run script -- bench/verification

import { runWhole } from "../../src/ensemble/whole.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { openEngine } from "../../src/node.ts";
import { examine } from "../../src/verification/examine.ts";
import { judge } from "../../src/verification/judge.ts";

const { engine } = await openEngine("webgpu");
const cases = {
  "tsit5, logistic, to 10⁶": {},
  "tsit5, square, to 10⁶": { loss: "square" },
  "bosh3, cross-entropy, to 10⁶": { loss: "cross-entropy", integrator: { kind: "bosh3" } },
  "tsit5, regression, sigmoid, to 10⁶": { loss: "regression", normalizer: "sigmoid" },
  "Euler, logistic, 2,000 steps": { integrator: { kind: "euler", step: 0.05 }, until: { steps: 2000 } },
  "Adam, logistic, 500 steps": { optimizer: { kind: "adam", learningRate: 0.01 }, until: { steps: 500 } },
};
console.log("| n = d = 8 | steps | at first, ms a run | then | exceeded |\n| --- | --- | --- | --- | --- |");
for (const [name, specification] of Object.entries(cases)) {
  const ensemble = parseEnsemble({ tokens: 8, runs: 256, ...specification });
  const { samples, rows } = await runWhole(engine, ensemble, { samples: 16 });
  const [first = 0, ...later] = Array.from({ length: 9 }, () => {
    const before = process.cpuUsage();
    for (const sample of samples) examine(ensemble, sample);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1e3 / samples.length;
  });
  const median = later.sort((a, b) => a - b)[later.length >> 1] as number;
  const exceeded = judge(samples.map((sample) => examine(ensemble, sample)))?.exceeded;
  console.log(`| ${name} | ${rows.steps[0]} | ${first.toFixed(1)} | ${median.toFixed(1)} | ${exceeded} |`);
}
process.exit(0);
