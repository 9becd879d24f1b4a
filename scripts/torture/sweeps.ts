import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Finished, run } from "./programs.ts";

/** A sweep that is tried, with what it leaves where nothing goes wrong. */
export interface Sweep {
  name: string;
  /** Its command without `--out`. */
  args: readonly string[];
  /** SHA-256 of its data files. */
  data: ReadonlyMap<string, string>;
  /** How long it takes alone. */
  ms: number;
}

const quick = { runs: 2, integrator: { kind: "euler", step: 1 }, until: { steps: 2 } };
const recorded = { ...quick, record: { steps: [0, 2], trajectories: 1 } };
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** One part of one point. */
const tiny = { tokens: 2, ...recorded };
/** Parts end after 16 families: three parts. */
const small = { tokens: 2, ...recorded, grid: { tokens: range(2, 12), normalizer: ["softmax", "sparsemax", "relu"] } };
/** Ten parts. */
const long = {
  ...small,
  grid: {
    tokens: range(2, 11),
    normalizer: ["softmax", "softmax1", "sparsemax", "sigmoid", "relu"],
    loss: ["logistic", "exponential", "square"],
  },
};
/** Parts end with a family after 32,768 rows: four parts with few programs to compile. */
const device = { tokens: 2, ...quick, runs: 32_768, grid: { normalizer: ["softmax", "sigmoid", "linear", "relu"] } };

const sweeps = {
  tiny: { specification: tiny, options: ["--engine", "cpu"] },
  small: { specification: small, options: ["--engine", "cpu"] },
  long: { specification: long, options: ["--engine", "cpu"] },
  records: { specification: long, options: ["--engine", "cpu", "--rows", "none"] },
  device: { specification: device, options: ["--engine", "webgpu"] },
};
export type SweepName = keyof typeof sweeps;

/** Runs a sweep undisturbed. Throws where that fails. */
export async function undisturbed(scratch: string, name: SweepName): Promise<Sweep> {
  const { specification, options } = sweeps[name];
  const file = join(scratch, `${name}.json`);
  writeFileSync(file, JSON.stringify(specification));
  const args = ["run", file, ...options];
  const out = join(scratch, `${name}.undisturbed`);
  rmSync(out, { recursive: true, force: true });
  const { code, stderr, ms } = await run([...args, "--out", out], { timeoutMs: 600_000 });
  if (code !== 0) throw new Error(`${name}: the undisturbed sweep ended with ${code}: ${stderr}`);
  return { name, args, data: dataOf(out), ms };
}

export const specificationOf = ({ name }: Sweep): object => sweeps[name as SweepName].specification;

/** Where `undisturbed` left a sweep. */
export const undisturbedFolder = (scratch: string, { name }: Sweep): string => join(scratch, `${name}.undisturbed`);

const isData = (name: string) => /^(parts|runs|trajectories)\/[^.]|^summary\.json$/.test(name);

/** Files of a folder and the folders in it, by their paths from there. */
export function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return entries.filter((name) => statSync(join(folder, name)).isFile()).sort();
}

export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** SHA-256 of the data files in a results folder. */
export function dataOf(out: string): Map<string, string> {
  return new Map(
    filesIn(out)
      .filter(isData)
      .map((name) => [name, sha256(readFileSync(join(out, name)))]),
  );
}

/** Data files that are missing, others, or too many. */
export function differences({ data }: Sweep, out: string): string[] {
  const found = dataOf(out);
  const names = [...new Set([...data.keys(), ...found.keys()])].sort();
  return names.filter((name) => data.get(name) !== found.get(name));
}

/** What a complete folder should not hold: temporaries and locks; and what was moved aside, unless something was damaged. */
export const leftBehind = (out: string, damaged = false): string[] =>
  filesIn(out).filter((name) => /(^|\/)\.[^/]+$|^locks\//.test(name) || (!damaged && name.startsWith("damaged/")));

/** The records of parts that are in place, and the number of each file. */
export function recordsOf(out: string): Map<string, number> {
  const folder = join(out, "parts");
  if (!existsSync(folder)) return new Map();
  const names = readdirSync(folder).filter((name) => /^\d{6}\.json$/.test(name));
  return new Map(names.map((name) => [name, statSync(join(folder, name)).ino]));
}

/** What is wrong with how a command ended, apart from its results: its lines, or an exit code that promises something else. */
export function badlySaid({ code, stderr, hung }: Finished, expected: readonly (number | null)[]): string | undefined {
  if (hung) return "it does not end";
  if (/internal error|^\s+at .*:\d+/m.test(stderr)) return `expected a user's line, got ${stderr}`;
  const strange = stderr.split("\n").filter((line) => line !== "" && !line.startsWith("sinkflow: "));
  if (strange.length > 0) return `expected lines of sinkflow, got ${strange.join(" | ")}`;
  if (!expected.includes(code)) return `expected exit ${expected.join(" or ")}, got ${code}: ${stderr.trim()}`;
  return undefined;
}
