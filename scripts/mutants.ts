// Plants faults in the shaders, one at a time (scripts/mutants/faults.ts), and says whether the certificate of `sinkflow run` sees them,
// and with --tests, whether the test that each one names does. It changes no file, but for --write, which puts the table into
// docs/accuracy.md. Words of a file's name or of a fault choose some of them.
// Repeat with: node scripts/with-driver.mjs --driver lavapipe npm run script -- mutants [--tests] [--write] [WORDS…]
//
// It exits with 1 where a fault is seen by neither (known with --tests alone), where the certificate sees fewer than `fewestSeen` of all,
// where it sees a change that is equivalent, and where a specification is not clean without a fault or does not execute the file.
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import shaders from "sinkflow:shaders";
import { SinkflowError } from "../src/model/errors.ts";
import { parseSpecification } from "../src/model/grid.ts";
import { openEngine } from "../src/node.ts";
import { isVerified, runSweep } from "../src/sweep/sweep.ts";
import { code, markdownTable } from "./docs/markdown.ts";
import { type Fault, planted } from "./mutants/fault.ts";
import { faults } from "./mutants/faults.ts";
import { Sandbox } from "./mutants/sandbox.ts";
import { type SpecificationName, specifications } from "./mutants/specifications.ts";

/** 27 of 32 of the faults, equivalent changes not counted. */
const fewestSeen = (count: number) => Math.ceil((27 / 32) * count);
const document = "docs/accuracy.md";

const { options, words } = argumentsOf(process.argv.slice(2));
const everyFault = Object.entries(faults).flatMap(([file, list]) => list.map((fault) => ({ file, ...fault })));
const chosen = everyFault.filter(({ file, says }) => words.every((word) => `${file} ${says}`.includes(word)));
if (chosen.length === 0) fail(`expected words of a shader's name or of a fault, got ${words.join(" ")}`);

const texts = shaders as Record<string, string>;
try {
  for (const { file, ...fault } of everyFault) planted(file, texts[file] ?? "", fault);
} catch (error) {
  fail((error as Error).message);
}
const { engine, pool } = await openEngine("webgpu").catch((error: Error) => fail(error.message));
const write = options.write ? measuredBlock() : undefined;
const problems: string[] = [];

/** Whether the certificate, or the engine, refuses the results of a specification with the shaders as they are now; undefined if no run is compared. */
async function refuses(name: SpecificationName): Promise<boolean | undefined> {
  const report = await runSweep(parseSpecification(specifications[name]), engine, pool, {}).catch(refusal);
  if (!report) return true;
  return report.points.some(({ verification }) => verification && verification.runs > 0) ? !isVerified(report) : undefined;
}

/** What a device hands back may be what it never can: then no results are written. */
function refusal(error: unknown): undefined {
  if (!(error instanceof SinkflowError && error.failure === "device")) throw error;
}

/** Whether a program of the specification has this file of the shaders, as it is now. */
const executes = (name: SpecificationName, file: string): boolean =>
  parseSpecification(specifications[name]).points.some(({ ensemble }) =>
    engine.kernels?.(ensemble, {}).programs.some((program) => program.includes(texts[file] as string)),
  );

/** Whether the certificate sees a fault. Its pipelines are new ones: the cache has them by their source. */
async function isCertified({ file, runs, ...fault }: Fault & { file: string }): Promise<boolean> {
  const text = texts[file] as string;
  texts[file] = planted(file, text, fault);
  try {
    if (!executes(runs, file)) problems.push(`${file}: ${fault.says}: the specification ${runs} does not execute this file here`);
    return (await refuses(runs)) === true;
  } finally {
    texts[file] = text;
  }
}

