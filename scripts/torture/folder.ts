import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { type Finished, run, start } from "./programs.ts";
import { badlySaid, differences, leftBehind, recordsOf, type Sweep } from "./sweeps.ts";
import type { Tally } from "./tally.ts";

export interface FolderOptions {
  scratch: string;
  /** Of several parts. */
  sweep: Sweep;
  tally: Tally;
  /** How often each is tried, at other moments. */
  times?: number;
  /** Which ways to take it away; by default all, also those that mount a file system. */
  only?: readonly string[];
}

const shell = (program: string, ...args: string[]): boolean => spawnSync(program, args, { stdio: "ignore" }).status === 0;

/** Removes a folder in which a process may be making files: what it makes while others are removed goes at the next try. */
function removeWhileWritten(folder: string): void {
  for (let tries = 1; existsSync(folder); tries++)
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch (error) {
      if (tries === 1000 || (error as NodeJS.ErrnoException).code !== "ENOTEMPTY") throw error;
    }
}

/** Takes a results folder away while a sweep writes there: exit 4, nothing written elsewhere, and the sweep is resumable. */
export async function takeAway({ scratch, sweep, tally, times = 5, only }: FolderOptions): Promise<void> {
  const base = join(scratch, "folder");
  const out = join(base, "out");
  const aside = join(base, "aside");
  const other = join(base, "other");
  const args = [...sweep.args, "--quiet", "--out", out];
  const clean = () => {
    rmSync(base, { recursive: true, force: true });
    mkdirSync(other, { recursive: true });
  };

  const ways: Record<string, () => void> = {
    removed: () => removeWhileWritten(out),
    "moved away": () => renameSync(out, aside),
    "replaced by a link to another folder": () => {
      renameSync(out, aside);
      symlinkSync(other, out);
    },
    "replaced by a link to nothing": () => {
      renameSync(out, aside);
      symlinkSync(join(base, "nothing"), out);
    },
    "replaced by an empty folder": () => {
      renameSync(out, aside);
      mkdirSync(out);
    },
  };
  for (const [name, takeAwayNow] of Object.entries(ways).filter(([name]) => only?.includes(name) ?? true))
    for (let time = 0; time < times; time++) {
      clean();
      const kind = `folder ${name}`;
      const wanted = 1 + time;
      const holder = start(args);
      for (let i = 0; i < 4000 && recordsOf(out).size < wanted; i++) await new Promise((resolve) => setTimeout(resolve, 2));
      takeAwayNow();
      const finished = await holder.finished;
      const repeat = `${args.join(" ")}, folder ${name} when it had ${wanted} records`;
      tally.badlySaid(kind, badlySaid(finished, [4]), repeat);
      const elsewhere = readdirSync(other);
      if (elsewhere.length > 0) tally.badlySaid(kind, `expected nothing in another folder, got ${elsewhere.join(", ")}`, repeat);
      // As a person would: what is in the way goes, what was moved comes back.
      rmSync(out, { recursive: true, force: true });
      if (existsSync(aside)) renameSync(aside, out);
      judge(kind, await run(args), repeat);
    }

  if (only) return;
  await onMount("disk full", "400k", async (mount, kind) => {
    for (let size = 100; size < 3000; size += Math.ceil(1500 / times)) {
      shell("umount", mount);
      shell("mount", "-t", "tmpfs", "-o", `size=${size}k`, "tmpfs", mount);
      const inner = [...sweep.args, "--quiet", "--out", join(mount, "out")];
      const repeat = `${inner.join(" ")} on a tmpfs of ${size}k`;
      const finished = await run(inner);
      tally.badlySaid(kind, badlySaid(finished, [0, 4]), repeat);
      shell("mount", "-o", "remount,size=64m", mount);
      judge(kind, await run(inner), repeat, join(mount, "out"));
    }
  });
  await onMount("folder made read-only", "64m", async (mount, kind) => {
    for (let time = 0; time < times; time++) {
      const inner = join(mount, `out.${time}`);
      const command = [...sweep.args, "--quiet", "--out", inner];
      const holder = start(command);
      for (let i = 0; i < 4000 && recordsOf(inner).size < time + 1; i++) await new Promise((resolve) => setTimeout(resolve, 2));
      let isReadOnly = false;
      for (let i = 0; i < 200 && !isReadOnly; i++) isReadOnly = shell("mount", "-o", "remount,ro", mount);
      const finished = await holder.finished;
      shell("mount", "-o", "remount,rw", mount);
      const repeat = `${command.join(" ")}, remounted read-only when it had ${time + 1} records`;
      tally.badlySaid(kind, badlySaid(finished, isReadOnly && finished.code !== 0 ? [4] : [0]), repeat);
      judge(kind, await run(command), repeat, inner);
    }
  });

  function judge(kind: string, finished: Finished, repeat: string, folder = out): void {
    const changed = finished.code === 0 ? differences(sweep, folder) : [];
    if (finished.code === 0) tally.badlySaid(kind, badlySaid(finished, [0]), repeat);
    if (finished.code !== 0) tally.add(kind, "lost", `exit ${finished.code}: ${finished.stderr} (${repeat})`);
    else if (changed.length > 0) tally.add(kind, "wrong", `${changed.join(", ")} changed (${repeat})`);
    else {
      tally.add(kind, "survived");
      tally.leftBehind(kind, leftBehind(folder), repeat);
    }
  }

  /** Where this process may not mount, the kind stays out of the table. */
  async function onMount(kind: string, size: string, work: (mount: string, kind: string) => Promise<void>): Promise<void> {
    const mount = join(scratch, "mount");
    mkdirSync(mount, { recursive: true });
    if (!shell("mount", "-t", "tmpfs", "-o", `size=${size}`, "tmpfs", mount)) {
      console.error(`${kind}: left out, since it takes the right to mount`);
      return;
    }
    try {
      await work(mount, kind);
    } finally {
      shell("umount", mount);
    }
  }
}
