import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, ftruncateSync, openSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const root = process.cwd();
const layer = pathToFileURL(join(root, "scripts/torture/layer.mjs")).href;
let dist = join(root, "dist");

/** Takes a copy of the built program, so that a build does not change it meanwhile. */
export function copyProgram(): void {
  const copy = join(root, "node_modules/.cache/sinkflow-torture/dist");
  cpSync(dist, copy, { recursive: true });
  dist = copy;
}

/** What layer.mjs is told. */
export interface Plan {
  root: string;
  log?: string;
  fault?: {
    key: string;
    nth: number;
    action: "fail" | "short" | "delay" | "kill" | "killAfter";
    code?: string;
    lasting?: boolean;
    ms?: number;
  };
}

/** How a command ended. */
export interface Finished {
  /** Its exit code; null where it was killed. */
  code: number | null;
  /** It did not end by itself. */
  hung: boolean;
  stderr: string;
  stdout: string;
  ms: number;
}

/** A command that runs, in a process group of its own. */
export interface Started {
  pid: number;
  finished: Promise<Finished>;
  /** Sends a signal to the whole group, or to the process that computes alone. */
  kill(signal: NodeJS.Signals, who: "group" | "child" | "supervisor"): void;
  /** Whether a process of the group is there. */
  isAlive(): boolean;
}

export interface StartOptions {
  plan?: Plan;
  env?: Record<string, string>;
  /** It is killed after so long. */
  timeoutMs?: number;
}

/** Starts the built command line. */
export function start(args: readonly string[], { plan, env = {}, timeoutMs = 120_000 }: StartOptions = {}): Started {
  const began = performance.now();
  const child = spawn(process.execPath, [...(plan ? ["--import", layer] : []), join(dist, "cli.js"), ...args], {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env, ...(plan && { SINKFLOW_TORTURE: JSON.stringify(plan) }) },
  });
  const pid = child.pid as number;
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].on("data", (data: Buffer) => {
      output[name] = (output[name] + data.toString()).slice(-1_000_000);
    });
  const signalTo = (signal: NodeJS.Signals | 0, target: number): boolean => {
    try {
      return process.kill(target, signal);
    } catch {
      return false; // it has ended
    }
  };
  let hung = false;
  const timer = setTimeout(() => {
    hung = true;
    signalTo("SIGKILL", -pid);
  }, timeoutMs);
  const finished = once(child, "close").then(([code]): Finished => {
    clearTimeout(timer);
    return { code, hung, ...output, ms: performance.now() - began };
  });
  return {
    pid,
    finished,
    isAlive: () => signalTo(0, -pid),
    kill: (signal, who) => {
      if (who === "group") signalTo(signal, -pid);
      else if (who === "supervisor") signalTo(signal, pid);
      else for (const one of childrenOf(pid)) signalTo(signal, one);
    },
  };
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

export const run = (args: readonly string[], options: StartOptions = {}): Promise<Finished> => start(args, options).finished;

/** Runs commands in one process, one after another: runner.mjs. To be closed. */
export class Runner {
  private child: ChildProcess | undefined;
  private messages = -1;
  private jobs = 0;

  /** @param scratch a file for what commands say @param parallel how many processors commands see; 0: those that there are */
  constructor(
    private readonly scratch: string,
    private readonly parallel = 1,
  ) {}

  /** @param out the folder of results: a lock that a command leaves there is one of a process that lives, unless it ends. */
  async run(args: readonly string[], out: string, plan?: Plan): Promise<Finished> {
    if (this.jobs++ % 100 === 99) await this.close();
    this.child ??= this.start();
    const { child } = this;
    ftruncateSync(this.messages);
    const began = performance.now();
    const answers = child.stdio[4] as NodeJS.ReadableStream;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), 60_000);
    });
    const listening = new AbortController();
    const { signal } = listening;
    const answered = once(answers, "data", { signal }).then(([data]) => JSON.parse(String(data)) as { code: number });
    const ended = once(child, "exit", { signal }).then(() => undefined);
    for (const promise of [answered, ended]) promise.catch(() => {}); // they are given up below
    child.stdin?.write(`${JSON.stringify({ args, plan })}\n`);
    const answer = await Promise.race([answered, ended, late]);
    clearTimeout(timer);
    listening.abort();
    const ms = performance.now() - began;
    const stderr = readFileSync(this.scratch, "utf8");
    const isLocked = existsSync(join(out, "locks")) && readdirSync(join(out, "locks")).length > 0;
    if (!answer || isLocked) await this.close();
    return { code: answer?.code ?? null, hung: answer === undefined && ms >= 60_000, stderr, stdout: "", ms };
  }

  async close(): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }

  private start(): ChildProcess {
    this.messages = openSync(this.scratch, "a+");
    const program = [join(root, "scripts/torture/runner.mjs"), join(dist, "main.js"), String(this.parallel)];
    return spawn(process.execPath, ["--import", layer, ...program], {
      stdio: ["pipe", "ignore", "ignore", this.messages, "pipe"],
      env: { ...process.env, SINKFLOW_MESSAGES_FD: "3" },
    });
  }
}
