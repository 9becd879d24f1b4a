import type { Section, Study } from "../study.ts";
import type { Table } from "./table.ts";

/** What is found of a question. */
export interface Answer extends Section {
  /** The first sentence states the result. */
  tables: Table[];
}

/** A question that runs can answer: the sweeps that it needs, and what their results say. */
export type Question<Part extends string = string> = Study<Answer, Part>;
