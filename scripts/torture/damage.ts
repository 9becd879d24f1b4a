import { cpSync, existsSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Finished, Runner } from "./programs.ts";
import { below, inLanes, type Random } from "./random.ts";
import { badlySaid, differences, filesIn, leftBehind, type Sweep } from "./sweeps.ts";
import type { Tally } from "./tally.ts";

/** A file of a results folder, and what becomes of its bytes. */
export interface Damage {
  file: string;
  /** One bit, by its number in the file; or how many bytes are left. */
  kind: "flip" | "truncation";
  at: number;
}

/** Whether a file says nothing of results: a lock, or what was not yet in place. */
const isPassing = (file: string): boolean => /^locks\/|(^|\/)\.[^/]+$/.test(file);

/** Whether something is to be said where a file is damaged: not where it was never to be read, as of a part without a record. */
function needsWord(folder: string, file: string): boolean {
  const part = partOf(file);
  return !isPassing(file) && (part === file || existsSync(join(folder, `parts/${part}.json`)));
}

const partOf = (file: string): string => /^(?:parts|runs|trajectories)\/(\d{6})/.exec(file)?.[1] ?? file;

/** Flips of bits drawn over all files and regions of a folder, several in one folder: one a part and one in any other file; in the manifest and in a lock one alone. */
export function* drawFlips(folder: string, count: number, random: Random): Generator<Damage[]> {
  const files = filesIn(folder);
  let left = count;
  while (left > 0) {
    const drawn = new Map<string, Damage>();
    for (let i = 0; i < files.length && drawn.size < left; i++) {
      // As often in a small file as in a large one.
      const file = files[below(random, files.length)] as string;
      const isAlone = file === "manifest.json" || file.startsWith("locks/");
      if (drawn.has(partOf(file)) || (isAlone && drawn.size > 0)) continue;
      drawn.set(partOf(file), { file, kind: "flip", at: below(random, 8 * statSync(join(folder, file)).size) });
      if (isAlone || random() < 0.04) break;
    }
    left -= drawn.size;
    yield [...drawn.values()];
  }
}

/** Each `stride`-th place of a file, from `first` on. */
export interface Every {
  first: number;
  stride: number;
}
export const all: Every = { first: 0, stride: 1 };

/** Truncations of some files, at every length by default. */
export function* truncations(folder: string, files: readonly string[], { first, stride }: Every = all): Generator<Damage[]> {
  for (const file of files) {
    const { size } = statSync(join(folder, file));
    for (let at = first; at < size; at += stride) yield [{ file, kind: "truncation", at }];
  }
}

/** Bytes with a damage. */
export function damaged(bytes: Uint8Array, { kind, at }: Damage): Buffer {
  if (kind === "truncation") return Buffer.from(bytes.subarray(0, at));
  const copy = Buffer.from(bytes);
  copy[at >> 3] = (copy[at >> 3] as number) ^ (1 << (at & 7));
  return copy;
}

function apply(folder: string, one: Damage): void {
  const path = join(folder, one.file);
  writeFileSync(path, damaged(readFileSync(path), one));
}

export interface DamageOptions {
  scratch: string;
  sweep: Sweep;
  tally: Tally;
  /** A results folder, complete or not. */
  folder: string;
  name: string;
  /** What is damaged at once. */
  damages: Iterable<Damage[]>;
  lanes?: number;
}

/** Damages files of a results folder, and runs the sweep again there: it must say what is damaged, and give the undisturbed bytes. */
export async function damage({ scratch, sweep, tally, folder, name, damages, lanes = 2 }: DamageOptions): Promise<void> {
  const runners = Array.from({ length: lanes }, (_, lane) => new Runner(join(scratch, `damage.${lane}`)));
  try {
    await inLanes(lanes, damages, async (list, lane) => {
      const out = join(scratch, `damage.${lane}.out`);
      rmSync(out, { recursive: true, force: true });
      cpSync(folder, out, { recursive: true, preserveTimestamps: true });
      for (const one of list) apply(out, one);
      const args = [...sweep.args, "--quiet", "--out", out];
      let finished = await (runners[lane] as Runner).run(args, out);
      // A lock that can't be read may be somebody's, for a minute.
      if (finished.code === 4 && list[0]?.file.startsWith("locks/")) {
        const past = Date.now() / 1000 - 70;
        utimesSync(join(out, list[0].file), past, past);
        finished = await (runners[lane] as Runner).run(args, out);
      }
      judge(tally, sweep, folder, out, list, finished, name);
    });
  } finally {
    for (const runner of runners) await runner.close();
  }
}

function judge(tally: Tally, sweep: Sweep, folder: string, out: string, list: readonly Damage[], finished: Finished, name: string): void {
  const repeat = `${sweep.name}, ${name}: ${JSON.stringify(list)}`;
  const changed = finished.code === 0 ? differences(sweep, out) : [];
  const kindOf = ({ kind, file }: Damage) => `${kind === "flip" ? "bit flip" : "truncation"}: ${name}, ${regionOf(file)}`;
  const first = kindOf(list[0] as Damage);
  if (finished.code === 0) tally.badlySaid(first, badlySaid(finished, [0]), repeat);
  for (const one of list) {
    const kind = kindOf(one);
    const isSaid = finished.stderr.includes(one.file) || !needsWord(folder, one.file);
    if (finished.code !== 0) tally.add(kind, "lost", `exit ${finished.code}: ${finished.stderr} (${repeat})`);
    else if (changed.length > 0) tally.add(kind, "wrong", `${changed.join(", ")} changed (${repeat})`);
    else if (!isSaid) tally.add(kind, "wrong", `nothing is said of ${one.file}: ${finished.stderr} (${repeat})`);
    else tally.add(kind, "survived");
  }
  if (finished.code === 0) tally.leftBehind(first, leftBehind(out, true), repeat);
}

/** What of a results folder a file is. */
const regionOf = (file: string): string =>
  isPassing(file)
    ? "locks, temporaries"
    : /^(parts|runs|trajectories)\//.test(file)
      ? `${file.split("/")[0]}/`
      : /^figures\/|^report/.test(file)
        ? "drawn files"
        : file;
