import { markdownTable } from "../docs/markdown.ts";
import type { Random } from "./random.ts";
import type { Sweep } from "./sweeps.ts";

export type Verdict = "survived" | "lost" | "wrong";

/** What became of the faults of one sort. */
export interface Row {
  /** In words: "kill: long". */
  fault: string;
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

const noRow = { tried: 0, survived: 0, lost: 0, wrong: 0, badlySaid: 0, leftBehind: 0 };
const countsOf = (row: Omit<Row, "fault">): number[] => [row.tried, row.survived, row.lost, row.wrong, row.badlySaid, row.leftBehind];

/** Rows and their sum as a table in Markdown. */
export function tableOf(rows: readonly Row[]): string {
  const header = ["fault", "tried", "survived", "lost", "silently wrong", "badly said", "left behind"];
  const cells = (fault: string, counts: readonly number[]) => [fault, ...counts.map((count) => count.toLocaleString("en"))];
  const all = countsOf(noRow).map((_, column) => rows.reduce((sum, row) => sum + (countsOf(row)[column] as number), 0));
  return markdownTable(header, [...rows.map((row) => cells(row.fault, countsOf(row))), cells("**all**", all)]);
}

/** Counts faults by kind. */
export class Tally {
  private readonly counted = new Map<string, Row>();
  private group = "";
  private readonly groups = new Map<string, string[]>();
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
    return this.rows.reduce((sum, { fault, tried }) => sum + (fault.startsWith(prefix) ? tried : 0), 0);
  }

  /** Whether nothing was lost, and nothing silently wrong. */
  get isClean(): boolean {
    return this.problems.length === 0;
  }

  get rows(): Row[] {
    return [...this.counted.values()];
  }

  /** Rows that are first counted in from here belong to `group`. */
  begin(group: string): void {
    this.group = group;
  }

  rowsOf(group: string): Row[] {
    return this.rows.filter(({ fault }) => this.groups.get(group)?.includes(fault));
  }

  private row(fault: string): Row {
    const known = this.counted.get(fault);
    if (known) return known;
    const row = { fault, ...noRow };
    this.counted.set(fault, row);
    this.groups.set(this.group, [...(this.groups.get(this.group) ?? []), fault]);
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
