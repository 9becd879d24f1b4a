import { readFileSync } from "node:fs";
import { join } from "node:path";
import { arithmeticOf, type Counts, type Pass } from "./assembly.ts";

/** What a step takes in one program. */
export interface InstructionRow {
  method: string;
  tokens: number;
  dim: number;
  lanes: number;
  /** Of one lane, in a round of the loop over steps. */
  counts: Counts;
  /** Of the whole program, of 256. */
  registers: number;
  spilled: number;
}

/** What a pass over values in memory takes. */
export interface PassRow extends Pass {
  pass: string;
  tokens: number;
  dim: number;
  lanes: number;
}

/** The rows of one version of the kernel. */
export interface InstructionTable {
  version: string;
  compiler: string;
  rows: InstructionRow[];
  passes?: PassRow[];
}

/** Where the counts of all versions are kept, from the root of the project on. */
export const instructionFile = "scripts/bench/results/instructions.json";

export const instructionTables = (root: string): InstructionTable[] => JSON.parse(readFileSync(join(root, instructionFile), "utf8"));

export const keyOf = ({ method, tokens, dim, lanes }: Pick<InstructionRow, "method" | "tokens" | "dim" | "lanes">): string =>
  `${method} ${tokens}×${dim} on ${lanes}`;

export const passKey = ({ pass, tokens, dim, lanes }: Pick<PassRow, "pass" | "tokens" | "dim" | "lanes">): string =>
  `${pass}, ${tokens}×${dim} on ${lanes}`;

export const passSum = ({ arithmetic, copies, exchange, shared, buffers, scalar }: Pass): number =>
  arithmetic + copies + exchange + shared + buffers + scalar;

/** The passes over values in memory, of all versions that counted them. */
export function passRows(versions: readonly InstructionTable[]): { header: string[]; rows: string[][] } {
  return {
    header: [
      "a number of V that is read",
      "version",
      "arithmetic",
      "copies, exchange",
      "workgroup's memory",
      "buffers",
      "scalar, branches",
      "all",
      "reads under way at once",
    ],
    rows: (versions.at(-1)?.passes ?? []).flatMap((row) =>
      versions.flatMap(({ version, passes = [] }) => {
        const found = passes.find((other) => passKey(other) === passKey(row));
        if (!found) return [];
        const { arithmetic, copies, exchange, shared, buffers, scalar, inFlight } = found;
        const numbers = [arithmetic, copies + exchange, shared, buffers, scalar, passSum(found)].map((x) => x.toFixed(2));
        return [[passKey(row), version, ...numbers, String(inFlight)]];
      }),
    ),
  };
}

export const sumOf = (counts: Counts): number => Object.values(counts).reduce((sum, count) => sum + count, 0);

/** The row of the flow by hand, if there is one. */
export const twinOf = (row: InstructionRow, rows: readonly InstructionRow[]): InstructionRow | undefined =>
  rows.find((other) => keyOf(other) === keyOf({ ...row, method: `${row.method} twin` }));

const ratioTo = (row: InstructionRow, rows: readonly InstructionRow[]): string => {
  const twin = twinOf(row, rows);
  return twin ? (arithmeticOf(row.counts) / arithmeticOf(twin.counts)).toFixed(2) : "";
};

/** The header and the rows of the table of the last version in docs/speed.md. */
export function instructionRows({ rows }: InstructionTable): { header: string[]; rows: string[][] } {
  return {
    header: [
      "",
      "n×d",
      "lanes",
      "multiply-adds",
      "other float32",
      "exp, 1/x",
      "compare, select",
      "integer",
      "arithmetic",
      "of the twin's",
      "copies",
      "exchange",
      "memory",
      "scalar, branches",
      "all",
      "registers (spilled)",
    ],
    rows: rows.map((row) => {
      const { method, tokens, dim, lanes, counts, registers, spilled } = row;
      const { fused, other, transcendental, compare, integer, move, exchange, memory, scalar, branch } = counts;
      return [
        method,
        `${tokens}×${dim}`,
        ...[lanes, fused, other, transcendental, compare, integer, arithmeticOf(counts)].map(String),
        ratioTo(row, rows),
        ...[move, exchange, memory, scalar + branch, sumOf(counts)].map(String),
        `${registers} (${spilled})`,
      ];
    }),
  };
}

/** The same of all versions: arithmetic, and in brackets what it is of the twin's. */
export function versionRows(versions: readonly InstructionTable[]): { header: string[]; rows: string[][] } {
  const ours = versions.at(-1)?.rows.filter(({ method }) => !method.endsWith(" twin")) ?? [];
  return {
    header: ["arithmetic of a step of a lane", ...ours.map(keyOf)],
    rows: versions.map(({ version, rows }) => [
      version,
      ...ours.map((row) => {
        const found = rows.find((other) => keyOf(other) === keyOf(row));
        if (!found) return "";
        const ratio = ratioTo(found, rows);
        return `${arithmeticOf(found.counts)}${ratio === "" ? "" : ` (${ratio})`}`;
      }),
    ]),
  };
}
