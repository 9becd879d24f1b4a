// What a right driver uses of the bounds of verification, over every loss, normalizer and integrator. Words of a case's name choose some, --fewer those
// that are kept with fewer runs, or not. With --write each row is kept as soon as it is known (scripts/accuracy/certificate.json), and the
// table of all is put into docs/accuracy.md. Otherwise no file is changed.
// Repeat with: node scripts/with-driver.mjs --driver lavapipe npm run script -- certificate RUNS [--write] [--fewer] [WORDS…]

import { parseArgs } from "node:util";
import { openEngine } from "../src/node.ts";
import { runEnsemble } from "../src/sweep/sweep.ts";
import { usedOf } from "../src/verification/judge.ts";
import { block, cases, kept, keyOf, type Measured, tablesOf } from "./accuracy/certificate.ts";
import { now, writeBlock } from "./accuracy/kept.ts";

const flag = { type: "boolean", default: false } as const;
const { values: options, positionals } = parseArgs({ allowPositionals: true, options: { write: flag, fewer: flag } });
const [wanted = "16", ...words] = positionals;
const runs = Number(wanted);
const { engine, pool } = await openEngine("webgpu");
const adapter = engine.adapter?.description ?? "";
const when = now();
const before = kept.all();
const chosen = cases()
  .filter(({ name }) => words.every((word) => name.includes(word)))
  .filter(({ name }) => !options.fewer || (before[keyOf(adapter, name)]?.runs ?? 0) < runs);
const rows: Record<string, Measured> = {};
for (const [i, { name, ensemble }] of chosen.entries()) {
  const record = { ...ensemble.record, trajectories: Math.min(runs, 16) };
  const { verification: v } = await runEnsemble(engine, pool, { ...ensemble, runs, record }, { samples: runs });
  if (!v) throw new Error(`${name}: no run ended soundly`);
  // A bin is counted in whole numbers, and may be the next one: it says nothing of how close.
  const all = Object.entries(v.worst).filter(([, { of = "" }]) => !of.startsWith("distribution"));
  const [key, most] = all.reduce((a, b) => (usedOf(b[1]) > usedOf(a[1]) ? b : a));
  const { exceeded, undecided, beyondRange, worstWeight, typicalWeight, worstEntropy } = v;
  const numbers = { worstWeight, typicalWeight, worstEntropy };
  const row = {
    runs,
    exceeded,
    undecided,
    beyondRange,
    ...numbers,
    used: usedOf(most),
    by: most.of === undefined ? key : `${key}: ${most.of}`,
  };
  rows[keyOf(adapter, name)] = { ...row, ...when };
  if (options.write) kept.put(keyOf(adapter, name), { ...row, ...when });
  console.error(`${i + 1}/${chosen.length} ${name}: ${exceeded} exceeded, ${row.used.toFixed(2)} (${row.by})`);
  if (exceeded > 0) console.error(JSON.stringify(Object.entries(v.worst).filter(([, worst]) => usedOf(worst) > 1)));
}
if (options.write) writeBlock(block, tablesOf(kept.all()));
else console.log(tablesOf(rows));
process.exit(0);
