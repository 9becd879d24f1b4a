import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { documentsOf } from "../scripts/docs/fill.ts";
import { noDriver } from "./support/cli.ts";

// What pages tell a reader to type is typed here: blocks with a name are written as files, blocks of sh are run in their order, and the lines of
// a block of text are among those that the commands before it printed.

const root = join(import.meta.dirname, "..");
const scratch = mkdtempSync(join(tmpdir(), "sinkflow-tutorials-"));
afterAll(() => rmSync(scratch, { recursive: true }));

/** What readers have: npx, with sinkflow and other programs. */
const bin = join(scratch, "bin");
mkdirSync(bin);
const npx = `#!/usr/bin/env bash
if [ "$1" = sinkflow ]; then exec "${process.execPath}" "${join(root, "dist/cli.js")}" "\${@:2}"; fi
exec "${join(root, "node_modules/.bin")}/$1" "\${@:2}"
`;
writeFileSync(join(bin, "npx"), npx);
chmodSync(join(bin, "npx"), 0o755);
// Without a driver: the numbers of the CPU engine are the same everywhere.
const env = { ...process.env, ...noDriver, PATH: `${bin}:${process.env["PATH"]}` };

const blocksOf = (text: string) =>
  [...text.matchAll(/^```(\w*)(?: (\S+))?\n([\s\S]*?)^```$/gm)].map(([, language = "", file, code = ""]) => ({ language, file, code }));

/** The modules that a program in Python imports and that python3 has not. */
function missing(program: string): string[] {
  const modules = new Set([...program.matchAll(/^(?:import|from) (\w+)/gm)].map(([, name = ""]) => name));
  return [...modules].filter((name) => spawnSync("python3", ["-c", `import ${name}`]).status !== 0);
}

const pages = [...documentsOf(root).filter((path) => path.startsWith("docs/tutorials/")), "docs/python.md"];

describe.each(pages)("%s", (page) => {
  const text = readFileSync(join(root, page), "utf8");
  const folder = join(scratch, page.replace(/\W/g, "-"));
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  symlinkSync(root, join(folder, "node_modules/sinkflow"));

  it("does what it says", (test) => {
    let printed: string[] = [];
    for (const { language, file, code } of blocksOf(text)) {
      if (file !== undefined) writeFileSync(join(folder, file), code);
      else if (language === "sh") {
        const [program = ""] = code.match(/(?<=python3 )\S+/) ?? [];
        const lacking = program === "" ? [] : missing(readFileSync(join(folder, program), "utf8"));
        if (lacking.length > 0) test.skip(`python3 has no ${lacking.join(", ")}: ${program} was not run`);
        const { status, stdout, stderr } = spawnSync("bash", ["-e", "-c", code], { cwd: folder, env, encoding: "utf8" });
        expect({ code, status, errors: status === 0 ? "" : stderr }).toEqual({ code, status: 0, errors: "" });
        printed = `${stdout}${stderr}`.split("\n").map((line) => line.trimEnd());
      } else if (language === "text") for (const line of code.trimEnd().split("\n")) expect(printed).toContain(line);
    }
    const named = [...text.matchAll(/`(results\/[\w./-]+)`/g)].map(([, path = ""]) => path);
    for (const path of named) expect(existsSync(join(folder, path)), path).toBe(true);
  });
});

it("every block of a language is on a page that a test runs", () => {
  const run = new Set([...pages, "README.md", "docs/library.md", "docs/results.md"]); // test/readme.test.ts, which runs SQL too, test/library/library.test.ts, and test/commands.test.ts
  for (const page of documentsOf(root).filter((path) => !run.has(path))) {
    const languages = blocksOf(readFileSync(join(root, page), "utf8")).map(({ language }) => language);
    expect(
      languages.filter((language) => !["mermaid", "text", "ts", "sql"].includes(language)),
      page,
    ).toEqual([]);
  }
});

describe("the notebook", () => {
  const [name] = readdirSync(join(root, "examples")).filter((file) => file.endsWith(".ipynb"));
  const { cells } = JSON.parse(readFileSync(join(root, "examples", name as string), "utf8")) as {
    cells: { cell_type: string; source: string | string[]; outputs?: unknown[]; execution_count?: number }[];
  };
  const code = cells.filter(({ cell_type }) => cell_type === "code");

  it("has the code and the prose of docs/python.md, as `python3 scripts/notebook.py` makes it", () => {
    const page = readFileSync(join(root, "docs/python.md"), "utf8");
    const sources = (of: typeof cells) => of.map(({ source }) => [source].flat().join(""));
    const blocks = blocksOf(page).filter(({ language }) => language === "python");
    expect(sources(code)).toEqual(blocks.map((block) => block.code.trim()));
    const prose = page.split(/^```[\s\S]*?^```$/m).flatMap((text) => text.trim() || []);
    expect(sources(cells.filter(({ cell_type }) => cell_type === "markdown"))).toEqual(
      prose.map((text) => text.replace(/\]\((?!https?:|#)/g, "](../docs/")),
    );
  });

  it("was executed, and shows its figure", () => {
    expect(code.map(({ execution_count }) => execution_count)).toEqual(code.map((_, i) => i + 1));
    expect(JSON.stringify(code.at(-1)?.outputs)).toContain("image/png");
  });
});
