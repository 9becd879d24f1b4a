import { parentPort, workerData } from "node:worker_threads";
import { columnNames, emptyRows, type Rows } from "./model/columns.ts";
import type { RunBatch } from "./model/result.ts";
import type { TableName } from "./sweep/names.ts";
import { rowGroup } from "./sweep/parquet.ts";
import { type RowsSegment, tablesOf } from "./sweep/tables.ts";
import type { WriterAnswer, WriterRequest, WriterSetup } from "./sweep/tablesWriter.ts";

// The thread that encodes tables. It gets one request at a time, and answers with bytes for the files.
const { specification, engine, tables } = workerData as WriterSetup;
let encoded: WriterAnswer = [];
const sink = (table: TableName) => async (bytes: Uint8Array<ArrayBuffer>) => void encoded.push({ table, bytes });
const begin = tablesOf(specification, engine);
const runs = begin.runs(sink("runs"));
const trajectories = tables.includes("trajectories") ? begin.trajectories(sink("trajectories")) : undefined;

/** The rows of a row group, as batches come. */
const rows: Rows = emptyRows(rowGroup, engine === "cpu" ? Float64Array : Float32Array);
let segments: RowsSegment[] = [];
let filled = 0;

async function gather(point: number, { first, count, rows: batch, vectors }: RunBatch): Promise<void> {
  for (let from = 0; from < count; ) {
    const to = Math.min(count, from + rowGroup - filled);
    for (const name of columnNames) rows[name].set(batch[name].subarray(from, to), filled);
    const segment: RowsSegment = { point, first: first + from, count: to - from };
    if (vectors) segment.vectors = columnsOf(vectors, count, from, to);
    segments.push(segment);
    filled += to - from;
    from = to;
    if (filled === rowGroup) await flush();
  }
}

/** Columns `from` … `to − 1` of a matrix whose rows have `length` numbers. */
function columnsOf(matrix: Float32Array | Float64Array, length: number, from: number, to: number): Float32Array | Float64Array {
  const taken = new (matrix.constructor as Float64ArrayConstructor)((matrix.length / length) * (to - from));
  for (let row = 0; row * length < matrix.length; row++)
    taken.set(matrix.subarray(row * length + from, row * length + to), row * (to - from));
  return taken;
}

async function flush(): Promise<void> {
  await runs.append({ segments, rows });
  segments = [];
  filled = 0;
}

parentPort?.on("message", async (request: WriterRequest) => {
  encoded = [];
  if (request.kind === "runs") await gather(request.point, request.batch);
  if (request.kind === "trajectories") await trajectories?.append(request.point, request.trajectories);
  if (request.kind === "finish") {
    if (filled > 0) await flush();
    await runs.finish();
    await trajectories?.finish();
  }
  const buffers = encoded.map(({ bytes }) => bytes.buffer);
  parentPort?.postMessage(encoded, buffers);
});
