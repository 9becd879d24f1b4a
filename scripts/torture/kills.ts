import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Finished, type Started, start } from "./programs.ts";
import { oneOf } from "./random.ts";
import { badlySaid, differences, leftBehind, recordsOf } from "./sweeps.ts";
import type { TrialOptions } from "./tally.ts";

/** How a process is ended. */
const ways = {
  "SIGKILL to the whole group": { signal: "SIGKILL", who: "group", codes: [null] },
  "SIGKILL to the process that computes": { signal: "SIGKILL", who: "child", codes: [1, 4, 75] },
  "SIGKILL to the supervisor": { signal: "SIGKILL", who: "supervisor", codes: [null] },
  // Before the program has begun to listen, a signal ends it as it does any process.
  SIGTERM: { signal: "SIGTERM", who: "supervisor", codes: [75, null] },
} as const;
type Way = keyof typeof ways;

export interface KillOptions extends TrialOptions {
  /** Whether the command has `--fresh`, and the folder old results at first. */
  fresh?: boolean;
  /** By default mostly the first. */
  way?: Way;
}

const most = 12;

/**
 * Runs a sweep in real processes that are ended at random moments, and started again with the same command until they are done. The data
 * must be those of the undisturbed sweep; no record that was in place may be written again.
 */
export async function kill({ scratch, sweep, tally, random, count, lanes = 2, fresh = false, way: only }: KillOptions): Promise<void> {
  const kind = `kill: ${sweep.name}${fresh ? " --fresh" : ""}`;
  let left = count;
  let chains = 0;
  const chain = async () => {
    const number = chains++;
    const out = join(scratch, `${sweep.name}.kill.${number}`);
    rmSync(out, { recursive: true, force: true });
    const command = [...sweep.args, "--out", out];
    const repeat = `node dist/cli.js ${command.join(" ")}`;
    if (fresh) await start(command).finished;
    if (fresh) command.push("--fresh");
    if (fresh) writeFileSync(join(out, "notes.txt"), "not of the program");
    let kept = new Map<string, number>();
    let kills = 0;
    let before: Way | undefined;
    const again: string[] = [];
    while (true) {
      const isKilled = kills < most && left > 0;
      if (isKilled) left--;
      const way = only ?? (random() < 0.7 ? "SIGKILL to the whole group" : oneOf(random, Object.keys(ways) as Way[]));
      const { finished, waitedMs } = await ended(
        start(command, { timeoutMs: 120_000 + 20 * sweep.ms }),
        way,
        isKilled ? random() * sweep.ms * 1.05 : undefined,
      );
      const isWhole = finished.code === 0;
      const now = recordsOf(out);
      if (!fresh) again.push(...[...kept].filter(([name, inode]) => now.get(name) !== inode).map(([name]) => name));
      kept = now;
      if (waitedMs !== undefined && !isWhole) {
        kills++;
        before = way;
        tally.badlySaid(kind, endOf(finished, way, waitedMs), `${way}; ${repeat}`);
        continue;
      }
      if (isKilled) left++;
      if (isWhole) tally.badlySaid(kind, badlySaid(finished, [0]), repeat);
      const changed = isWhole ? differences(sweep, out) : [];
      const isLost = again.length > 0 || !isWhole || (fresh && !existsSync(join(out, "notes.txt")));
      const last = kills > 0 && (isLost || changed.length > 0) ? 1 : 0;
      tally.add(kind, "survived", undefined, kills - last);
      if (changed.length > 0) tally.add(kind, "wrong", `${changed.join(", ")} changed after ${kills} kills (${repeat})`, last);
      else if (again.length > 0) tally.add(kind, "lost", `${again.join(", ")} computed again after ${kills} kills (${repeat})`, last);
      else if (!isWhole)
        tally.add(kind, "lost", `after ${kills} kills, the last by ${before}, exit ${finished.code}: ${finished.stderr} (${repeat})`, last);
      else if (isLost) tally.add(kind, "lost", `a file of somebody else is gone (${repeat})`, last);
      else {
        tally.leftBehind(kind, leftBehind(out), repeat);
        rmSync(out, { recursive: true });
      }
      return;
    }
  };
  const lane = async () => {
    while (left > 0) await chain();
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

/** Waits for the end of a command that is killed after some time, unless it ends before; then also of all its processes. */
async function ended(begun: Started, way: Way, afterMs: number | undefined): Promise<{ finished: Finished; waitedMs?: number }> {
  if (afterMs === undefined) return { finished: await begun.finished };
  let sent: number | undefined;
  const timer = setTimeout(() => {
    sent = performance.now();
    begun.kill(ways[way].signal, ways[way].who);
  }, afterMs);
  const finished = await begun.finished;
  clearTimeout(timer);
  if (sent === undefined) return { finished };
  const waitedMs = performance.now() - sent;
  // The process that computes outlives its supervisor for a moment.
  for (let i = 0; i < 100 && begun.isAlive(); i++) await new Promise((resolve) => setTimeout(resolve, 50));
  if (begun.isAlive()) finished.stderr += "\nits processes outlive it by 5 s";
  begun.kill("SIGKILL", "group");
  return { finished, waitedMs };
}

/** What is wrong with how a command ended when it was sent a signal. */
function endOf(finished: Finished, way: Way, waitedMs: number): string | undefined {
  const { signal, codes } = ways[way];
  const said = badlySaid(finished, codes);
  if (said !== undefined || signal !== "SIGTERM") return said;
  if (waitedMs > 2500) return `expected an end within 2 s of SIGTERM, got ${Math.round(waitedMs)} ms`;
  return undefined;
}
