// How much memory sweeps take at their peak, beside what is said before they begin (src/cli/size.ts), on both engines. The process's
// largest resident set, as `timing.peakBytes` has it: on a driver that computes on the CPU that holds the device's buffers and the compiler too.
// The table of docs/limits.md. After npm run build, repeat with:
//   node scripts/with-driver.mjs --driver lavapipe npm run -s script -- bench/memory
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { estimatedPeak } from "../../src/cli/size.ts";
import { parseSpecification } from "../../src/model/grid.ts";
import { openEngine } from "../../src/node.ts";

const euler = (steps: number) => ({ integrator: "euler", until: { steps } });
const short = { until: { maxSteps: 2 } };
interface Shape {
  specification: Record<string, unknown>;
  engines?: readonly ("cpu" | "webgpu")[];
  args?: readonly string[];
  /** Whether rows are stored. */
  stores?: boolean;
}
const shapes: readonly Shape[] = [
  { specification: { tokens: 4, runs: 16, ...euler(10) } },
  { specification: { tokens: 4, runs: 300_000, ...euler(2) } },
  { specification: { tokens: 4, runs: 1_000_000, ...euler(2) }, engines: ["webgpu"], stores: true },
  { specification: { tokens: 4, runs: 3_000_000, ...euler(2) }, engines: ["webgpu"] },
  { specification: { tokens: 64, dim: 8, runs: 200_000, record: { vectors: true }, ...euler(2) }, engines: ["webgpu"], stores: true },
  { specification: { tokens: 64, dim: 8, runs: 20_000, record: { vectors: true }, ...euler(2) }, engines: ["cpu"], stores: true },
  { specification: { tokens: 64, runs: 1000, record: { trajectories: 400, times: { count: 64 } }, ...euler(64) }, stores: true },
  { specification: { tokens: 256, loss: "cross-entropy", runs: 2000, ...euler(2) }, engines: ["webgpu"] },
  { specification: { tokens: 1024, runs: 4, ...euler(2) } },
  { specification: { tokens: 1024, runs: 4, ...short } },
  { specification: { tokens: 1024, loss: "cross-entropy", runs: 64, ...short }, engines: ["webgpu"], args: ["--verify", "0"] },
  { specification: { tokens: 4096, runs: 2, ...euler(1) } },
  { specification: { tokens: 4096, runs: 2, ...short }, engines: ["cpu"] },
  { specification: { tokens: 8, runs: 256, grid: { seed: Array.from({ length: 2000 }, (_, i) => i) }, ...euler(4) }, engines: ["webgpu"] },
];

console.log("| engine | specification | said, GB | peak, GB | said/peak |\n| --- | --- | --- | --- | --- |");
const folder = mkdtempSync(join(tmpdir(), "sinkflow-memory-"));
const only = process.argv.slice(2).map(Number);
let [worst, count] = [1, 0];
try {
  for (const engine of ["cpu", "webgpu"] as const) {
    const opened = await openEngine(engine);
    for (const [i, { specification, engines = ["cpu", "webgpu"], args = [], stores = false }] of shapes.entries()) {
      if (!engines.includes(engine) || (only.length > 0 && !only.includes(i))) continue;
      const out = stores ? ["--out", join(folder, `${count++}`)] : [];
      const samples = args.includes("--verify") ? { samples: 0 } : {};
      const said = estimatedPeak(parseSpecification(specification), opened, samples);
      const command = ["dist/cli.js", "run", "-", "--json", "--quiet", "--engine", engine, ...args, ...out];
      const input = JSON.stringify(specification);
      const { stdout, stderr } = spawnSync(process.execPath, command, { input, maxBuffer: 2 ** 30, encoding: "utf8" });
      if (!stdout) throw new Error(`${input}: ${stderr}`);
      const peak: number = JSON.parse(stdout).timing.peakBytes;
      worst = Math.max(worst, said / peak, peak / said);
      const text = `\`${input.length > 150 ? `${input.slice(0, 150)}…` : input}\`${stores ? ", stored" : ""}${args.length > 0 ? `, ${args.join(" ")}` : ""}`;
      console.log(`| ${engine} | ${text} | ${(said / 1e9).toFixed(2)} | ${(peak / 1e9).toFixed(2)} | ${(said / peak).toFixed(2)} |`);
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}
console.log(`\nAt most a factor of ${worst.toFixed(2)} apart.`);
process.exit(0);
