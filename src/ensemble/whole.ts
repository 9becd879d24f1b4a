import { columnsOf } from "../model/columns.ts";
import type { Ensemble } from "../model/ensemble.ts";
import { type Engine, type Followed, type RunOptions, type SegmentResult, wholeOf } from "../model/result.ts";
import { copyRows, emptyRows, type Rows } from "../model/rows.ts";

/** All that comes of an ensemble. */
export interface EnsembleResult extends Followed, SegmentResult {
  rows: Rows;
}

/** Follows all runs of an ensemble and keeps their rows: for tests and benchmarks, and for ensembles that fit memory. */
export async function runWhole(
  engine: Engine,
  ensemble: Ensemble,
  options: RunOptions & { samples?: number } = {},
): Promise<EnsembleResult> {
  const { samples, onBatch, ...rest } = options;
  const rows = emptyRows(columnsOf(ensemble), ensemble.runs, engine.kind === "cpu" ? Float64Array : Float32Array);
  let result: SegmentResult | undefined;
  const followed = await engine.follow([wholeOf(ensemble, samples)], {
    ...rest,
    onBatch: (batch) => {
      copyRows(rows, batch.rows, batch.first, batch.count);
      return onBatch?.(batch);
    },
    onSegment: (_, found) => {
      result = found;
    },
  });
  return { ...followed, ...(result as SegmentResult), rows };
}
