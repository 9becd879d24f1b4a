import { existsSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { type Finished, run, type Started, start } from "./programs.ts";
import { badlySaid, differences, leftBehind, type Sweep } from "./sweeps.ts";
import type { Tally } from "./tally.ts";

export interface ContentionOptions {
  scratch: string;
  /** Of several parts. */
  sweep: Sweep;
  tally: Tally;
  /** How many processes at once. */
  processes?: number;
  /** Leaves out what takes long: shards in folders of their own, and locks that somebody left. */
  isShort?: boolean;
}

/** Processes that want one folder: one works, the others say who holds it; shards work side by side. */
export async function contend({ scratch, sweep, tally, processes = 8, isShort = false }: ContentionOptions): Promise<void> {
  const fresh = (name: string) => {
    const out = join(scratch, `contention.${name}`);
    rmSync(out, { recursive: true, force: true });
    return out;
  };
  const command = (out: string, ...more: string[]) => [...sweep.args, "--quiet", "--out", out, ...more];
  const judge = (kind: string, out: string, problem: string | undefined, repeat: string, count = 1) => {
    const changed = differences(sweep, out);
    if (problem !== undefined) tally.add(kind, "lost", `${problem} (${repeat})`, count);
    else if (changed.length > 0) tally.add(kind, "wrong", `${changed.join(", ")} changed (${repeat})`, count);
    else tally.add(kind, "survived", undefined, count);
    tally.leftBehind(kind, leftBehind(out), repeat);
  };

  // All at once.
  const out = fresh("one");
  const kind = `contention: ${processes} processes, one folder`;
  const repeat = command(out).join(" ");
  const started = Array.from({ length: processes }, () => start(command(out)));
  const finished = await Promise.all(started.map((one) => one.finished));
  for (const one of finished) tally.badlySaid(kind, badlySaid(one, [0, 4]) ?? unnamedHolder(one), repeat);
  judge(kind, out, finished.some(({ code }) => code === 0) ? undefined : "nobody worked", repeat, processes);

  // Shards side by side, one of them killed and started again; then in folders of their own.
  for (const own of isShort ? [false] : [false, true]) {
    const kind = `contention: ${processes} shards, ${own ? "folders of their own" : "one folder"}`;
    const out = fresh(own ? "merged" : "shards");
    const folderOf = (shard: number) => (own ? fresh(`shard.${shard}`) : out);
    const folders = Array.from({ length: processes }, (_, shard) => folderOf(shard));
    const begin = (shard: number) => start(command(folders[shard] as string, "--shard", `${shard}/${processes}`));
    const shards = folders.map((_, shard) => begin(shard));
    setTimeout(() => shards[0]?.kill("SIGKILL", "group"), 0.4 * sweep.ms);
    const ends = await Promise.all(shards.map((one) => one.finished));
    if (ends[0]?.code === null) ends[0] = await begin(0).finished;
    const merge = ["merge", ...(own ? [...folders, "--out", out] : [out])];
    const merged = await run(merge);
    for (const one of [...ends, merged]) tally.badlySaid(kind, badlySaid(one, [0]), merge.join(" "));
    judge(kind, out, merged.code === 0 ? undefined : `merge: exit ${merged.code}: ${merged.stderr}`, merge.join(" "), processes);
  }

  if (isShort) return;
  await whileLocked("contention: --fresh while locked", async (out, holder) => {
    const other = await run(command(out, "--fresh"));
    return { other, first: await holder.finished, expected: [4] };
  });
  await whileLocked("contention: merge while locked", async (out, holder) => {
    const other = await run(["merge", out]);
    return { other, first: await holder.finished, expected: [4] };
  });
  await whileLocked("contention: lock of a dead process", async (out, holder) => {
    holder.kill("SIGKILL", "group");
    const first = await holder.finished;
    return { other: await run(command(out)), first, expected: [0] };
  });
  for (const [name, age, code] of [
    ["fresh", 0, 4],
    ["old", 70, 0],
  ] as const)
    await whileLocked(`contention: ${name} lock of another host`, async (out, holder) => {
      holder.kill("SIGKILL", "group");
      const first = await holder.finished;
      moveLock(out, age);
      const other = await run(command(out));
      if (code === 4) {
        moveLock(out, 70);
        const last = await run(command(out));
        if (last.code !== 0) return { other: last, first, expected: [0] };
      }
      return { other, first, expected: [code] };
    });
  // Here a process that stands still holds its lock; on another host it may be gone, and others go on.
  for (const isElsewhere of [false, true])
    await whileLocked(`contention: holder ${isElsewhere ? "elsewhere" : "here"} that stood still for a minute`, async (out, holder) => {
      holder.kill("SIGSTOP", "group");
      moveLock(out, 70, isElsewhere);
      const other = await run(command(out));
      holder.kill("SIGCONT", "group");
      return { other, first: await holder.finished, expected: [isElsewhere ? 0 : 4] };
    });

  /** Does something when a first process holds the lock. */
  async function whileLocked(
    kind: string,
    work: (out: string, holder: Started) => Promise<{ other: Finished; first: Finished; expected: number[] }>,
  ): Promise<void> {
    const out = fresh("locked");
    const holder = start(command(out));
    const isLocked = () => existsSync(join(out, "locks")) && readdirSync(join(out, "locks")).some((name) => !name.startsWith("."));
    for (let i = 0; i < 2000 && !isLocked(); i++) await new Promise((resolve) => setTimeout(resolve, 5));
    const { other, first, expected } = await work(out, holder);
    const repeat = command(out).join(" ");
    tally.badlySaid(kind, badlySaid(other, expected) ?? unnamedHolder(other), repeat);
    tally.badlySaid(kind, badlySaid(first, [0, 4, null]), repeat);
    if (first.code !== 0 && other.code !== 0) await run(command(out)); // neither came to the end
    judge(kind, out, expected.includes(other.code ?? -1) ? undefined : `exit ${other.code}: ${other.stderr}`, repeat);
  }
}

/** What is missing where a command says that another holds the folder. */
function unnamedHolder({ code, stderr }: Finished): string | undefined {
  if (code !== 4) return undefined;
  return stderr.includes(hostname()) || /process \d+|elsewhere/.test(stderr) ? undefined : `expected who holds the folder, got ${stderr}`;
}

/** Makes locks older, and, unless told otherwise, those of another host. */
function moveLock(out: string, ageSeconds: number, isElsewhere = true): void {
  const folder = join(out, "locks");
  const then = Date.now() / 1000 - ageSeconds;
  const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const path = join(folder, name);
    if (isElsewhere) {
      const text = readFileSync(path, "utf8");
      writeFileSync(path, text.replaceAll(hostname(), "elsewhere").replaceAll(boot, "01234567-89ab-cdef-0123-456789abcdef"));
    }
    utimesSync(path, then, then);
  }
}
