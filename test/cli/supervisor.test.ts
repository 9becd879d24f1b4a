import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "sinkflow-supervisor-"));
afterAll(() => rmSync(folder, { recursive: true }));
const cli = join(import.meta.dirname, "../../dist/cli.js");

/** Three parts of one family. */
const specification = {
  tokens: 2,
  dim: 1,
  runs: 600_000,
  integrator: { kind: "euler", step: 0.1 },
  until: { steps: 2 },
  record: { steps: [2] },
};
const file = join(folder, "spec.json");
writeFileSync(file, JSON.stringify(specification));

/**
 * A module that ends the program, not its supervisor, by a signal, in each of the first `times` processes, once `when` is true; there `isWriting`
 * is whether the supervisor was told of the folder.
 */
function ending(signal: string, times: number, when: string): string {
  const name = join(folder, `${signal}-${Math.random().toString(36).slice(2)}`);
  writeFileSync(
    `${name}.mjs`,
    `import { appendFileSync, existsSync, readFileSync } from "node:fs";
     import { isMainThread } from "node:worker_threads";
     const starts = ${JSON.stringify(name)};
     if (isMainThread && process.env.SINKFLOW_MESSAGES_FD) {
       appendFileSync(starts, process.argv.includes("--fresh") ? "F" : ".");
       const number = readFileSync(starts, "utf8").length;
       let isWriting = false;
       const send = process.send;
       process.send = function (message, ...more) {
         if (message.folder) setTimeout(() => { isWriting = true; }, 50); // the message has gone
         return send.call(this, message, ...more);
       };
       if (number <= ${times}) setInterval(() => { if (${when}) process.kill(process.pid, "${signal}"); }, 1).unref();
     }`,
  );
  return name;
}

/** Runs the command line with a module that is loaded before it. */
function run(module: string, args: string[], input?: string): Promise<{ code: number | null; stderr: string; starts: string }> {
  const child = spawn(process.execPath, ["--import", `${module}.mjs`, cli, "run", ...args, "--rows", "none", "--quiet"], {
    stdio: ["pipe", "ignore", "pipe"],
  });
  child.stdin.end(input ?? "");
  let stderr = "";
  child.stderr.on("data", (data) => {
    stderr += data;
  });
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, stderr, starts: readFileSync(module, "utf8") })));
}

const dataOf = (path: string) =>
  Object.fromEntries(
    readdirSync(path, { recursive: true, encoding: "utf8" })
      .filter((name) => name !== "manifest.json" && statSync(join(path, name)).isFile())
      .sort()
      .map((name) => [name, readFileSync(join(path, name)).toString("base64")]),
  );
const afterPart = (out: string, number: number) => `isWriting && existsSync(${JSON.stringify(join(out, `parts/00000${number}.json`))})`;
const again = (signal: string, out: string) =>
  `sinkflow: the program was ended by ${signal}, as a graphics driver that fails does. It is started again, and goes on in ${out}.\n`;
const stays = (out: string) => `What is whole in ${out} stays, and the same command goes on there.`;

describe("a driver that ends the process", () => {
  it("by a signal: it is started again, and the results are as without that", async () => {
    const signal = "SIGABRT";
    const [whole, out] = [join(folder, "whole"), join(folder, signal)];
    if (!existsSync(whole)) expect((await run(ending("SIGTERM", 0, "false"), [file, "--engine", "webgpu", "--out", whole])).code).toBe(0);
    const crashing = ending(signal, 2, afterPart(out, 0));
    const { code, stderr, starts } = await run(crashing, [file, "--engine", "webgpu", "--out", out, "--fresh"]);
    expect([code, starts]).toEqual([0, "F.."]);
    expect(stderr.startsWith(again(signal, out).repeat(1))).toBe(true);
    expect(stderr.split(again(signal, out))).toHaveLength(3);
    expect(dataOf(out)).toEqual(dataOf(whole));
  });
  it("again and again: is given up after three more starts, with code 3, and what is whole stays", async () => {
    const out = join(folder, "always");
    const { code, stderr, starts } = await run(ending("SIGSEGV", 99, afterPart(out, 0)), [file, "--engine", "webgpu", "--out", out]);
    expect([code, starts]).toEqual([3, "...."]);
    expect(stderr.split("\n").at(-2)).toBe(
      `sinkflow: the program was ended by SIGSEGV, and 3 times before, as a graphics driver that fails does. ${stays(out)}`,
    );
    expect((await run(ending("SIGTERM", 0, "false"), [file, "--engine", "webgpu", "--out", out])).code).toBe(0);
    expect(dataOf(out)).toEqual(dataOf(join(folder, "whole")));
  });
  it("where there is no folder to go on in, or the specification was read from standard input, ends with code 3", async () => {
    const alone = await run(ending("SIGBUS", 1, "performance.now() > 1000"), [file, "--engine", "webgpu"]);
    expect(alone).toMatchObject({ code: 3, starts: "." });
    expect(alone.stderr).toBe(
      "sinkflow: the program was ended by SIGBUS, as a graphics driver that fails does; --engine cpu needs none. Results, if any, are incomplete.\n",
    );
    const out = join(folder, "read");
    const read = await run(
      ending("SIGSEGV", 1, afterPart(out, 0)),
      ["-", "--engine", "webgpu", "--out", out],
      JSON.stringify(specification),
    );
    expect(read).toMatchObject({ code: 3, starts: ".", stderr: expect.stringContaining(stays(out)) });
  });
});

describe("on the CPU engine, no driver is blamed, nor --engine cpu advised", () => {
  it("where the process is killed, with code 75 where it can be resumed", async () => {
    const out = join(folder, "killed");
    const args = [file, "--engine", "cpu"];
    const { code, stderr, starts } = await run(ending("SIGKILL", 1, afterPart(out, 0)), [...args, "--out", out]);
    expect({ code, stderr, starts }).toEqual({
      code: 75,
      stderr: `sinkflow: the program was killed (SIGKILL), as the system does where memory runs out. ${stays(out)}\n`,
      starts: ".",
    });
    expect(await run(ending("SIGKILL", 1, "performance.now() > 500"), args)).toMatchObject({
      code: 1,
      stderr: "sinkflow: the program was killed (SIGKILL), as the system does where memory runs out. Results, if any, are incomplete.\n",
    });
  });
  it("where it crashes, with code 1", async () => {
    const out = join(folder, "crashed");
    const args = [file, "--engine", "cpu", "--out", out];
    expect(await run(ending("SIGSEGV", 1, afterPart(out, 0)), args)).toEqual({
      code: 1,
      stderr: `sinkflow: the program was ended by SIGSEGV. ${stays(out)}\n`,
      starts: ".",
    });
  });
});
