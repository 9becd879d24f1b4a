import type { Section, Study } from "../study.ts";

/** A row of the table of numbers. A number that is not known is absent. */
export interface NumberRow {
  what: string;
  /** From the authors' start, by the flow, and by gradient descent at their learning rate. */
  flow?: number | undefined;
  descent?: number | undefined;
  /** From many starts: a share of runs with its 95 % interval, or a median with 5 and 95 % of runs; and how many runs. */
  many?: { value: number; low: number; high: number; of: "share" | "median"; runs: number } | undefined;
}

/** The part of an experiment's page that comes from results. */
export interface PaperSection extends Section {
  numbers: NumberRow[];
}

/** An experiment of the paper. */
export type Experiment<Part extends string = string> = Study<PaperSection, Part>;
