import { columnNames, emptyRows, type Rows } from "../../src/model/columns.ts";
import type { Specification } from "../../src/model/grid.ts";
import type { Engine, RunBatch } from "../../src/model/result.ts";
import type { PartRows, RowsSegment } from "../../src/sweep/tables.ts";

/** All rows of a sweep, point after point, as its batches come. */
export class GatheredRows implements PartRows {
  readonly rows: Rows;
  readonly segments: RowsSegment[] = [];
  private place = 0;

  constructor({ points }: Specification, engine: Engine["kind"]) {
    const runs = points.reduce((sum, { ensemble }) => sum + ensemble.runs, 0);
    this.rows = emptyRows(runs, engine === "cpu" ? Float64Array : Float32Array);
  }

  add(point: number, { first, count, rows, vectors }: RunBatch): void {
    for (const name of columnNames) this.rows[name].set(rows[name], this.place);
    this.place += count;
    this.segments.push({ point, first, count, ...(vectors && { vectors: vectors.slice() }) });
  }
}
