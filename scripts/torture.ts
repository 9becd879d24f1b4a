// Tries to break sweeps, and prints one table: faults tried, survived, lost and silently wrong, by kind. It builds nothing: it takes dist/.
// Faults of devices have a test of their own (test/gpu), and are not in the table.
// Repeat with: npm run torture [-- KIND… --slice 1/1 --seed 1 --write]
//
// KIND is one of kills, faults, power, damage, contention, folder; by default all. All of it takes hours: `--slice I/N` tries the I-th of N
// slices, which together try all. --write puts the rows of the kinds that were tried into scripts/torture/results.json, beside those of other
// slices, and the table of what is there into results.md. It exits with 1 where something is lost, silently wrong, badly said or left behind.
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { version } from "../src/version.ts";
import { contend } from "./torture/contention.ts";
import { damage, drawFlips, truncations } from "./torture/damage.ts";
import { injectFaults } from "./torture/faults.ts";
import { takeAway } from "./torture/folder.ts";
import { kill } from "./torture/kills.ts";
import { cutPower } from "./torture/power.ts";
import { copyProgram, run, start } from "./torture/programs.ts";
import { randomOf } from "./torture/random.ts";
import { readDamaged } from "./torture/reader.ts";
import { keep, writeResults } from "./torture/results.ts";
import { recordsOf, type Sweep, type SweepName, undisturbed, undisturbedFolder } from "./torture/sweeps.ts";
import { Tally, tableOf } from "./torture/tally.ts";

const kinds = ["kills", "faults", "power", "damage", "contention", "folder"] as const;
type Kind = (typeof kinds)[number];
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    slice: { type: "string", default: "1/1" },
    seed: { type: "string", default: "1" },
    lanes: { type: "string", default: "2" },
    write: { type: "boolean", default: false },
    keep: { type: "boolean", default: false },
  },
});
const unknown = positionals.filter((kind) => !(kinds as readonly string[]).includes(kind));
const [seed, lanes] = [Number(values.seed), Number(values.lanes)];
const [number, slices] = values.slice.split("/").map(Number) as [number, number];
const isSlice = Number.isInteger(number) && Number.isInteger(slices) && number >= 1 && number <= slices;
if (unknown.length > 0 || !isSlice || !Number.isInteger(seed) || !(lanes >= 1)) {
  console.error(
    `expected kinds out of ${kinds.join(", ")}, --slice I/N with I from 1 to N, --lanes above 0, a whole --seed, got ${process.argv.slice(2).join(" ")}`,
  );
  process.exit(2);
}
const isChosen = (kind: Kind) => positionals.length === 0 || positionals.includes(kind);
/** How many of `count` trials are of this slice: the slices' are `count` together. */
const share = (count: number) => Math.floor((number * count) / slices) - Math.floor(((number - 1) * count) / slices);
/** Of trials in a row, those of this slice. */
const every = { first: number - 1, stride: slices };

copyProgram();
const scratch = mkdtempSync(join(tmpdir(), "sinkflow-torture-"));
const random = randomOf(seed * 1000 + number);
const tally = new Tally();
const known = new Map<SweepName, Sweep>();
async function sweep(name: SweepName): Promise<Sweep> {
  const found = known.get(name) ?? (await undisturbed(scratch, name));
  known.set(name, found);
  return found;
}

/** A folder of a sweep that was killed when it had some of its parts. */
async function half(of: Sweep, parts: number): Promise<string> {
  for (let time = 0; time < 50; time++) {
    const out = join(scratch, `${of.name}.half`);
    rmSync(out, { recursive: true, force: true });
    const holder = start([...of.args, "--quiet", "--out", out]);
    for (let i = 0; i < 5000 && recordsOf(out).size < parts; i++) await new Promise((resolve) => setTimeout(resolve, 2));
    holder.kill("SIGKILL", "group");
    const { code } = await holder.finished;
    await new Promise((resolve) => setTimeout(resolve, 1000)); // till its threads have ended, too
    if (code === null) return out;
  }
  throw new Error(`${of.name}: expected to kill it before its end`);
}

