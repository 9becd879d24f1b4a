// After how many steps the kernel for GPUs looks for events, where others are sure to be quiet (shaders/steps/sure.wgsl), early in runs and late. Counted
// on any driver, in the place of rejected steps, which fixed steps don't have. It includes the looks that another run of the subgroup asks for.
// Repeat with: node scripts/with-driver.mjs --driver lavapipe npm run -s script -- bench/looks

import shaders from "sinkflow:shaders";
import { runWhole } from "../../src/ensemble/whole.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { asOnGpu } from "../shared/asOnGpu.ts";

const file = "steps/sure.wgsl";
const counted = (shaders[file] as string).replace(/fn renew\([^)]*\) \{\n/, (head) => `${head}  (*progress).rejected++;\n`);
if (counted === shaders[file]) throw new Error(`looks: no place to count in ${file}`);
(shaders as Record<string, string>)[file] = counted;

const engine = await asOnGpu();
const until = [2000, 20_000, 100_000]; // steps
console.log(`${engine.adapter?.description}; looks a step, up to step ${until.join(", from there to step ")}`);
for (const [of, specification] of Object.entries({
  "8×8, square, Euler": { tokens: 8, loss: "square" },
  "16×8, square, Euler": { tokens: 16, dim: 8, loss: "square" },
  "16×16, square, Euler": { tokens: 16, loss: "square" },
  "8×8, logistic, Euler": { tokens: 8 },
  "8×8, cross-entropy, Euler": { tokens: 8, loss: "cross-entropy" },
  "8×8, square, RK4": { tokens: 8, loss: "square", integrator: { kind: "rk4", step: 0.01 } },
})) {
  const counts = [0];
  for (const steps of until) {
    const ensemble = parseEnsemble({ runs: 256, integrator: { kind: "euler", step: 0.01 }, ...specification, until: { steps } });
    const { rows } = await runWhole(engine, ensemble);
    counts.push([...rows.rejected].reduce((sum, looks) => sum + looks, 0) / ensemble.runs);
  }
  const shares = until.map((steps, i) => ((counts[i + 1] as number) - (counts[i] as number)) / (steps - (until[i - 1] ?? 0)));
  console.log(`${of}: ${shares.map((share) => `${(100 * share).toFixed(2)} %`).join(", ")}`);
}
process.exit(0);
