import type { RunNumbers, Wanted } from "../results/runNumbers.ts";
import type { SweepReport } from "../sweep/sweep.ts";
import type { Computed } from "./html.ts";
import type { Figure, PlotModule } from "./plot.ts";

/** A specification of the examples, what is set in it, and what of its runs is needed beside the report. */
export interface Source extends Wanted {
  file: string;
  set?: readonly string[];
  /** How many runs of each point are verified against the reference, where they are not those of any sweep. */
  samples?: number;
}

/** Results of a source. */
export interface SourceResult {
  /** Its points have their trajectories. */
  report: SweepReport;
  /** What the source asks for, by point. */
  runs: readonly RunNumbers[];
}

/** The part of a study's page that comes from results. */
export interface Section {
  figures: Figure[];
  /** The results in words. */
  sentences: string[];
}

/** Something that is found out by sweeps: what is run for it, and what the page shows of the results. */
export interface Study<S extends Section = Section, Part extends string = string> {
  name: string;
  title: string;
  /** What is done, in a sentence or two. */
  about: string;
  sources: Readonly<Record<Part, Source>>;
  /** Follows from the results alone. */
  section(plot: PlotModule, results: Readonly<Record<Part, SourceResult>>): S;
}

/** A study with its results. */
export type Studied<S extends Section = Section> = S & { study: Study<S>; results: Readonly<Record<string, SourceResult>> };

/** Studies that one command makes, as one page. */
export interface Collection<S extends Section = Section> {
  /** What manifests and summaries call its studies. */
  kind: "experiments" | "questions";
  /** The folder of its specifications, in examples/. */
  folder: string;
  studies: readonly Study<S>[];
  page(studied: readonly Studied<S>[], computed: Computed): string;
  /** Further files beside the page and its figures, as text by name. */
  files(studied: readonly Studied<S>[]): Record<string, string>;
  /** What the summary has of a section beside its sentences. */
  summary(section: S): object;
}

/** The sweeps of a study, as names of their folders by part: that of the study, followed by the part's where it has several. */
export function sweepNames({ name, sources }: Pick<Study, "name" | "sources">): Record<string, string> {
  const parts = Object.keys(sources);
  return Object.fromEntries(parts.map((part) => [part, parts.length === 1 ? name : `${name}-${part}`]));
}

/** The command that repeats a source. @param runs of each point, where they are not those of the file */
export const commandOf = (folder: string, { file, set = [], samples }: Source, engine: string, runs?: number): string =>
  [
    `sinkflow run examples/${folder}/${file}`,
    ...[...set, ...(runs === undefined ? [] : [`runs=${runs}`])].map((setting) => `--set '${setting}'`),
    ...(samples === undefined ? [] : [`--verify ${samples}`]),
    `--engine ${engine}`,
  ].join(" ");