async function kills(): Promise<void> {
  const options = { scratch, tally, random, lanes };
  await kill({ ...options, sweep: await sweep("long"), count: share(700) });
  await kill({ ...options, sweep: await sweep("long"), count: share(100), fresh: true });
  await kill({ ...options, sweep: await sweep("records"), count: share(100) });
  await kill({ ...options, sweep: await sweep("device"), count: share(100) });
}

async function faults(): Promise<void> {
  const options = { scratch, tally, lanes, choose: (_: unknown, index: number) => index % slices === every.first };
  const small = await sweep("small");
  await injectFaults({ ...options, sweep: small });
  const begun = await half(small, 1);
  await injectFaults({ ...options, sweep: small, prepare: { name: "resumed", folder: (out) => cpSync(begun, out, { recursive: true }) } });
  const old = undisturbedFolder(scratch, small);
  const folder = (out: string) => cpSync(old, out, { recursive: true });
  await injectFaults({ ...options, sweep: small, prepare: { name: "--fresh", folder, args: ["--fresh"] } });
}

async function damages(): Promise<void> {
  const [tiny, small, long] = [await sweep("tiny"), await sweep("small"), await sweep("long")];
  const [whole, part] = [undisturbedFolder(scratch, long), await half(long, 8)];
  const options = { scratch, tally, lanes };
  const one = undisturbedFolder(scratch, tiny);
  await readDamaged({ scratch, sweep: tiny, folder: one, tally, every });
  await damage({ ...options, sweep: long, folder: whole, name: "complete", damages: drawFlips(whole, share(5000), random) });
  await damage({ ...options, sweep: long, folder: part, name: "incomplete", damages: drawFlips(part, share(5000), random) });
  const files = ["parts/000000.json", "runs/000000.parquet", "trajectories/000000.parquet"];
  const some = (each: number) => ({ first: each * every.first, stride: each * every.stride });
  await damage({ ...options, sweep: tiny, folder: one, name: "small part", damages: truncations(one, files, some(16)) });
  const begun = await half(small, 2);
  const others = ["manifest.json"];
  await damage({ ...options, sweep: small, folder: begun, name: "incomplete", damages: truncations(begun, others, some(10)) });
}

const work: Record<Kind, () => Promise<void>> = {
  kills,
  faults,
  power: async () => cutPower({ scratch, tally, random, lanes, sweep: await sweep("small"), count: share(1000) }),
  damage: damages,
  contention: async () => {
    for (let i = share(10); i > 0; i--) await contend({ scratch, tally, sweep: await sweep("long") });
  },
  folder: async () => {
    const times = share(7);
    if (times > 0) await takeAway({ scratch, tally, sweep: await sweep("long"), times });
  },
};

const began = performance.now();
const minutes = new Map<Kind, number>();
for (const kind of kinds)
  if (isChosen(kind)) {
    const start = performance.now();
    tally.begin(kind);
    await work[kind]();
    minutes.set(kind, Math.round((performance.now() - start) / 60_000));
    console.error(`${kind}: done after ${Math.round((performance.now() - began) / 1000)} s`);
  }
console.log(`\n${tableOf(tally.rows)}`);
if (values.write) {
  const { stdout } = await run(["devices", "--json"]);
  const adapter = (JSON.parse(stdout).adapters?.[0]?.description as string | undefined) ?? "no adapter";
  const program = `sinkflow ${version}, Node ${process.versions.node}, ${process.platform}, ${adapter}`;
  const date = new Date().toISOString().slice(0, 10);
  for (const [kind, took] of minutes) {
    keep({ kind, slice: { number, slices, seed }, program, date, minutes: took, rows: tally.rowsOf(kind) });
  }
  writeResults(kinds);
}
if (values.keep) console.error(`kept: ${scratch}`);
else rmSync(scratch, { recursive: true, force: true });
process.exit(tally.isClean ? 0 : 1);
