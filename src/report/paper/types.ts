import type { PointTrajectory } from "../../ensemble/run.ts";
import type { PointReport, SweepReport } from "../../sweep/sweep.ts";
import type { Figure, PlotModule } from "../plot.ts";

/** A specification of examples/paper/, and what is set in it. */
export interface Source {
  file: string;
  set?: readonly string[];
}

/** What came of a source: its report, with trajectories; and of every point each run's sink. */
export interface Outcome {
  report: SweepReport;
  sinks: readonly ArrayLike<number>[];
}

/** A number that matters: from the authors' start, and from many. What is not known is absent. */
export interface NumberRow {
  what: string;
  /** From the authors' start, by the flow, and by gradient descent at their learning rate. */
  flow?: number | undefined;
  descent?: number | undefined;
  /** Over many starts: a share of runs with its 95 % interval, or a median with 5 and 95 % of runs; and how many runs. */
  many?: { value: number; low: number; high: number; of: "share" | "median"; runs: number } | undefined;
}

/** An experiment as the page shows it. */
export interface Section {
  figures: Figure[];
  /** What the numbers say. */
  sentences: string[];
  numbers: NumberRow[];
}

/** An experiment of the paper: what is run for it, and what is made of it. */
export interface Experiment<Part extends string = string> {
  name: string;
  title: string;
  /** What is done, in a sentence or two. */
  about: string;
  sources: Readonly<Record<Part, Source>>;
  section(plot: PlotModule, outcomes: Readonly<Record<Part, Outcome>>): Section;
}

const kindOf = (value: unknown): unknown => (typeof value === "object" && value !== null && "kind" in value ? value.kind : value);

/** The point of an outcome whose grid has these kinds or values. */
export function pointOf(
  { report: { points } }: Outcome,
  parameters: Readonly<Record<string, unknown>> = {},
): PointReport & { index: number } {
  const index = points.findIndex((point) => Object.entries(parameters).every(([key, value]) => kindOf(point.parameters[key]) === value));
  const point = points[index];
  if (!point) throw new Error(`no point ${JSON.stringify(parameters)}`);
  return { ...point, index };
}

/** The trajectory of a point's only or first run. */
export function runOf(outcome: Outcome, parameters: Readonly<Record<string, unknown>>): PointTrajectory {
  const [trajectory] = pointOf(outcome, parameters).trajectories ?? [];
  if (!trajectory) throw new Error(`no trajectory ${JSON.stringify(parameters)}`);
  return trajectory;
}
