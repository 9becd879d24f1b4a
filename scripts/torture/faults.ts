import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Finished, type Plan, Runner } from "./programs.ts";
import { inLanes } from "./random.ts";
import { badlySaid, differences, leftBehind, recordsOf, type Sweep } from "./sweeps.ts";
import type { Tally } from "./tally.ts";

type Fault = NonNullable<Plan["fault"]>;

/** How each operation can fail. */
const codes: Record<string, readonly string[]> = {
  create: ["ENOSPC", "EIO", "EROFS", "ENOENT"],
  open: ["EIO", "EMFILE"],
  writeFile: ["ENOSPC", "EIO"],
  write: ["ENOSPC", "EIO"],
  sync: ["EIO", "ENOSPC"],
  datasync: ["EIO", "ENOSPC"],
  close: ["EIO"],
  rename: ["EIO", "ENOSPC", "EROFS", "ENOENT"],
  link: ["EIO", "ENOSPC", "EROFS"],
  rm: ["EIO", "EROFS"],
  unlink: ["EIO", "EROFS"],
  rmdir: ["EIO", "EROFS"],
  mkdir: ["EIO", "ENOSPC", "EROFS", "ENOENT"],
  utimes: ["EIO", "EROFS"],
  readdir: ["EIO"],
  readFile: ["EIO"],
  read: ["EIO"],
  stat: ["EIO"],
  lstat: ["EIO"],
};
/** Codes that last: a disk that is full stays full. */
const lasting = ["ENOSPC", "EROFS"];

interface Logged {
  phase: "begin" | "end";
  name: string;
  key: string;
}

/** The operations that a command performs in a folder: how often each key occurs. */
export function keysOf(log: string): Map<string, number> {
  const keys = new Map<string, number>();
  for (const line of readFileSync(log, "utf8").split("\n").filter(Boolean)) {
    const { phase, key } = JSON.parse(line) as Logged;
    if (phase === "begin") keys.set(key, (keys.get(key) ?? 0) + 1);
  }
  return keys;
}

/** Figures are written by the same lines: the first and the last stand for all. */
const figures = /figures(?!$|\/\.(entropy\.csv|sinks\.png)\.~$)/;

/** Each fault of each operation. */
export function faultsOf(keys: ReadonlyMap<string, number>): Fault[] {
  const faults: Fault[] = [];
  for (const [key, count] of keys)
    for (let nth = 0; nth < count; nth++) {
      if (figures.test(key) || (key.endsWith(" figures") && nth > 0 && nth < count - 1)) continue;
      const [name = ""] = key.split(" ");
      for (const code of codes[name] ?? []) {
        faults.push({ key, nth, action: "fail", code });
        if (lasting.includes(code)) faults.push({ key, nth, action: "fail", code, lasting: true });
      }
      if (/^write/.test(name)) faults.push({ key, nth, action: "short", code: "ENOSPC" });
      if (/^(create|rename|link|sync|readdir) /.test(key)) faults.push({ key, nth, action: "delay", ms: 100 });
    }
  return faults;
}

export interface FaultOptions {
  scratch: string;
  sweep: Sweep;
  tally: Tally;
  lanes?: number;
  /** Which of all faults are tried; by default every one. */
  choose?: (fault: Fault, index: number) => boolean;
  /** Prepares the folder before the faulty command, so that it resumes, or replaces. */
  prepare?: { name: string; folder: (out: string) => void; args?: readonly string[] };
}

/**
 * Fails each file operation of a sweep, one at a time: the command ends with 4 and a true line, or does not need it; the same command again
 * gives the bytes of the undisturbed sweep, and what was whole stays.
 */
export async function injectFaults({ scratch, sweep, tally, lanes = 2, choose = () => true, prepare }: FaultOptions): Promise<void> {
  const what = prepare ? `, ${prepare.name}` : "";
  const kind = `storage fault: ${sweep.name}${what}`;
  const command = [...sweep.args, ...(prepare?.args ?? []), "--quiet"];
  const runners = Array.from({ length: lanes }, (_, lane) => new Runner(join(scratch, `faults.${lane}`), 2));
  const folder = (lane: number) => join(scratch, `faults.${lane}.out`);
  const begin = (lane: number) => {
    const out = folder(lane);
    rmSync(out, { recursive: true, force: true });
    prepare?.folder(out);
    return out;
  };
  try {
    const log = join(scratch, "faults.log");
    rmSync(log, { force: true });
    const out = begin(0);
    const counted = await (runners[0] as Runner).run([...command, "--out", out], out, { root: out, log });
    if (counted.code !== 0) return tally.add(kind, "lost", `without a fault: exit ${counted.code}: ${counted.stderr}`);
    const faults = faultsOf(keysOf(log)).filter(choose);
    await inLanes(lanes, faults, async (fault, lane) => {
      const runner = runners[lane] as Runner;
      const out = begin(lane);
      const args = [...command, "--out", out];
      const repeat = `${args.join(" ")} with ${JSON.stringify(fault)}${what}`;
      const before = recordsOf(out);
      const first = await runner.run(args, out, { root: out, fault });
      const whole = recordsOf(out);
      tally.badlySaid(kind, badlySaid(first, [0, 4]) ?? untrue(first, before, whole), repeat);
      const finished = first.code === 0 ? first : await runner.run(args, out);
      const now = recordsOf(out);
      if (finished !== first && finished.code === 0) tally.badlySaid(kind, badlySaid(finished, [0]), repeat);
      const changed = finished.code === 0 ? differences(sweep, out) : [];
      const again = prepare?.args?.includes("--fresh") ? [] : [...whole].filter(([name, inode]) => now.get(name) !== inode);
      if (finished.code !== 0) tally.add(kind, "lost", `exit ${finished.code}: ${finished.stderr} (${repeat})`);
      else if (changed.length > 0) tally.add(kind, "wrong", `${changed.join(", ")} changed (${repeat})`);
      else if (again.length > 0) tally.add(kind, "lost", `${again.map(([name]) => name).join(", ")} computed again (${repeat})`);
      else {
        tally.add(kind, "survived");
        if (finished !== first) tally.leftBehind(kind, leftBehind(out), repeat);
      }
    });
  } finally {
    for (const runner of runners) await runner.close();
  }
}

/** What is not so of a line that says what was written, by the records before and after. */
function untrue({ code, stderr }: Finished, before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): string | undefined {
  if (code !== 4) return undefined;
  const said = stderr.trim().split("\n").at(-1) ?? "";
  const [, atLeast, whole] = said.match(/(At least )?(\d+) of \d+ parts (?:are|is) whole/) ?? [];
  if (whole !== undefined && (atLeast ? Number(whole) > after.size : Number(whole) !== after.size))
    return `expected a word on ${after.size} parts, got ${said}`;
  const isSame = before.size === after.size && [...before].every(([name, inode]) => after.get(name) === inode);
  if (/Nothing was written\.$/.test(said) && !isSame) return `expected a word on ${after.size} whole parts, got ${said}`;
  if (!/\.$|Resume with: sinkflow .+$/.test(said)) return `expected a sentence, got ${said}`;
  return undefined;
}
