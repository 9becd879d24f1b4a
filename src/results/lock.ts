import { randomBytes } from "node:crypto";
import { link, mkdir, open, readFile, readlink, rename, rm, rmdir, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import * as z from "zod";
import { SinkflowError } from "../model/errors.ts";
import { hasNoLinks, temporaryPath } from "./durableFile.ts";

/** The process that holds a lock, as its file has it. */
const holder = z.object({
  host: z.string(),
  /** Of this start of the system, and of the numbers of processes: without both, a number of a process says nothing. */
  boot: z.string().exactOptional(),
  namespace: z.string().exactOptional(),
  process: z.int(),
  /** When the process started, in ticks since the system did. */
  processStart: z.string().exactOptional(),
  since: z.string(),
  /** No two locks have the same. */
  token: z.string(),
});
type Holder = z.output<typeof holder>;

/** How often, and after how many milliseconds each, a lock of this machine is looked at again: a process that was just killed takes a moment to end. */
const patience = { times: 4, ms: 200 };

/** A lock is renewed every so many milliseconds, */
const renewal = 10_000;
/** and one that was not for so many is nobody's. */
const expiry = 60_000;

/** A lock on a part of a results folder: a file that its holder renews, so that others see that it works. */
export class Lock {
  private readonly timer: NodeJS.Timeout;
  private renewing: Promise<void> = Promise.resolve();

  private constructor(
    private readonly path: string,
    private readonly text: string,
    private readonly onLost: (error: unknown) => void,
  ) {
    this.timer = setInterval(() => {
      this.renewing = this.renew().catch(this.onLost);
    }, renewal);
    this.timer.unref();
  }

  /**
   * Takes a lock: one that nobody has, or whose holder is gone or has not renewed it for a minute. Throws SinkflowError("storage") that says
   * who holds it, and the error of the file system.
   * @param path of the file; its folder is made
   * @param onLost called where it can't be renewed, or another process has taken it
   */
  static async take(path: string, onLost: (error: unknown) => void): Promise<Lock> {
    const text = `${JSON.stringify(await ownHolder())}\n`;
    let waits = 0;
    for (let trial = 0; trial < 100; trial++) {
      const taken = await place(path, text);
      if (taken) return new Lock(path, text, onLost);
      const found = await heldBy(path);
      if (!found) continue; // it has just been released
      if (found.isAlive && (!found.isHere || waits++ === patience.times)) throw lockedBy(path, found);
      if (found.isAlive) await new Promise((resolve) => setTimeout(resolve, patience.ms));
      else await remove(path, found.text);
    }
    throw new SinkflowError("storage", `${path}: expected a lock that is held or free, got one that changes all the time`);
  }

  /** Releases the lock. The folder of locks goes with the last of them. */
  async release(): Promise<void> {
    clearInterval(this.timer);
    await this.renewing;
    // One that can't be removed is nobody's when this process has ended.
    if ((await textOf(this.path)) === this.text) await rm(this.path, { force: true }).catch(() => {});
    await rmdir(dirname(this.path)).catch(() => {});
  }

  /** Throws SinkflowError("storage") where another process has taken the lock, as it may when this one stood still for a minute. */
  async check(): Promise<void> {
    if ((await textOf(this.path)) !== this.text)
      throw new SinkflowError(
        "storage",
        `${this.path}: expected the lock of this process, got another's or none: another process took it, or the folder was moved, removed or replaced`,
      );
  }

  /** Writes the same bytes again: whoever reads meanwhile reads the same, and the file is new by the file system's clock. */
  private async renew(): Promise<void> {
    await this.check();
    const file = await open(this.path, "r+");
    try {
      await file.write(this.text, 0);
      await file.sync();
    } finally {
      await file.close();
    }
  }
}

/** Removes locks whose holders are gone. Throws SinkflowError("storage") where one is not. */
export async function clearLocks(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const found = await heldBy(path);
    if (found?.isAlive) throw lockedBy(path, found);
    if (found) await remove(path, found.text);
  }
}

