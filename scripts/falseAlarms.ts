// False alarms of verification on a driver that is right: over every loss, normalizer and integrator, how many of its verified runs exceed a
// bound, and the largest part of its bound that any number used.   Repeat with: node scripts/with-driver.mjs --driver lavapipe npm run script -- falseAlarms 256
import { cpus } from "node:os";
import { runEnsemble } from "../src/ensemble/run.ts";
import { openEngine } from "../src/node.ts";
import { adaptiveCases, parityCases, tiedCases } from "./shared/cases.ts";

const runs = Number(process.argv[2] ?? 16);
const only = process.argv[3] ?? "";
const { engine, pool } = await openEngine("webgpu");
let [alarms, all] = [0, 0];
for (const { name, ensemble } of [...parityCases(), ...tiedCases(), ...adaptiveCases()].filter(({ name }) => name.includes(only))) {
  const began = performance.now();
  const { verification: v } = await runEnsemble(
    engine,
    pool,
    { ...ensemble, runs, record: { ...ensemble.record, trajectories: Math.min(runs, 16) } },
    { samples: runs },
  );
  const used = Object.entries(v?.worst ?? {})
    .map(([key, w]) => ({ key, used: w.difference === 0 ? 0 : (w.difference ?? Infinity) / w.bound, ...w }))
    .sort((a, b) => b.used - a.used);
  alarms += v?.exceeded ?? 0;
  all += runs;
  console.log(
    `${name} | exceeded ${v?.exceeded} undecided ${v?.undecided} beyond ${v?.beyondRange} of ${runs} | ${used
      .slice(0, 3)
      .map((u) => `${u.key}${u.of ? `/${u.of}` : ""} ${u.used.toPrecision(2)} ${u.used > 1 ? JSON.stringify(u) : ""}`)
      .join(", ")} | ${((performance.now() - began) / 1000).toFixed(1)} s`,
  );
}
console.log(`${alarms} of ${all}`, cpus().length);
process.exit(0);
