import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, describe, expect, it } from "vitest";
import { sinkflow } from "./support/cli.ts";

// Everything that README.md and docs/commands.md tell a reader to type is run here as a process, at a smaller size where its own takes long.

const root = join(import.meta.dirname, "..");
const readme = readFileSync(join(root, "README.md"), "utf8");
const folder = mkdtempSync(join(tmpdir(), "sinkflow-readme-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** The code blocks of a language. */
const blocks = (language: string, text = readme) =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map(([, code = ""]) => code);
const lines = (code: string) =>
  code
    .split("\n")
    .map((line) => line.replace(/ {2,}# .*$/, "").trim())
    .filter((line) => line !== "");

const [printed = ""] = blocks("text");
const [synopsis = ""] = blocks("text", readFileSync(join(root, "docs/commands.md"), "utf8"));
const shell = blocks("sh").flatMap(lines);
const specification = join(folder, "specification.yaml");
writeFileSync(specification, blocks("yaml").join());
const results = join(folder, "results");

/** Runs a program to its end. */
function run(program: string, args: string[], cwd = root): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(program, args, { cwd });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (data) => {
    stdout += data;
  });
  child.stderr.on("data", (data) => {
    stderr += data;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

describe("Quick start", () => {
  it("has these commands, and no others", () => expect(shell).toEqual(["npm run quickstart", "npm test"]));

  it("npm run quickstart prints the table that README.md shows", async () => {
    const { code, stdout } = await run("npm", ["run", "quickstart", "--", join(folder, "quickstart")]);
    expect(code).toBe(0);
    for (const line of lines(printed)) expect(stdout.split("\n").map((text) => text.trim())).toContain(line);
    expect(readdirSync(join(folder, "quickstart"))).toContain("report.html");
  });

  it("npm test finds a driver and starts the tests", async () => {
    // Not the tests themselves: this is one of them.
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const [start, tests] = ["node scripts/with-driver.mjs", "npx vitest run"];
    expect(scripts.test).toBe(`${start} ${tests}`);
    const { code, stdout } = await run("node", [...start.split(" ").slice(1), "node", "-p", "process.env.SINKFLOW_DRIVER"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^(system|lavapipe|swiftshader)\n$/);
  });
});

/** How a command of the synopsis is run: its own words, with these in place of SPEC and DIR, and what makes it small. */
const smaller: Record<string, string[]> = {
  run: ["--engine", "cpu", "--set", "runs=8"],
  merge: [],
  report: [],
  questions: ["--engine", "cpu", "--runs", "1"],
  verify: ["--set", "grid.normalizer=[softmax]", "--set", "grid.values.scale=[0.1]"],
  bench: ["--engine", "cpu", "--small", "--repeat", "1"],
  devices: [],
  schema: [],
};
const commands = lines(synopsis).map((line) => (line.split(/ {2,}/)[0] as string).split(" "));
/** Where only node is found, peers are told absent: test/cli/bench.test.ts times them. */
const onlyNode = join(folder, "bin");
mkdirSync(onlyNode);
symlinkSync(process.execPath, join(onlyNode, "node"));
const argumentsOf = (words: string[]) => words.map((word) => ({ SPEC: specification, DIR: results })[word] ?? word);

describe("Commands", () => {
  it("are all there are, in at most 80 columns", async () => {
    const { stdout } = await sinkflow(["--help"]);
    const list = stdout.slice(stdout.indexOf("Commands:"), stdout.indexOf("Exit codes:"));
    const all = [...list.matchAll(/^ {2}(\w+)/gm)].map((match) => match[1]);
    expect(commands.map(([name]) => name).sort()).toEqual(all.filter((name) => name !== "help").sort());
    for (const line of synopsis.split("\n")) expect([...line].length).toBeLessThan(80);
  });

  // test/tutorials.test.ts reproduces an experiment.
  it.each(commands.filter(([name = ""]) => name in smaller).map((words) => ({ words, line: words.join(" ") })))(
    "$line",
    async ({ words }) => {
      const [name = ""] = words;
      const env = name === "bench" ? { PATH: onlyNode } : {};
      const { code, stdout, stderr } = await sinkflow([...argumentsOf(words), ...(smaller[name] as string[])], { env });
      expect({ code, stderr: stderr.replace(/^sinkflow: \d+ % after .*\n/gm, "") }).toEqual({ code: 0, stderr: "" });
      expect(stdout).not.toBe("");
    },
  );

  it("lab serves a page until it is interrupted", async () => {
    const words = commands.find(([name]) => name === "lab") as string[];
    expect(words).toEqual(["lab", "--port", "7333"]);
    const child = spawn(process.execPath, ["dist/cli.js", "lab", "--port", "0"], { cwd: root }); // any port that is free
    const address = await new Promise<string>((resolve) =>
      child.stdout.on("data", (data: Buffer) => resolve(data.toString().split(" ")[0] as string)),
    );
    const page = await (await fetch(address)).text();
    expect(page).toBe(readFileSync(join(root, "dist/lab/index.html"), "utf8"));
    child.kill("SIGINT");
    expect(await new Promise((resolve) => child.on("close", resolve))).toBe(0);
  });

  it("run wrote what docs/output.md names, and DuckDB reads it by the line shown there", async () => {
    expect(readdirSync(results).sort()).toEqual(["figures", "manifest.json", "parts", "report.html", "runs", "summary.json"]);
    for (const name of readdirSync(results)) expect(readFileSync(join(root, "docs/output.md"), "utf8")).toContain(name);
    const [sql = ""] = blocks("sql", readFileSync(join(root, "docs/output.md"), "utf8"));
    const connection = await (await DuckDBInstance.create()).connect();
    const rows = (await connection.runAndReadAll(sql.replace("DIR", results))).getRowsJson() as [sink: number, share: number][];
    expect(rows.reduce((sum, [, share]) => sum + share, 0)).toBeCloseTo(1, 12);
  });
});

it("the module, installed as a package", async () => {
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules/sinkflow"));
  writeFileSync(join(folder, "example.mjs"), blocks("js").join());
  const { code, stdout } = await run(process.execPath, ["example.mjs"], folder);
  expect({ code, stdout }).toEqual({ code: 0, stdout: "{ normalizer: 'softmax' } 1\n{ normalizer: 'sigmoid' } 0\n" });
});

it("docs/output.md names every key of the JSON", async () => {
  const small = ["--set", "runs=8", "--set", "record.trajectories=1", "--set", "until={clock: 10}"];
  const { stdout } = await sinkflow(["run", "-", "--json", ...small], { input: "tokens: 4" });
  const output = readFileSync(join(root, "docs/output.md"), "utf8");
  // Not the specification, nor the tokens' and kinds' own names.
  const check = (value: unknown, path: string) => {
    if (Array.isArray(value)) return check(value[0], path);
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (!/status|adapter|reduction|uniformity$/.test(path)) expect(output, `${path}.${key}`).toMatch(new RegExp(`[\`.]${key}\``));
      if (key !== "specification" && key !== "parameters") check(inner, `${path}.${key}`);
    }
  };
  check(JSON.parse(stdout), "");
});
