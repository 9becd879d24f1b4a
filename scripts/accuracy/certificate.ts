import { markdownTable } from "../docs/markdown.ts";
import { adaptiveCases, parityCases, tiedCases } from "../shared/cases.ts";
import { Kept, type When } from "./kept.ts";

/** What a driver used of the bounds of verification in one case. */
export interface Measured extends When {
  runs: number;
  exceeded: number;
  undecided: number;
  /** Absent in rows of before it was kept. */
  beyondRange?: number;
  worstWeight?: number | undefined;
  typicalWeight?: number | undefined;
  worstEntropy?: number | undefined;
  /** The largest part of a bound that a number used, and which number. */
  used: number;
  by: string;
}

export const block = "certificate";
export const kept = new Kept<Measured>("scripts/accuracy/certificate.json");
export const cases = () => [...parityCases("all"), ...tiedCases(), ...adaptiveCases("all")];
export const keyOf = (adapter: string, name: string): string => `${adapter} | ${name}`;

const small = (x: number | undefined) => (x === undefined ? "–" : x === 0 ? "0" : x.toExponential(1));

/** A table for each adapter, with its cases in their order. */
export function tablesOf(rows: Readonly<Record<string, Measured>>): string {
  const adapters = [...new Set(Object.keys(rows).map((key) => key.split(" | ")[0] as string))];
  return adapters
    .map((adapter) => {
      const own = cases().flatMap(({ name }) => {
        const row = rows[keyOf(adapter, name)];
        return row ? [{ name, row }] : [];
      });
      const sum = (of: (row: Measured) => number) => own.reduce((total, { row }) => total + of(row), 0);
      const cells = own.map(({ name, row }) => [
        name,
        String(row.runs),
        String(row.exceeded),
        String(row.undecided),
        row.beyondRange === undefined ? "" : String(row.beyondRange),
        small(row.worstWeight),
        `${row.used.toFixed(2)} (${row.by})`,
        row.date,
        row.commit,
      ]);
      const header = ["loss, normalizer, integrator", "runs", "exceeded", "undecided", "beyond range", "worst weight"];
      return [
        `### ${adapter}`,
        `${own.length} cases, ${sum(({ runs }) => runs)} runs: ${sum(({ exceeded }) => exceeded)} exceeded a bound.`,
        markdownTable([...header, "most used of a bound", "measured on", "commit"], cells),
      ].join("\n\n");
    })
    .join("\n\n");
}
