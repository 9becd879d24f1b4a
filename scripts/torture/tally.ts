import { markdownTable } from "../docs/markdown.ts";
import type { Random } from "./random.ts";
import type { Sweep } from "./sweeps.ts";

export type Verdict = "survived" | "lost" | "wrong";

interface Row {
  tried: number;
  survived: number;
  lost: number;
  /** A sweep said that it was done, and its data are others; or damaged data were read without a word. */
  wrong: number;
  /** Lines or exit codes other than promised. */
  badlySaid: number;
  /** Complete folders that hold more than they should. */
  leftBehind: number;
}

const noRow: Row = { tried: 0, survived: 0, lost: 0, wrong: 0, badlySaid: 0, leftBehind: 0 };
const countsOf = (row: Row): number[] => [row.tried, row.survived, row.lost, row.wrong, row.badlySaid, row.leftBehind];

/** Counts faults by kind. */
export class Tally {
  private readonly rows = new Map<string, Row>();
  /** What did not go as it should, with how to repeat it. */
  readonly problems: string[] = [];

  /** @param count of faults that ended so */
  add(kind: string, verdict: Verdict, detail?: string, count = 1): void {
    const row = this.row(kind);
    row.tried += count;
    row[verdict] += count;
    if (verdict !== "survived") this.problem(`${kind}: ${verdict}: ${detail}`);
  }

  badlySaid(kind: string, what: string | undefined, repeat: string): void {
    if (what === undefined) return;
    this.row(kind).badlySaid++;
    this.problem(`${kind}: badly said: ${what} (${repeat})`);
  }

  leftBehind(kind: string, files: readonly string[], repeat: string): void {
    if (files.length === 0) return;
    this.row(kind).leftBehind++;
    this.problem(`${kind}: left behind: ${files.slice(0, 5).join(", ")} (${repeat})`);
  }

  /** Faults tried of all kinds whose names begin so. */
  tried(prefix = ""): number {
    return [...this.rows].reduce((sum, [kind, { tried }]) => sum + (kind.startsWith(prefix) ? tried : 0), 0);
  }

  /** Whether nothing was lost, and nothing silently wrong. */
  get isClean(): boolean {
    return this.problems.length === 0;
  }

  toString(): string {
    const header = ["fault", "tried", "survived", "lost", "silently wrong", "badly said", "left behind"];
    const cells = (kind: string, counts: readonly number[]) => [kind, ...counts.map((count) => count.toLocaleString("en"))];
    const counts = [...this.rows].map(([kind, row]) => ({ kind, counts: countsOf(row) }));
    const all = countsOf(noRow).map((_, column) => counts.reduce((sum, { counts }) => sum + (counts[column] as number), 0));
    return markdownTable(header, [...counts.map(({ kind, counts }) => cells(kind, counts)), cells("**all**", all)]);
  }

  private row(kind: string): Row {
    const row = this.rows.get(kind) ?? { ...noRow };
    this.rows.set(kind, row);
    return row;
  }

  private problem(text: string): void {
    this.problems.push(text.replace(/\s+/g, " "));
    console.error(this.problems.at(-1));
  }
}

/** What trials of one kind of fault are made with. */
export interface TrialOptions {
  scratch: string;
  sweep: Sweep;
  tally: Tally;
  random: Random;
  /** How many faults in all. */
  count: number;
  /** How many at a time. */
  lanes?: number;
}
