import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { sinkflow } from "../support/cli.ts";

const folder = mkdtempSync(join(tmpdir(), "sinkflow-streams-"));
afterAll(() => rmSync(folder, { recursive: true }));
const small = ["--engine", "cpu", "--set", "runs=4", "--set", "until.time=1"];

/** Runs a line of bash in which $SINKFLOW is the built command line. */
function shell(line: string): Promise<{ code: number | null; signal: string | null; stderr: string; elapsedMs: number }> {
  const began = performance.now();
  const program = `"${process.execPath}" "${join(import.meta.dirname, "../../dist/cli.js")}"`;
  const child = spawn("bash", ["-c", line.replaceAll("$SINKFLOW", program)], { stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (data) => {
    stderr += data;
  });
  return new Promise((resolve) =>
    child.on("close", (code, signal) => resolve({ code, signal, stderr, elapsedMs: performance.now() - began })),
  );
}

describe("characters that would move a terminal's cursor, or turn the text", () => {
  const evil = "\u001b[31mred\u0007\u009b2J\u202etxt";
  const raw = /(?![\n\t])[\p{Cc}\u202e]/u;
  it("are shown as escapes in text, in JSON, which keeps its meaning, and in the report", async () => {
    const spec = JSON.stringify({ name: evil, tokens: 2 });
    const out = join(folder, "evil");
    const text = await sinkflow(["run", "-", ...small, "--out", out], { input: spec });
    expect(text.code).toBe(0);
    expect(text.stdout).toContain("\\u001b[31mred\\u0007\\u009b2J\\u202etxt");
    expect(text.stdout).not.toMatch(raw);
    expect(readFileSync(join(out, "report.html"), "utf8")).not.toMatch(raw);
    const json = await sinkflow(["run", "-", ...small, "--json"], { input: spec });
    expect(json.stdout).not.toMatch(raw);
    expect(JSON.parse(json.stdout).specification.name).toBe(evil);
  });
  it("are shown as escapes in an error about an unknown key", async () => {
    const { code, stderr } = await sinkflow(["run", "-"], { input: `"\\e[2Jx": 1` });
    expect(code).toBe(2);
    expect(stderr).toContain("unknown key");
    expect(stderr).not.toMatch(raw);
  });
});

it("a file that is no UTF-8 is refused with the line", async () => {
  const path = join(folder, "latin1.yaml");
  writeFileSync(path, Buffer.from("tokens: 8\nseed: 2\nname: caf\xe9\n", "latin1"));
  const { code, stderr } = await sinkflow(["run", path]);
  expect([code, stderr]).toEqual([2, `sinkflow: ${path}:3: expected text in UTF-8, got bytes that are none. Nothing was written.\n`]);
});

describe("standard output on a full disk", () => {
  it("ends with code 4, and says that nothing was written", async () => {
    const { code, stderr } = await shell(`echo 'tokens: 2' | $SINKFLOW run - ${small.join(" ")} --quiet > /dev/full`);
    expect([code, stderr]).toEqual([
      4,
      "sinkflow: standard output: expected room for what is printed, got: no space is left on the device. Nothing was written.\n",
    ]);
  });
  it("or that the results are there", async () => {
    const out = join(folder, "full");
    const { code, stderr } = await shell(`echo 'tokens: 2' | $SINKFLOW run - ${small.join(" ")} --quiet --out ${out} > /dev/full`);
    expect(code).toBe(4);
    expect(stderr).toContain(`The results are in ${out}.`);
    expect((await sinkflow(["report", out])).code).toBe(0);
  });
});

it("closed standard streams do not change how a wrong specification ends", async () => {
  for (const closed of ["2>&-", "2>&- >&-", "2>/dev/full"])
    expect((await shell(`echo 'tokns: 2' | $SINKFLOW run - ${closed}`)).code).toBe(2);
});

describe("a signal", () => {
  it.each([0, 50, 150, 300])("%i ms after the start ends the program with code 75", async (delay) => {
    const spec = join(folder, "long.yaml");
    writeFileSync(spec, "tokens: 64\nruns: 100000\n");
    // The supervisor's own start is not its matter: it is waited for until it runs.
    const line = `$SINKFLOW run ${spec} --engine cpu --quiet & p=$!; until [ -n "$(ls /proc/$p/task/$p/children 2>/dev/null)" ] && [ -n "$(cat /proc/$p/task/$p/children)" ]; do sleep 0.01; done; sleep ${delay / 1000}; kill -TERM $p; wait $p`;
    const { code, stderr } = await shell(line);
    expect(code).toBe(75);
    expect(stderr).toMatch(/^sinkflow: interrupted\b.* It can't be resumed: the same command starts anew\.\n$/);
  });
  it.each([0, 200])("that ends the supervisor alone, %i ms after it has a child, ends the child, too", async (delay) => {
    const spec = join(folder, "long.yaml");
    writeFileSync(spec, "tokens: 64\nruns: 100000\n");
    const line = `$SINKFLOW run ${spec} --engine cpu --quiet & p=$!; until [ -n "$(cat /proc/$p/task/$p/children)" ]; do sleep 0.005; done; c=$(echo $(cat /proc/$p/task/$p/children)); sleep ${delay / 1000}; kill -KILL $p; wait $p; for i in $(seq 1 300); do [ -d /proc/$c ] || exit 0; sleep 0.1; done; kill $c; exit 9`;
    expect((await shell(line)).code).toBe(0);
  });
  it("while a long specification, or one that never ends, is read: ends it within two seconds, with one line", async () => {
    const [long, fifo] = [join(folder, "long-text.yaml"), join(folder, "fifo")];
    const rates = Array.from({ length: 10_000 }, (_, i) => `{kind: adam, learningRate: ${(i + 1) / 1e4}, beta1: 0.8}`);
    writeFileSync(long, `tokens: 2\nruns: 2\ngrid:\n  optimizer: [${rates.join(", ")}]\n`);
    await shell(`mkfifo ${fifo}`);
    const read = (text: string) => `$SINKFLOW run ${text} --engine cpu --quiet`;
    const inputs = [
      { command: read(long), signal: "TERM", delay: 0.1 },
      { command: read(long), signal: "INT", delay: 0.3 },
      { command: read(long), signal: "TERM", delay: 0.6 },
      { command: read(fifo), signal: "INT", delay: 2 }, // nobody writes to it
      { command: `exec 8<>${fifo}; ${read("- <&8")}`, signal: "TERM", delay: 0.6 },
    ];
    for (const { command, signal, delay } of inputs) {
      const line = `${command} & p=$!; until [ -n "$(cat /proc/$p/task/$p/children)" ]; do sleep 0.01; done; sleep ${delay}; s=$(date +%s%N); kill -${signal} $p; wait $p; c=$?; echo $((($(date +%s%N) - s) / 1000000)) >&2; exit $c`;
      const { code, stderr } = await shell(line);
      const [said, ms] = stderr.trim().split("\n");
      expect({ code, said }, command).toEqual({
        code: 75,
        said: "sinkflow: interrupted. Nothing was written. It can't be resumed: the same command starts anew.",
      });
      expect(Number(ms)).toBeLessThan(5000); // two seconds, and what others take of the machine
    }
  });
  it("ends one that does not listen within two seconds", async () => {
    const busy = join(folder, "busy.mjs");
    writeFileSync(busy, "if (process.env.SINKFLOW_MESSAGES_FD) for (;;);");
    const cli = join(import.meta.dirname, "../../dist/cli.js");
    const { code, stderr, elapsedMs } = await shell(
      `"${process.execPath}" --import ${busy} ${cli} schema & p=$!; sleep 1; kill -TERM $p; wait $p`,
    );
    expect([code, stderr]).toEqual([
      75,
      "sinkflow: interrupted. Nothing was written. It can't be resumed: the same command starts anew.\n",
    ]);
    expect(elapsedMs).toBeLessThan(60_000); // it would go on for ever
  });
});

describe("standard output", () => {
  it("has nothing of a driver that was interrupted while it compiled: it may print what it could not", async () => {
    const input = JSON.stringify({
      ...{ tokens: 8, runs: 64 },
      grid: { loss: ["logistic", "square", "exponential"], normalizer: ["softmax", "sigmoid", "softmax1"] },
    });
    for (const [i, afterMs] of [1200, 1600, 2000, 2400].entries()) {
      const began = Date.now();
      const { code, stdout, stderr } = await sinkflow(["run", "-", "--engine", "webgpu", "--quiet"], {
        input,
        env: { MESA_SHADER_CACHE_DIR: join(folder, `programs${i}`) }, // with no programs in it
        interruptWhen: () => Date.now() - began > afterMs,
      });
      const said = "sinkflow: interrupted. Nothing was written. It can't be resumed: the same command starts anew.\n";
      expect({ code, stdout, stderr }).toEqual({ code: 75, stdout: "", stderr: said });
    }
  });
});
