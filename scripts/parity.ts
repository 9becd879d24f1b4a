// The worst differences between the device and the float64 reference, for each loss, normalizer and integrator, as a Markdown
// table for docs/parity.md.   Repeat with: node scripts/with-driver.mjs --driver lavapipe npm run script -- parity
import { compare, summarizeComparisons } from "../src/ensemble/verify.ts";
import { openEngine } from "../src/node.ts";
import { parityCases } from "./shared/cases.ts";

const { engine } = await openEngine("webgpu");
console.log(`## ${engine.adapter?.description}\n`);
console.log(
  "| loss, normalizer, integrator | worst weight | typical weight | worst entropy | largest share of the bound | undecided | sinks agree |",
);
console.log("| --- | --- | --- | --- | --- | --- | --- |");
for (const { name, ensemble } of parityCases()) {
  const runs = 200;
  const { samples } = await engine.run({ ...ensemble, runs }, { samples: runs });
  const comparisons = samples.map((sample) => compare(ensemble, sample));
  const v = summarizeComparisons(comparisons);
  if (!v) throw new Error(`${name}: no run ended soundly`);
  const used = Math.max(
    ...comparisons.filter((c) => c.compared).map((c) => Math.max(c.weight / c.weightBound, c.entropy / c.entropyBound)),
  );
  const cells = [name, v.worstWeight, v.typicalWeight, v.worstEntropy, used, v.undecided, v.sinkAgreement ?? "–"];
  console.log(
    `| ${cells.map((x) => (typeof x === "number" ? (Number.isInteger(x) ? x : x < 0.01 ? x.toExponential(1) : x.toFixed(2)) : x)).join(" | ")} |`,
  );
}
process.exit(0);
