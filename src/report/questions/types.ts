import type { Wanted } from "../../results/runNumbers.ts";
import type { SweepReport } from "../../sweep/sweep.ts";
import type { PlotModule } from "../plot.ts";
import type { Section, SourceResult, Study } from "../study.ts";
import type { Table } from "./table.ts";

/** What is found of a question. */
export interface Answer extends Section {
  /** The first sentence states the result. */
  tables: Table[];
}

/** What the results of a sweep of anyone's say of a question. */
export interface OfSweep {
  /** In place of the question's. */
  title?: string;
  /** What is read of its runs; undefined where the sweep has not what the question takes. */
  wants(report: SweepReport): Required<Wanted>["columns"] | undefined;
  /** @param result without runs, `runs` empty, where the sweep keeps no rows or more than are read. Undefined where nothing can be said. */
  answer(plot: PlotModule, result: SourceResult): Answer | undefined;
}

/** A question that runs can answer: the sweeps that it needs, and what their results say. */
export interface Question<Part extends string = string> extends Study<Answer, Part> {
  ofSweep?: OfSweep;
}
