import type { SweepReport } from "../../sweep/sweep.ts";
import type { Figure, PlotModule } from "../plot.ts";

/** A specification of examples/paper/, and what is set in it. */
export interface Source {
  file: string;
  set?: readonly string[];
}

/** Results of a source. */
export interface SourceResult {
  /** Its points have their trajectories. */
  report: SweepReport;
  /** The sinks of each point's runs: [point][run]. */
  sinks: readonly ArrayLike<number>[];
}

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
export interface Section {
  figures: Figure[];
  /** The results in words. */
  sentences: string[];
  numbers: NumberRow[];
}

/** An experiment of the paper: what is run for it, and what the page shows of the results. */
export interface Experiment<Part extends string = string> {
  name: string;
  title: string;
  /** What is done, in a sentence or two. */
  about: string;
  sources: Readonly<Record<Part, Source>>;
  section(plot: PlotModule, results: Readonly<Record<Part, SourceResult>>): Section;
}
