/**
 * The library: all that `import … from "sinkflow"` has. This file is what runs in a browser; src/indexNode.ts has the same names for Node.
 */
import { here } from "./library/here.ts";
import { libraryOn } from "./library/library.ts";
import type { Statistic } from "./library/statistics.ts";
import type {
  ColumnDefinition,
  LossDefinition,
  MarginLossDefinition,
  NormalizerDefinition,
  OutputLossDefinition,
} from "./model/definitions.ts";

export type { Chunk, Chunks } from "./library/chunks.ts";
export type { PointRows, PointVectors } from "./library/columns.ts";
export { SpecificationError } from "./library/errors.ts";
export type { Point, PointSummary, Simulation, SimulationSummary, VerificationReport } from "./library/library.ts";
export type { ColumnsOf, Defining, DeviceObject, GpuObject, KindsOf, Options, SimulateOptions, VerifyOptions } from "./library/options.ts";
export type { Specification } from "./library/specification.ts";
export type { Statistic } from "./library/statistics.ts";
export type {
  ColumnDefinition,
  EndState,
  LossDefinition,
  MarginLossDefinition,
  NormalizerDefinition,
  OutputLossDefinition,
} from "./model/definitions.ts";
export { SinkflowError } from "./model/errors.ts";
export { statusNames } from "./model/status.ts";
export { version } from "./version.ts";

const library = libraryOn(here);

/**
 * Follows all runs of a specification, as `sinkflow run` does, and gives the statistics of each point of its grid with the columns of its
 * runs, which must fit memory. The numbers are those of the command line.
 *
 * Throws SpecificationError with `path` for a wrong specification; SinkflowError with `failure` for a wrong definition or option ("input") and
 * for want of a device ("device"); the signal's reason where it fires.
 */
export const simulate = library.simulate;

/**
 * Follows all runs of a specification and hands them out in chunks as they are done, for `for await`; `summary()` then gives the statistics.
 * The numbers are those of `simulate`, in memory that does not grow with the number of runs. It begins with the first chunk that is asked
 * for, and waits for who takes them: no more than three parts are computed ahead. A loop that is left ends it.
 *
 * A wrong option is thrown at once. The loop and `summary()` throw what else `simulate` throws.
 */
export const simulateChunks = library.simulateChunks;

/**
 * Follows some runs of each point on a device and in float64, and compares all that comes of them, as `sinkflow verify` does. It throws what
 * `simulate` throws.
 */
export const verify = library.verify;

/** A loss of one's own: gives back what it is given, typed. It is checked where it is used. */
export function defineLoss<Kind extends string>(definition: MarginLossDefinition<Kind>): MarginLossDefinition<Kind>;
export function defineLoss<Kind extends string>(definition: OutputLossDefinition<Kind>): OutputLossDefinition<Kind>;
export function defineLoss(definition: LossDefinition): LossDefinition {
  return definition;
}

/** A normalizer of one's own: gives back what it is given, typed. It is checked where it is used. */
export const defineNormalizer = <Kind extends string>(definition: NormalizerDefinition<Kind>): NormalizerDefinition<Kind> => definition;

/** A column of one's own: gives back what it is given, typed. It is checked where it is used. */
export const defineColumn = <Name extends string>(definition: ColumnDefinition<Name>): ColumnDefinition<Name> => definition;

/** A statistic of one's own: gives back what it is given, typed. */
export const defineStatistic = <Value, Columns extends string = never>(statistic: Statistic<Value, Columns>): Statistic<Value, Columns> =>
  statistic;
