import { measuredNames } from "../model/columns.ts";
import { type Ensemble, isOverTime, recordedTimes } from "../model/ensemble.ts";
import type { Engine } from "../model/result.ts";
import { entryNumbers } from "../model/trajectory.ts";
import { cutParts, sizesOf } from "./parts.ts";

/** What a sweep takes, in bytes, roughly: to be known before it begins. */
export interface Estimate {
  /** On disk, with rows. */
  disk: number;
  /** In memory that arrays of numbers have: rows of parts, numbers that quantiles are made of, histograms. */
  arrays: number;
  /** In memory of JavaScript's own: the reports of all points, with trajectories that the JSON has. */
  heap: number;
}

/** Parts of which something is held: one that is followed, those that are finished, and what is folded. */
const held = 4;
/** A point's report without distributions over time and shares of tokens. */
const bareReport = 16_384;
/** Numbers in arrays, as V8 and the text of the JSON have them. */
const numberBytes = 8 + 20;
/** Bytes of a row of a device as Parquet has them, over those in memory. Lists hardly shrink. */
const packed = 0.6;
/** Quantiles of more runs come from bins. */
const mostHeld = 2 ** 22;

export function estimateOf(ensembles: readonly Ensemble[], engine: Engine["kind"]): Estimate {
  const wide = engine === "cpu" ? 2 : 1;
  let [disk, heap, largest, columns, histograms] = [0, 0, 0, 0, 0];
  for (const ensemble of ensembles) {
    const { tokens, runs, record } = ensemble;
    const { row, trajectory } = sizesOf(ensemble);
    const lists = record.vectors ? row * wide : row * wide * packed;
    const times = recordedTimes(ensemble).length;
    disk += runs * lists + record.trajectories * trajectory;
    const numbers = 8 * 3 * (isOverTime(ensemble) ? times : 0) + 3 * tokens + record.trajectories * entryNumbers(tokens) * times;
    heap += bareReport + numbers * numberBytes;
    columns = Math.max(columns, 4 * wide * measuredNames.length * Math.min(runs, mostHeld));
    histograms = Math.max(histograms, isOverTime(ensemble) ? 3 * 8194 * 4 * times : 0);
  }
  for (const { stretches, rows } of cutParts(ensembles)) {
    const bytes = stretches.flat().reduce((sum, { point, count }) => sum + count * sizesOf(ensembles[point] as Ensemble).row * wide, 0);
    largest = Math.max(largest, bytes, rows);
  }
  return { disk, heap, arrays: held * largest + 2 * (columns + histograms) };
}
