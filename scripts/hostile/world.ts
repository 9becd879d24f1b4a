// A folder in which hostile command lines are performed, and what must hold of each: an exit code of the contract, one line that says what is
// wrong, in time, and nothing written where nothing may be.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { exitCodes } from "../../src/model/errors.ts";

export interface Answer {
  code: number | string | null;
  stdout: string;
  stderr: string;
  /** Of processors. */
  ms: number;
}

/** No command takes longer, in milliseconds of processors: one that is done draws pictures. */
const mostMs = { refused: 2000, done: 10_000 };
/** By the clock so many milliseconds a command are waited for, on a machine where others work too. */
const patienceMs = 30_000;

export class World {
  readonly path = mkdtempSync(join(tmpdir(), "sinkflow-hostile-"));
  /** A good results folder. */
  readonly good = join(this.path, "good");
  /** Where commands are performed. */
  readonly work = join(this.path, "work");
  private readonly env = {
    ...process.env,
    HOME: join(this.path, "home"),
    VK_DRIVER_FILES: "/nonexistent.json",
    VK_ICD_FILENAMES: "/nonexistent.json",
  };

  /** @param root of the project, in which dist/ is built */
  constructor(private readonly root: string) {
    for (const name of ["work", "work/folder", "outside", "home"]) mkdirSync(join(this.path, name));
    writeFileSync(join(this.path, "outside/canary.txt"), "alive");
    writeFileSync(join(this.path, "outside/000000.parquet"), "alive");
    this.reset();
    const made = this.process(["run", "good.json", "--out", this.good, "--engine", "cpu"]);
    if (made.code !== 0) throw new Error(made.stderr);
  }

  /** Puts the files there that command lines name. */
  reset(): void {
    rmSync(this.work, { recursive: true });
    mkdirSync(join(this.work, "folder"), { recursive: true });
    const write = (name: string, content: string | Uint8Array) => writeFileSync(join(this.work, name), content);
    write(
      "good.json",
      '{"tokens": 2, "runs": 2, "integrator": "euler", "until": {"steps": 2}, "record": {"trajectories": 1, "steps": [1]}}',
    );
    write("bad.yaml", "tokens: [8");
    write("empty.yaml", "");
    write("latin1.yaml", Uint8Array.of(0x6e, 0xe9));
    write("folder/other.txt", "somebody's");
  }

  /** Performs a command line as a user's process. */
  process(args: readonly string[]): Answer {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(this.root, "dist/cli.js"), ...args], {
      cwd: this.work,
      env: this.env,
      input: "",
      encoding: "utf8",
      timeout: 60_000,
    });
    return { code: status, stdout, stderr, ms: 0 };
  }

  /** Performs command lines one after another in a process that they share. Where that ends before the last, the last answer says how. */
  async *shared(lines: readonly (readonly string[])[]): AsyncGenerator<Answer> {
    const main = pathToFileURL(join(this.root, "dist/main.js")).href;
    const child = spawn(process.execPath, [join(this.root, "scripts/hostile/inProcess.mjs"), main], { cwd: this.work, env: this.env });
    let [chatter, answered] = ["", 0];
    child.stderr.on("data", (data) => {
      chatter = (chatter + data).slice(-2000);
    });
    const watch = setTimeout(() => child.kill("SIGKILL"), patienceMs * lines.length);
    child.stdin.end(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    const ended = once(child, "close");
    for await (const answer of createInterface({ input: child.stdout })) {
      answered++;
      yield JSON.parse(answer);
    }
    const [code, killed] = await ended;
    clearTimeout(watch);
    if (answered < lines.length) yield { code: `the process of all, with ${killed ?? code}: ${chatter}`, stdout: "", stderr: "", ms: 0 };
  }

  /** What is there outside the folders that a command line names with --out: paths with their sizes and times. */
  outside(args: readonly string[]): string {
    const outs = args.flatMap((argument, i) =>
      argument === "--out" ? [args[i + 1]] : argument.startsWith("--out=") ? [argument.slice(6)] : [],
    );
    const all = readdirSync(this.path, { recursive: true, encoding: "utf8" }).sort();
    const isOut = (path: string) =>
      outs.some(
        (out) =>
          out && (path === join("work", out) || path.startsWith(join("work", out) + sep) || join("work", out).startsWith(path + sep)),
      );
    return all
      .filter((path) => !isOut(path))
      .map((path) => {
        const { size, mtimeMs } = lstatSync(join(this.path, path));
        return lstatSync(join(this.path, path)).isDirectory() ? path : `${path} ${size} ${mtimeMs}`;
      })
      .join("\n");
  }

  remove(): void {
    rmSync(this.path, { recursive: true });
  }
}

/** What is wrong with how a command line ended; undefined for nothing. */
export function faultOfAnswer({ code, stdout, stderr, ms }: Answer): string | undefined {
  const known: unknown[] = Object.values(exitCodes).map(({ code }) => code);
  if (!known.includes(code)) return `ended with ${code}`;
  if (code === exitCodes.internal.code) return `an internal error: ${stderr}`;
  if (code === exitCodes.interrupted.code) return "interrupted by nobody";
  if (/^\s+at .*:\d+:\d+/m.test(stderr)) return `a stack trace: ${stderr}`;
  if (ms > mostMs[code === 0 ? "done" : "refused"]) return `took ${ms.toFixed(0)} ms`;
  if (code === 0) return undefined;
  if (stdout !== "") return `printed ${stdout}`;
  const lines = stderr.trimEnd().split("\n");
  const last = lines.at(-1) as string;
  if (!lines.every((line) => line.startsWith("sinkflow: "))) return `says ${stderr}`;
  if (!/(?:written|complete|whole|deleted|went)\b[^.]*\.(?: Resume with: sinkflow .+)?$|in place\.$/.test(last))
    return `does not say what was written: ${last}`;
  if (!/expected|unknown|argument|option|command|no space|verification/.test(last)) return `does not say what was expected: ${last}`;
  return last.length > 3000 ? `${last.length} characters` : undefined;
}
