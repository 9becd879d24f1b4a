import { mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Disk, type Mood } from "./disk.ts";
import { Runner, run } from "./programs.ts";
import { below, inLanes, oneOf } from "./random.ts";
import { badlySaid, differences, filesIn, leftBehind, recordsOf } from "./sweeps.ts";
import type { TrialOptions } from "./tally.ts";

/**
 * Records the file operations of a sweep, and lets the power fail at random moments of them: the sweep is run again on what the disk may then
 * hold. The data must be those of the undisturbed sweep, and a part whose record was durable must be there.
 */
export async function cutPower({ scratch, sweep, tally, random, count, lanes = 2 }: TrialOptions): Promise<void> {
  const recorded = join(scratch, "power.recorded");
  const log = join(scratch, "power.log");
  for (const path of [recorded, log]) rmSync(path, { recursive: true, force: true });
  mkdirSync(recorded);
  const { code, stderr } = await run([...sweep.args, "--quiet", "--out", recorded], { plan: { root: recorded, log } });
  if (code !== 0) return tally.add("power cut", "lost", `without a fault: exit ${code}: ${stderr}`);
  const lines = readFileSync(log, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line))
    .sort((one, other) => one.at - other.at);
  const cuts = Array.from({ length: count }, (_, i) => ({
    after: Math.floor(((i + random()) / count) * (lines.length + 1)),
    mood: oneOf<Mood>(random, ["none", "some", "some", "all"]),
    seed: below(random, 2 ** 32),
  }));
  const runners = Array.from({ length: lanes }, (_, lane) => new Runner(join(scratch, `power.${lane}`)));
  try {
    await inLanes(lanes, cuts, async ({ after, mood }, lane) => {
      const kind = `power cut: ${sweep.name}, ${{ none: "all unsynced gone", some: "some unsynced gone", all: "nothing gone" }[mood]}`;
      const disk = new Disk(recorded);
      for (const line of lines.slice(0, after)) disk.feed(line);
      const promised = disk
        .namesIn("parts")
        .filter((name) => /^\d{6}\.json$/.test(name) && isCommitted(lines.slice(0, after), `parts/${name}`));
      disk.finishSome(random);
      const out = join(scratch, `power.${lane}.out`);
      rmSync(out, { recursive: true, force: true });
      disk.leave(out, mood, random);
      const held = recordsOf(out);
      makeOld(out);
      const args = [...sweep.args, "--quiet", "--out", out];
      const repeat = `${args.join(" ")} after ${after} of ${lines.length} events, ${mood}`;
      const missing = promised.filter((name) => !held.has(name));
      const finished = await (runners[lane] as Runner).run(args, out);
      const now = recordsOf(out);
      const again = promised.filter((name) => now.get(name) !== held.get(name));
      if (finished.code === 0) tally.badlySaid(kind, badlySaid(finished, [0]), repeat);
      const changed = finished.code === 0 ? differences(sweep, out) : [];
      if (finished.code !== 0) tally.add(kind, "lost", `exit ${finished.code}: ${finished.stderr} (${repeat})`);
      else if (changed.length > 0) tally.add(kind, "wrong", `${changed.join(", ")} changed (${repeat})`);
      else if (missing.length > 0) tally.add(kind, "lost", `whole parts ${missing.join(", ")} are gone (${repeat})`);
      else if (again.length > 0) tally.add(kind, "lost", `whole parts ${again.join(", ")} were computed again (${repeat})`);
      else tally.add(kind, "survived");
      if (finished.code === 0) tally.leftBehind(kind, leftBehind(out, true), repeat);
    });
  } finally {
    for (const runner of runners) await runner.close();
  }
}

/** Whether the program had done all it does for a record: renamed it, and synced its folder. */
function isCommitted(
  lines: readonly { phase: string; id: number; name: string; to?: string; key?: string; ok?: boolean }[],
  file: string,
): boolean {
  const renamed = lines.find(
    ({ phase, name, to }) => phase === "begin" && (name === "rename" || name === "link") && to?.endsWith(`/${file}`),
  );
  const done = renamed ? lines.findIndex(({ phase, id }) => phase === "end" && id === renamed.id) : -1;
  if (done < 0) return false;
  const synced = lines.slice(done).find(({ phase, key }) => phase === "begin" && key === "sync parts");
  return synced !== undefined && lines.some(({ phase, id, ok }) => phase === "end" && id === synced.id && ok);
}

/** After a power cut the machine has another boot id; and a lock that can't be read is older than a minute. */
function makeOld(out: string): void {
  const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  const past = Date.now() / 1000 - 120;
  for (const name of filesIn(out).filter((name) => name.startsWith("locks/"))) {
    const path = join(out, name);
    const text = readFileSync(path, "utf8");
    if (text.includes(boot)) writeFileSync(path, text.replaceAll(boot, "01234567-89ab-cdef-0123-456789abcdef"));
    utimesSync(path, past, past);
  }
}
