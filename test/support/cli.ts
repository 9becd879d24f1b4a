import { spawn } from "node:child_process";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
  elapsedMs: number;
}

export interface RunCli {
  input?: string;
  env?: Record<string, string>;
  cwd?: string;
  /** The largest file that the process may write, in KiB. */
  maxFileKiB?: number;
  /** Sends SIGINT once this becomes true. */
  interruptWhen?: () => boolean;
  /** Kills the program and its supervisor with SIGKILL once this becomes true. */
  killWhen?: () => boolean;
}

/** Runs the built command line as a user's process. */
export function sinkflow(
  args: string[],
  { input, env = {}, cwd = root, maxFileKiB, interruptWhen, killWhen }: RunCli = {},
): Promise<Finished> {
  const began = performance.now();
  const command = [process.execPath, join(root, "dist/cli.js"), ...args];
  const [program = "", ...rest] =
    maxFileKiB === undefined ? command : ["bash", "-c", `ulimit -f ${maxFileKiB}; exec "$@"`, "bash", ...command];
  const child = spawn(program, rest, { cwd, env: { ...process.env, ...env }, detached: killWhen !== undefined });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (data) => {
    stdout += data;
  });
  child.stderr.on("data", (data) => {
    stderr += data;
  });
  const watching =
    interruptWhen &&
    setInterval(() => {
      if (!interruptWhen()) return;
      clearInterval(watching); // a second signal would end it at once
      child.kill("SIGINT");
    }, 100);
  const killing =
    killWhen &&
    setInterval(() => {
      if (!killWhen() || child.pid === undefined) return;
      clearInterval(killing);
      process.kill(-child.pid, "SIGKILL"); // the group that it leads
    }, 20);
  child.on("close", () => {
    clearInterval(watching);
    clearInterval(killing);
  });
  child.stdin.on("error", () => {}); // it may end without reading
  child.stdin.end(input ?? "");
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, stdout, stderr, elapsedMs: performance.now() - began })));
}

/** What is said where a command is interrupted before it puts files into its folder. */
export const interruptedMessage = (out: string): string =>
  `sinkflow: interrupted. Nothing was written: ${out} is as it was before. The same command starts anew.\n`;

/** An environment in which Dawn finds no driver. */
export const noDriver = { VK_DRIVER_FILES: "/nonexistent.json", VK_ICD_FILENAMES: "/nonexistent.json" };
