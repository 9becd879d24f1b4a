// Hostile input: specifications, command lines and results folders that are wrong in every way that comes to mind. Each must be taken, or
// refused with one line that names its field and an exit code of the contract, before a second has passed; nothing may be written outside
// --out. Of COUNT cases 2 in 100 are command lines and 1 in 200 is a results folder, the rest are specifications. Exit 1: something is not so.
// After npm run build:   npm run -s script -- hostile COUNT [SEED]
import fc from "fast-check";
import { commandLines } from "./hostile/commandLines.ts";
import { folderChanges } from "./hostile/folders.ts";
import { judge } from "./hostile/judge.ts";
import { performFolders, performLines } from "./hostile/perform.ts";
import { hostileSpecifications } from "./hostile/specifications.ts";
import { World } from "./hostile/world.ts";

const [count = 10_000, seed = 1] = process.argv.slice(2).map(Number);
const counts = { specifications: Math.ceil(0.975 * count), lines: Math.ceil(0.02 * count), folders: Math.ceil(0.005 * count) };
const faults = new Map<string, { times: number; text: string }>();
const note = (kind: string, fault: string | undefined, input: string) => {
  if (fault === undefined) return;
  const key = `${kind}: ${fault.replace(/\d+/g, "N").slice(0, 60)}`;
  const before = faults.get(key);
  if (!before) console.error(`fault: ${fault.slice(0, 500)}`);
  faults.set(key, { times: (before?.times ?? 0) + 1, text: before?.text ?? `${fault.slice(0, 1000)}\n    of ${input.slice(0, 1000)}` });
};

const began = performance.now();
const table: string[] = [];
const row = (kind: string, tried: number, taken: number) => {
  table.push(`| ${kind} | ${tried} | ${taken} | ${tried - taken} |`);
  console.error(`${kind}: ${tried} tried after ${((performance.now() - began) / 1000).toFixed(0)} s`);
};

/** No specification takes longer, in milliseconds of processors. */
const mostMs = 1000;
let taken = 0;
const inSlices = 1000;
for (let from = 0; from < counts.specifications; from += inSlices) {
  const numRuns = Math.min(inSlices, counts.specifications - from);
  for (const [i, input] of fc.sample(hostileSpecifications, { numRuns, seed: seed + from }).entries()) {
    const judged = await judge(input, i, mostMs);
    if (judged.taken) taken++;
    note("specification", judged.fault, JSON.stringify([new TextDecoder().decode(input.bytes), ...input.settings]));
  }
  if (from % 10_000 === 0)
    console.error(
      `${from + numRuns} specifications after ${((performance.now() - began) / 1000).toFixed(0)} s, ${faults.size} kinds of faults`,
    );
}
row("specifications", counts.specifications, taken);

const world = new World(process.cwd());
try {
  const lines = fc.sample(commandLines, { numRuns: counts.lines, seed });
  row("command lines", counts.lines, await performLines(world, lines, note));
  const changes = fc.sample(folderChanges, { numRuns: counts.folders, seed });
  row("results folders", counts.folders, await performFolders(world, changes, note));
} finally {
  world.remove();
}

console.log(["| hostile | tried | taken | refused |", "| --- | --- | --- | --- |", ...table].join("\n"));
console.log(
  `\n${faults.size === 0 ? "No fault" : `${faults.size} kinds of faults`}; seed ${seed}, ${((performance.now() - began) / 1000).toFixed(0)} s, Node ${process.versions.node}.`,
);
for (const [key, { times, text }] of faults) console.log(`\n${times} × ${key}\n    ${text}`);
process.exit(faults.size === 0 ? 0 : 1);
