import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { markdownTable } from "../docs/markdown.ts";
import { type Row, tableOf } from "./tally.ts";

/** What one kind of faults came to when it was last tried. */
interface Result {
  /** Versions and adapter. */
  program: string;
  date: string;
  minutes: number;
  command: string;
  rows: Row[];
}

const file = "scripts/torture/results.json";
const page = "scripts/torture/results.md";

const read = (): Record<string, Result> => (existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {});

/** Puts a result in place of the last one of its kind. */
export function keep(kind: string, result: Result): void {
  writeFileSync(file, `${JSON.stringify({ ...read(), [kind]: result }, undefined, 1)}\n`);
}

/** Writes what is kept of all kinds as one page. */
export function writeResults(kinds: readonly string[]): void {
  const kept = read();
  const results = kinds.flatMap((kind) => kept[kind] ?? []);
  const how = results.map(({ command, date, minutes, program }) => [`\`${command}\``, date, `${minutes}`, program]);
  const text = [
    "# The last results of `npm run torture`",
    "",
    tableOf(results.flatMap(({ rows }) => rows)),
    "",
    markdownTable(["repeat with", "date", "minutes", "with"], how),
    "",
    "A fault is *survived* where the same command, run again until it is done, gives data files byte-identical to those of a sweep that",
    "nothing disturbed, and computes no part again that was whole. *Lost*: it does not come to that. *Silently wrong*: it says that it is done,",
    "and other data are there, or damaged data went unmentioned. *Badly said*: an exit code or a line other than promised. *Left behind*:",
    "temporaries or locks in a complete folder. Faults of devices are tried by the tests of the GPU engine, and are not counted here.",
    "",
  ];
  writeFileSync(page, text.join("\n"));
}