const clean = new Map<SpecificationName, boolean | undefined>();
const results: (Fault & { file: string; certified: boolean; tested?: boolean })[] = [];
const sandbox = options.tests ? new Sandbox() : undefined;
try {
  for (const fault of chosen) {
    const { runs, file, says } = fault;
    if (!clean.has(runs)) {
      clean.set(runs, await refuses(runs));
      if (clean.get(runs) !== false)
        problems.push(`${runs}: without a fault the certificate ${clean.get(runs) ? "refuses it" : "compares no run"}`);
    }
    const certified = await isCertified(fault);
    const tested = fault.equivalent === undefined && sandbox ? await sandbox.sees(fault) : undefined;
    results.push({ ...fault, certified, ...(tested !== undefined && { tested }) });
    const byTest = tested === undefined ? "" : `, its test ${tested ? "fails" : "passes"}`;
    console.error(`${results.length}/${chosen.length} ${file}: ${says}: ${certified ? "seen" : "not seen"}${byTest}`);
  }
} catch (error) {
  sandbox?.remove();
  fail((error as Error).message);
}
sandbox?.remove();

const counted = results.filter(({ equivalent }) => equivalent === undefined);
const seen = counted.filter(({ certified }) => certified).length;
for (const { file, says, certified, tested } of counted)
  if (!certified && tested === false) problems.push(`${file}: ${says}: seen by neither the certificate nor its test`);
for (const { file, says, certified, equivalent } of results)
  if (certified && equivalent !== undefined) problems.push(`${file}: ${says}: the certificate refuses it, though ${equivalent}`);
if (words.length === 0 && seen < fewestSeen(counted.length))
  problems.push(`the certificate sees ${seen} of ${counted.length} faults, expected at least ${fewestSeen(counted.length)}`);

const table = [
  `${engine.adapter?.description}: the certificate sees ${seen} of ${counted.length} faults.`,
  markdownTable(
    ["file", "fault", "specification", "certificate", "test"],
    results.map(({ file, says, runs, certified, tested, equivalent }) => [
      code(file),
      says,
      runs,
      equivalent === undefined ? (certified ? "sees it" : "–") : `equivalent: ${equivalent}`,
      tested === undefined ? "" : tested ? "fails" : "–",
    ]),
  ),
  "The specifications:",
  [...new Set(results.map(({ runs }) => runs))].map((name) => `- ${name}: ${code(shown(specifications[name]))}`).join("\n"),
].join("\n\n");
if (write) write(table);
else console.log(table);
for (const problem of problems) console.error(`mutants: ${problem}`);
process.exit(problems.length > 0 ? 1 : 0);

/** A specification on one line of YAML; rows of a matrix only as far as they are short. */
function shown(specification: object): string {
  const short = (_: string, value: unknown) => (Array.isArray(value) && value.length > 8 ? `${value.length} numbers` : value);
  return JSON.stringify(specification, short)
    .replaceAll(/"([\w -]+)"/g, "$1")
    .replaceAll(/([:,])(?=\S)/g, "$1 ");
}

/** Puts a table into the measured block of the document, which must have one. */
function measuredBlock(): (content: string) => void {
  const text = readFileSync(document, "utf8");
  const block = /(<!-- measured: mutants -->\n)[\s\S]*?(<!-- \/measured -->)/;
  if (!block.test(text)) fail(`${document}: expected the marks <!-- measured: mutants --> and <!-- /measured -->, got none`);
  return (content) =>
    writeFileSync(
      document,
      text.replace(block, (_, begin: string, end: string) => `${begin}\n${content}\n\n${end}`),
    );
}

function argumentsOf(args: string[]) {
  try {
    const booleans = { tests: { type: "boolean", default: false }, write: { type: "boolean", default: false } } as const;
    const { values, positionals } = parseArgs({ args, allowPositionals: true, options: booleans });
    if (values.write && positionals.length > 0) throw new Error("--write: expected no words, since the table is of all faults");
    return { options: values, words: positionals };
  } catch (error) {
    return fail((error as Error).message);
  }
}

function fail(message: string): never {
  console.error(`mutants: ${message}. Nothing was written.`);
  process.exit(1);
}
