import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { markdownTable } from "../docs/markdown.ts";
import { type Row, tableOf } from "./tally.ts";

/** What one slice of one kind of faults came to when it was last tried. */
interface Result {
  kind: string;
  slice: { number: number; slices: number; seed: number };
  /** Versions and adapter. */
  program: string;
  date: string;
  minutes: number;
  rows: Row[];
}

const file = "scripts/torture/results.json";
const page = "scripts/torture/results.md";

const read = (): Result[] => (existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : []);

/** Puts a result beside those of other slices of its kind, if these are cut as it is; otherwise in their place. */
export function keep(result: Result): void {
  const { number, slices, seed } = result.slice;
  const isOther = ({ kind, slice }: Result) =>
    kind !== result.kind || (slice.slices === slices && slice.seed === seed && slice.number !== number);
  const kept = [...read().filter(isOther), result].sort((a, b) => a.slice.number - b.slice.number);
  writeFileSync(file, `[\n${kept.map((one) => JSON.stringify(one)).join(",\n")}\n]\n`);
}

/** Rows of several slices, those of the same fault as one. */
function summed(results: readonly Result[]): Row[] {
  const rows = new Map<string, Row>();
  for (const row of results.flatMap(({ rows }) => rows)) {
    const sum: Row = { ...(rows.get(row.fault) ?? row) };
    if (rows.has(row.fault))
      for (const key of ["tried", "survived", "lost", "wrong", "badlySaid", "leftBehind"] as const) sum[key] += row[key];
    rows.set(row.fault, sum);
  }
  return [...rows.values()];
}

const numbered = (results: readonly Result[]): string => {
  const { slices } = (results[0] as Result).slice;
  return results.length === slices ? `all of ${slices}` : `${results.map(({ slice }) => slice.number).join(", ")} of ${slices}`;
};

/** Writes what is kept of all kinds as one page. */
export function writeResults(kinds: readonly string[]): void {
  const kept = read();
  const groups = kinds.map((kind) => kept.filter((result) => result.kind === kind)).filter((results) => results.length > 0);
  const how = groups.map((results) => {
    const { kind, slice } = results[0] as Result;
    const dates = results.map(({ date }) => date).sort();
    const minutes = results.reduce((sum, { minutes }) => sum + minutes, 0);
    const command = `npm run torture -- ${kind} --slice I/${slice.slices} --seed ${slice.seed}`;
    const programs = [...new Set(results.map(({ program }) => program))].join("; ");
    const span = [...new Set([dates[0], dates.at(-1)])].join(" to ");
    return [`\`${command}\``, numbered(results), span, `${minutes}`, programs];
  });
  const text = [
    "# The last results of `npm run torture`",
    "",
    tableOf(groups.flatMap(summed)),
    "",
    markdownTable(["repeat with", "slices I that were tried", "date", "minutes", "with"], how),
    "",
    "A fault is *survived* where the same command, run again until it is done, gives data files byte-identical to those of a sweep that",
    "nothing disturbed, and computes no part again that was whole. *Lost*: it does not come to that. *Silently wrong*: it says that it is done,",
    "and other data are there, or damaged data went unmentioned. *Badly said*: an exit code or a line other than promised. *Left behind*:",
    "temporaries or locks in a complete folder. Faults of devices are tried by the tests of the GPU engine, and are not counted here.",
    "",
  ];
  writeFileSync(page, text.join("\n"));
}
