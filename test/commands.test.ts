import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CommanderError } from "@commander-js/extra-typings";
import { describe, expect, it } from "vitest";
import { documentsOf } from "../scripts/docs/fill.ts";
import { loadSpecification } from "../src/cli/input.ts";
import { program } from "../src/cli/program.ts";
import { paper } from "../src/report/paper/experiments.ts";
import { questions } from "../src/report/questions/index.ts";
import { noDriver, sinkflow } from "./support/cli.ts";

// Every command that a document tells is read here as the program reads it. Tutorials, README.md and docs/commands.md are run elsewhere. Those of docs/results.md
// take 14 to 300 s each: here they are run with one run a point, in float64, and say something of each question, though not what the page says.

const root = join(import.meta.dirname, "..");
const { signal } = new AbortController();

/** The words of a line of a shell, up to a comment, a pipe or a list. */
const wordsOf = (line: string) =>
  [...(line.match(/^(?:'[^']*'|"[^"]*"|(?!\s#|\s\||\s>)[^'"])*/)?.[0] ?? "").matchAll(/'([^']*)'|"([^"]*)"|([^\s'"]+)/g)].map(
    ([, single, double, bare]) => single ?? double ?? bare ?? "",
  );

/** Commands in a document, each with whether it is whole: in a block it is, in a sentence its arguments may be left out. */
function commandsIn(text: string): { line: string; whole: boolean }[] {
  const start = /^(?:.*\s)?(?:sinkflow|(?:\S*\/)?dist\/cli\.js) (?=[a-z])/;
  const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, code = ""]) => code.split("\n"));
  const indented = [...text.matchAll(/^ {4}(?! )(.*)$/gm)].map(([, line = ""]) => line);
  const inline = [...text.replace(/^```[\s\S]*?^```$/gm, "").matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code);
  return [...[...blocks, ...indented].map((line) => ({ line, whole: true })), ...inline.map((line) => ({ line, whole: false }))].flatMap(
    ({ line, whole }) => (start.test(line) ? [{ line: line.replace(start, ""), whole }] : []),
  );
}

/** Reads a command. Resolves to what is wrong with it; undefined for nothing. */
async function faultOf(line: string, whole: boolean): Promise<string | undefined> {
  const sinkflow = program(signal);
  let checking: Promise<unknown> | undefined;
  const known = (studies: readonly { name: string }[], names: readonly string[]) => {
    const unknown = names.find((name) => !studies.some((study) => study.name === name));
    if (unknown !== undefined) throw new Error(`there is no ${unknown}`);
  };
  for (const command of sinkflow.commands)
    command.action((...[first, options]: unknown[]) => {
      const { set = [] } = options as { set?: string[] };
      if (command.name() === "questions") known(questions.studies, first as unknown as string[]);
      else if (command.name() === "reproduce") known(paper.studies, first as unknown as string[]);
      else if (typeof first === "string" && existsSync(join(root, first)) && /^(run|verify)$/.test(command.name()))
        checking = loadSpecification(join(root, first), set, signal);
    });
  try {
    await sinkflow.parseAsync(wordsOf(line), { from: "user" });
    await checking;
    return undefined;
  } catch (error) {
    const isShort = error instanceof CommanderError && error.code === "commander.missingArgument";
    return isShort && !whole ? undefined : (error as Error).message;
  }
}

const documents = documentsOf(root).map((path) => ({ path, commands: commandsIn(readFileSync(join(root, path), "utf8")) }));

it("there are many, and those of docs/results.md among them", () => {
  expect(documents.flatMap(({ commands }) => commands).length).toBeGreaterThan(30);
  expect(documents.find(({ path }) => path === "docs/results.md")?.commands.length).toBeGreaterThan(5);
});

describe("the commands of docs/results.md, with one run a point", () => {
  const text = readFileSync(join(root, "docs/results.md"), "utf8");
  const lines = [...text.matchAll(/^npx sinkflow (questions .*)$/gm)].map(([, line = ""]) => wordsOf(line));
  const namesIn = (words: string[]) => words.filter((word) => questions.studies.some(({ name }) => name === word));

  it("are of all questions", () => {
    expect(lines.flatMap(namesIn).sort()).toEqual(questions.studies.map(({ name }) => name).sort());
  });

  it.each(lines.map((words) => [words.join(" "), words] as const))("%s", async (_, words) => {
    const { code, stdout, stderr } = await sinkflow([...words, "--runs", "1", "--engine", "cpu", "--quiet"], { env: noDriver });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const said = stdout.split(/^(?=\S.*:$)/m).filter((section) => section.trim() !== "");
    const titles = namesIn(words).map((name) => questions.studies.find((study) => study.name === name)?.title);
    expect(said.map((section) => section.split("\n")[0])).toEqual(titles.map((title) => `${title}:`));
    for (const section of said) expect(section).toMatch(/^ {2}.*\d/m);
  });
});

describe.each(documents.filter(({ commands }) => commands.length > 0))("$path", ({ commands }) => {
  it.each(commands)("$line", async ({ line, whole }) => expect(await faultOf(line, whole)).toBeUndefined());
});

it("an option, a question, a key or a value that there is not is found", async () => {
  const wrong = [
    "run examples/polarize.yaml --quick",
    "questions polarisation --engine cpu",
    "reproduce nothing",
    "run examples/polarize.yaml --set tokns=4",
    "run examples/polarize.yaml --engine gpu",
    "verify",
    "benchmark",
  ];
  const faults = await Promise.all(wrong.map((line) => faultOf(line, true)));
  expect(faults.filter((fault) => fault === undefined)).toEqual([]);
});
