/**
 * The library: all that `import … from "sinkflow"` has. This file is what runs in a browser; src/indexNode.ts has the same names for Node.
 */
import { here } from "./library/here.ts";
import { libraryOn } from "./library/library.ts";
import type { Statistic } from "./library/statistics.ts";
import type { ColumnDefinition, LossDefinition, NormalizerDefinition } from "./model/definitions.ts";

export type { Chunk, Chunks } from "./library/chunks.ts";
export type { PointRows, PointVectors } from "./library/columns.ts";
export { SpecificationError } from "./library/errors.ts";
export type { Point, PointSummary, Simulation, SimulationSummary, VerificationReport } from "./library/library.ts";
export type { DeviceObject, GpuObject, Options, SimulateOptions, VerifyOptions } from "./library/options.ts";
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

export const { simulate, simulateChunks, verify } = libraryOn(here);

/** A loss of one's own: gives back what it is given, typed. It is checked where it is used. */
export const defineLoss = <D extends LossDefinition>(definition: D): D => definition;

/** A normalizer of one's own: gives back what it is given, typed. It is checked where it is used. */
export const defineNormalizer = <D extends NormalizerDefinition>(definition: D): D => definition;

/** A column of one's own: gives back what it is given, typed. It is checked where it is used. */
export const defineColumn = <D extends ColumnDefinition>(definition: D): D => definition;

/** A statistic of one's own: gives back what it is given, typed. */
export const defineStatistic = <Value>(statistic: Statistic<Value>): Statistic<Value> => statistic;
