// The tables of the code that others than `Table` are read here, each in one place.
import { exitCodes } from "../../src/model/errors.ts";
import { columns, statuses } from "../../src/model/rows.ts";

/** A row of a table that still is a bare code or a bare type says nothing about itself: these words stand in for it. */
const meanings: Readonly<Record<string, string>> = {
  done: "done",
  internal: "internal error, in one line",
  input: "the input is wrong, or asks for too much",
  device: "no usable device for the engine asked for",
  storage: "the results folder can't be read or written",
  numerical: "verification failed; results are written first",
  interrupted: "interrupted",
  completed: "the run reached its end",
  converged: "over a doubling of time the state moved by no more than 3 times the tolerance; adaptive steps only",
  "max-steps": "the run took `until.maxSteps` accepted steps before its end; adaptive steps only",
  diverged: "the state is finite, but ‖y‖² + ‖a‖² grew beyond 10²⁴ (10³⁴ by the margin's own clock)",
  "non-finite": "NaN or infinity",
  stalled: "one more fixed step would change nothing, bit for bit; or no adaptive step is short enough for the tolerance",
};

type Coded = Readonly<Record<string, number | { code: number; says: string }>>;
const coded = (table: Coded): { name: string; code: number; says: string }[] =>
  Object.entries(table).map(([name, row]) => ({ name, ...(typeof row === "number" ? { code: row, says: meanings[name] ?? "" } : row) }));

/** How the command line ends, by exit code. */
export function exitRows() {
  const rows = coded(exitCodes);
  return rows.some(({ code }) => code === 0) ? rows : [...coded({ done: 0 }), ...rows];
}

/** How a run ends. */
export const endingRows = () => coded(statuses);

/** The columns of results. */
export function columnRows(): { name: string; type: string; unit: string; says: string }[] {
  const table: Readonly<Record<string, string | { type: string; unit?: string; says?: string }>> = columns;
  return Object.entries(table).map(([name, row]) => ({ name, unit: "", says: "", ...(typeof row === "string" ? { type: row } : row) }));
}
