// What a right driver uses of the bounds of verification, over every loss, normalizer and integrator, as a Markdown table for docs/accuracy.md.
// Repeat with: node scripts/with-driver.mjs --driver lavapipe npm run script -- certificate 64 [WORDS]

import { openEngine } from "../src/node.ts";
import { runEnsemble } from "../src/sweep/sweep.ts";
import { usedOf } from "../src/verification/judge.ts";
import { adaptiveCases, parityCases, tiedCases } from "./shared/cases.ts";

const runs = Number(process.argv[2] ?? 16);
const words = process.argv[3] ?? "";
const { engine, pool } = await openEngine("webgpu");
const small = (x: number | undefined) => (x === undefined ? "–" : x === 0 ? "0" : x.toExponential(1));
console.log(`### ${engine.adapter?.description}: ${runs} runs of each\n`);
console.log(
  "| loss, normalizer, integrator | exceeded | undecided | worst weight | typical weight | worst entropy | most used of a bound |",
);
console.log("| --- | --- | --- | --- | --- | --- | --- |");
let [exceeded, verified, cases] = [0, 0, 0];
for (const { name, ensemble } of [...parityCases(), ...tiedCases(), ...adaptiveCases()].filter(({ name }) => name.includes(words))) {
  const record = { ...ensemble.record, trajectories: Math.min(runs, 16) };
  const { verification: v } = await runEnsemble(engine, pool, { ...ensemble, runs, record }, { samples: runs });
  if (!v) throw new Error(`${name}: no run ended soundly`);
  // A bin is counted in whole numbers, and may be the next one: it says nothing of how close.
  const all = Object.entries(v.worst).filter(([, { of = "" }]) => !of.startsWith("distribution"));
  const [key, most] = all.reduce((a, b) => (usedOf(b[1]) > usedOf(a[1]) ? b : a));
  const what = most.of === undefined ? key : `${key}: ${most.of}`;
  const cells = [name, v.exceeded, v.undecided, small(v.worstWeight), small(v.typicalWeight), small(v.worstEntropy)];
  console.log(`| ${cells.join(" | ")} | ${usedOf(most).toFixed(2)} (${what}) |`);
  if (v.exceeded > 0) console.error(name, JSON.stringify(Object.entries(v.worst).filter(([, worst]) => usedOf(worst) > 1)));
  exceeded += v.exceeded;
  verified += v.runs;
  cases++;
}
console.log(`\n${cases} cases, ${cases * runs} runs, ${verified} of them compared at their ends: ${exceeded} exceeded a bound.`);
process.exit(0);
