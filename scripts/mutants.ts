// Plants faults in the shaders, one at a time (scripts/mutants/faults.ts), and says whether the certificate of `sinkflow run` sees them,
// and with --tests, whether the test that each one names does. Words of a file's name or of a fault choose some of them, --untried
// those of which no result is kept. With --write each result is kept as soon as it is known (scripts/mutants/results.json), and the table of all
// is put into docs/accuracy.md. Otherwise no file is changed.
// Repeat with: node scripts/with-driver.mjs --driver lavapipe npm run script -- mutants [--tests] [--write] [--untried] [WORDS…]
//
// It exits with 1 where a fault is seen by neither (known with --tests alone), where the certificate sees fewer than `fewestSeen` of all,
// where it sees a change that is equivalent, and where a specification is not clean without a fault or does not execute the file.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import shaders from "sinkflow:shaders";
import { SinkflowError } from "../src/model/errors.ts";
import { parseSpecification } from "../src/model/grid.ts";
import { openEngine } from "../src/node.ts";
import { isVerified, runSweep } from "../src/sweep/sweep.ts";
import { document, now, withBlock, writeBlock } from "./accuracy/kept.ts";
import { planted } from "./mutants/fault.ts";
import { Sandbox } from "./mutants/sandbox.ts";
import { type SpecificationName, specifications } from "./mutants/specifications.ts";
import { everyFault, kept, nameOf, type PlantedFault, type Tried, tableOf } from "./mutants/table.ts";

/** 27 of 32 of the faults, equivalent changes not counted. */
const fewestSeen = (count: number) => Math.ceil((27 / 32) * count);
const block = "mutants";

const { options, words } = argumentsOf(process.argv.slice(2));
const named = everyFault.filter((fault) => words.every((word) => nameOf(fault).includes(word)));
if (named.length === 0) fail(`expected words of a shader's name or of a fault, got ${words.join(" ")}`);
const before = kept.all();
const chosen = options.untried ? named.filter((fault) => !before[nameOf(fault)]) : named;

const texts = shaders as Record<string, string>;
try {
  for (const { file, ...fault } of everyFault) planted(file, texts[file] ?? "", fault);
  if (options.write) withBlock(readFileSync(document, "utf8"), block, "");
} catch (error) {
  fail((error as Error).message);
}
const { engine, pool } = await openEngine("webgpu").catch((error: Error) => fail(error.message));
const adapter = engine.adapter?.description ?? "";
const when = now();
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
async function isCertified({ file, runs, ...fault }: PlantedFault): Promise<boolean> {
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
const results: Record<string, Tried> = {};
const sandbox = options.tests ? new Sandbox() : undefined;
try {
  for (const [i, fault] of chosen.entries()) {
    const { runs } = fault;
    if (!clean.has(runs)) {
      clean.set(runs, await refuses(runs));
      if (clean.get(runs) !== false)
        problems.push(`${runs}: without a fault the certificate ${clean.get(runs) ? "refuses it" : "compares no run"}`);
    }
    const certified = await isCertified(fault);
    const tested = fault.equivalent === undefined && sandbox ? await sandbox.sees(fault) : undefined;
    const result: Tried = { certified, ...(tested !== undefined && { tested }), adapter, ...when };
    results[nameOf(fault)] = result;
    if (options.write) kept.put(nameOf(fault), result);
    const byTest = tested === undefined ? "" : `, its test ${tested ? "fails" : "passes"}`;
    console.error(`${i + 1}/${chosen.length} ${nameOf(fault)}: ${certified ? "seen" : "not seen"}${byTest}`);
  }
} catch (error) {
  sandbox?.remove();
  fail((error as Error).message, options.write ? "The results so far are kept." : undefined);
}
sandbox?.remove();

const counted = chosen.filter(({ equivalent }) => equivalent === undefined);
const resultOf = (fault: PlantedFault) => results[nameOf(fault)] as Tried;
const seen = counted.filter((fault) => resultOf(fault).certified).length;
for (const fault of chosen) {
  const { certified, tested } = resultOf(fault);
  if (!certified && tested === false) problems.push(`${nameOf(fault)}: seen by neither the certificate nor its test`);
  if (certified && fault.equivalent !== undefined)
    problems.push(`${nameOf(fault)}: the certificate refuses it, though ${fault.equivalent}`);
}
if (chosen.length === everyFault.length && seen < fewestSeen(counted.length))
  problems.push(`the certificate sees ${seen} of ${counted.length} faults, expected at least ${fewestSeen(counted.length)}`);

if (options.write) writeBlock(block, tableOf(kept.all()));
else console.log(tableOf(results));
for (const problem of problems) console.error(`mutants: ${problem}`);
process.exit(problems.length > 0 ? 1 : 0);

function argumentsOf(args: string[]) {
  try {
    const flag = { type: "boolean", default: false } as const;
    const { values, positionals } = parseArgs({ args, allowPositionals: true, options: { tests: flag, write: flag, untried: flag } });
    return { options: values, words: positionals };
  } catch (error) {
    return fail((error as Error).message);
  }
}

function fail(message: string, written = "Nothing was written."): never {
  console.error(`mutants: ${message}. ${written}`);
  process.exit(1);
}
