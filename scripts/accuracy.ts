// How far adaptive runs on the device end from a float64 solve at rtol 1e-10, per method, loss and normalizer, and how many
// steps they take, as a Markdown table for docs/accuracy.md.
// Repeat with: node scripts/with-driver.mjs --driver lavapipe npm run script -- accuracy [RUNS [METHOD…]]
import { designOf } from "../src/model/design.ts";
import { adaptiveKinds } from "../src/model/integrators.ts";
import { losses } from "../src/model/losses.ts";
import { normalizers } from "../src/model/normalizers.ts";
import { endOf, type Point } from "../src/model/point.ts";
import { isSound, type Status, statuses } from "../src/model/rows.ts";
import { openEngine, parsePoint } from "../src/node.ts";
import { simulate } from "../src/reference/simulate.ts";

const [, , wantedRuns = "24", ...wantedMethods] = process.argv;
const runs = Number(wantedRuns);
const methods = wantedMethods.length > 0 ? adaptiveKinds.filter((kind) => wantedMethods.includes(kind)) : adaptiveKinds;
const { engine } = await openEngine("webgpu");
const names = Object.fromEntries(Object.entries(statuses).map(([name, code]) => [code, name])) as Record<number, Status>;
const quantile = (sorted: readonly number[], q: number) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] as number;
const short = (x: number) => (x === 0 ? "0" : x < 0.001 ? x.toExponential(0) : x < 10 ? String(Number(x.toPrecision(2))) : x.toFixed(0));
const fine = (point: Point): Point => ({
  ...point,
  integrator: { kind: "tsit5", rtol: 1e-10, atol: 1e-12 },
  until: { time: endOf(point), maxSteps: 50_000, converge: false },
});

console.log(`## ${engine.adapter?.description}\n`);
console.log("| loss, normalizer | method | median error / rtol | 90 % | worst | steps | most | rejected | endings |");
console.log("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
for (const loss of Object.keys(losses))
  for (const normalizer of Object.keys(normalizers))
    for (const integrator of methods) {
      const point = parsePoint({ tokens: 8, loss, normalizer, integrator, runs });
      const { rtol } = point.integrator as { rtol: number };
      const { rows, samples } = await engine.run(point, { samples: runs });
      const design = designOf(point)?.map(Math.fround);
      const errors: number[] = [];
      let unsolved = 0;
      for (const { run, logits, values, target, weights } of samples) {
        if (!isSound(rows.status[run] as number)) continue;
        const exact = simulate(fine(point), { logits, values, target, ...(design && { design }) });
        if (exact.row.status !== statuses.completed) {
          unsolved++;
          continue;
        }
        const scale = Math.max(1, ...exact.vectors.weights.map(Math.abs));
        errors.push(Math.max(...exact.vectors.weights.map((p, i) => Math.abs(p - (weights[i] as number)))) / scale / rtol);
      }
      errors.sort((a, b) => a - b);
      const mean = (column: "steps" | "rejected") => [...rows[column]].reduce((sum, x) => sum + x, 0) / runs;
      const endings = Object.entries(
        [...rows.status].reduce<Record<string, number>>((counts, code) => {
          const name = names[code] as Status;
          counts[name] = (counts[name] ?? 0) + 1;
          return counts;
        }, {}),
      ).map(([name, count]) => `${count} ${name}`);
      const told = errors.length > 0 ? [0.5, 0.9, 1].map((q) => short(quantile(errors, q))) : ["–", "–", "–"];
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
