// How far adaptive runs on the device end from a float64 solve at rtol 1e-10, for each method, loss and normalizer, and how many
// steps they take, as a Markdown table for docs/accuracy.md. "On the way" is the median over runs of the largest error at any recorded time.
// Repeat with: node scripts/with-driver.mjs --driver lavapipe npm run script -- accuracy [RUNS [METHOD…]]

import { runWhole } from "../src/ensemble/whole.ts";
import { designOf } from "../src/model/design.ts";
import { adaptiveKinds } from "../src/model/integrators.ts";
import { losses } from "../src/model/losses.ts";
import { normalizers } from "../src/model/normalizers.ts";
import { parseEnsemble } from "../src/model/specification.ts";
import { isSound, type Status, statuses } from "../src/model/status.ts";
import { openEngine } from "../src/node.ts";
import { simulate } from "../src/reference/simulate.ts";
import { fine, weightError } from "./shared/cases.ts";

const [, , wantedRuns = "24", ...wantedMethods] = process.argv;
const runs = Number(wantedRuns);
const methods = wantedMethods.length > 0 ? adaptiveKinds.filter((kind) => wantedMethods.includes(kind)) : adaptiveKinds;
const { engine } = await openEngine("webgpu");
const names = Object.fromEntries(Object.entries(statuses).map(([name, code]) => [code, name])) as Record<number, Status>;
const quantile = (sorted: readonly number[], q: number) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] as number;
const short = (x: number) => (x === 0 ? "0" : x < 0.001 ? x.toExponential(0) : x < 10 ? String(Number(x.toPrecision(2))) : x.toFixed(0));

console.log(`## ${engine.adapter?.description}\n`);
console.log("| loss, normalizer | method | median error / rtol | 90 % | worst | on the way | steps | most | rejected | endings |");
console.log("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
for (const loss of Object.keys(losses))
  for (const normalizer of Object.keys(normalizers))
    for (const integrator of methods) {
      const ensemble = parseEnsemble({ tokens: 8, loss, normalizer, integrator, runs, record: { trajectories: runs } });
      const { rtol } = ensemble.integrator as { rtol: number };
      const { rows, samples, trajectories } = await runWhole(engine, ensemble, { samples: runs });
      const design = designOf(ensemble)?.map(Math.fround);
      const errors: number[] = [];
      const between: number[] = [];
      let unsolved = 0;
      for (const { run, logits, values, target, end } of samples) {
        if (!isSound(rows.status[run] as number)) continue;
        const exact = simulate(fine(ensemble), { logits, values, target, ...(design && { design }) }, { trajectory: true });
        if (exact.row.status !== statuses.completed) {
          unsolved++;
          continue;
        }
        errors.push(weightError(end.vectors.weights, exact.vectors.weights) / rtol);
        const recorded = trajectories[run]?.weights as number[][];
        between.push(Math.max(...exact.recorded.map((entry, j) => weightError(recorded[j] as number[], entry.weights))) / rtol);
      }
      between.sort((a, b) => a - b);
      errors.sort((a, b) => a - b);
      const mean = (column: "steps" | "rejected") => [...rows[column]].reduce((sum, x) => sum + x, 0) / runs;
      const endings = Object.entries(
        [...rows.status].reduce<Record<string, number>>((counts, code) => {
          const name = names[code] as Status;
          counts[name] = (counts[name] ?? 0) + 1;
          return counts;
        }, {}),
      ).map(([name, count]) => `${count} ${name}`);
      const told =
        errors.length > 0 ? [...[0.5, 0.9, 1].map((q) => short(quantile(errors, q))), short(quantile(between, 0.5))] : Array(4).fill("–");
      const cells = [
        `${loss}, ${normalizer}`,
        integrator,
        ...told,
        mean("steps").toFixed(0),
        Math.max(...rows.steps),
        mean("rejected").toFixed(1),
        `${endings.join(", ")}${unsolved > 0 ? ` (${unsolved} not solved)` : ""}`,
      ];
      console.log(`| ${cells.join(" | ")} |`);
    }
process.exit(0);