interface Found {
  text: string;
  /** Undefined where the file is none of a lock. */
  holder: Holder | undefined;
  isAlive: boolean;
  /** Whether its process runs on this machine. */
  isHere: boolean;
}

function lockedBy(path: string, { holder }: Found): SinkflowError {
  const by = holder ? `process ${holder.process} on ${holder.host}, since ${holder.since}` : "another process";
  return new SinkflowError("storage", `${dirname(dirname(path))}: expected a folder that no other process writes, got one that ${by} does`);
}

const textOf = (path: string): Promise<string | undefined> => readFile(path, "utf8").catch(() => undefined);

const linkOf = (path: string): Promise<string | undefined> => readlink(path).catch(() => undefined);

const bootOf = async (): Promise<string | undefined> => (await textOf("/proc/sys/kernel/random/boot_id"))?.trim();

/** When a process started, in ticks since the system did; undefined where there is none, or that can't be told. */
async function startOf(process: number | "self"): Promise<string | undefined> {
  const text = await textOf(`/proc/${process}/stat`);
  const [state, ...fields] = text?.slice(text.lastIndexOf(")") + 2).split(" ") ?? []; // the name before may hold spaces and parentheses
  return state === "Z" || state === "X" ? undefined : fields[18]; // one that has ended may still be listed
}

async function ownHolder(): Promise<Holder> {
  const [boot, namespace, processStart] = await Promise.all([bootOf(), linkOf("/proc/self/ns/pid"), startOf("self")]);
  const identity = { ...(boot && { boot }), ...(namespace && { namespace }), ...(processStart && { processStart }) };
  return {
    host: hostname(),
    process: process.pid,
    ...identity,
    since: new Date().toISOString(),
    token: randomBytes(12).toString("hex"),
  };
}

/** Puts the file of a lock in place, whole. Returns false where there is one. */
async function place(path: string, text: string): Promise<boolean> {
  await mkdir(dirname(path)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  const temporary = temporaryPath(path);
  const write = async (to: string) => {
    const file = await open(to, "wx");
    await file.writeFile(text);
    await file.close();
  };
  try {
    await write(temporary);
    await link(temporary, path).catch((error) => (hasNoLinks(error) ? write(path) : Promise.reject(error)));
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return false;
    // The holder of another lock has just removed the folder with its own.
    if (code === "ENOENT" && (await stat(dirname(dirname(path))).catch(() => undefined))) return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Removes the lock of a holder that is gone, unless another process has just taken it over. */
async function remove(path: string, text: string): Promise<void> {
  const aside = temporaryPath(path);
  await rename(path, aside).catch(() => {});
  if (![undefined, text].includes(await textOf(aside))) await link(aside, path).catch(() => {});
  await rm(aside, { force: true });
}

/** What holds a lock; undefined where nothing does. */
async function heldBy(path: string): Promise<Found | undefined> {
  const file = await open(path, "r").catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
  if (!file) return undefined;
  try {
    const text = await file.readFile("utf8");
    const { mtimeMs } = await file.stat();
    const parsed = parse(text);
    const isHere = parsed && (await isRunning(parsed));
    return { text, holder: parsed, isHere: isHere ?? false, isAlive: isHere ?? (await nowOf(path)) - mtimeMs < expiry };
  } finally {
    await file.close();
  }
}

function parse(text: string): Holder | undefined {
  try {
    return holder.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Whether the process of a holder runs; undefined where it is none of this machine, as far as can be told. */
async function isRunning({ host, boot, namespace, process: number, processStart }: Holder): Promise<boolean | undefined> {
  if (host !== hostname() || boot !== (await bootOf()) || namespace !== (await linkOf("/proc/self/ns/pid"))) return undefined;
  if (processStart !== undefined) return (await startOf(number)) === processStart;
  try {
    process.kill(number, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** The time by the clock of the file system that the lock is on. */
async function nowOf(path: string): Promise<number> {
  const temporary = temporaryPath(path);
  try {
    const file = await open(temporary, "wx");
    const { mtimeMs } = await file.stat();
    await file.close();
    return mtimeMs;
  } finally {
    await rm(temporary, { force: true });
  }
}
