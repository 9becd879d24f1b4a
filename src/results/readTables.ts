import { type AsyncBuffer, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { none } from "../model/columns.ts";
import { rowGroup } from "./parquet.ts";

type Row = Record<string, unknown>;

/** The rows of a Parquet file in their order; no more than a row group is held. */
async function* rowsOf(bytes: Uint8Array, columns?: string[]): AsyncGenerator<Row> {
  const file: AsyncBuffer = {
    byteLength: bytes.byteLength,
    slice: (from, to) => Uint8Array.from(bytes.subarray(from, to)).buffer,
  };
  const metadata = await parquetMetadataAsync(file);
  const rows = Number(metadata.num_rows);
  for (let from = 0; from < rows; from += rowGroup)
    yield* await parquetReadObjects({
      file,
      metadata,
      rowStart: from,
      rowEnd: Math.min(rows, from + rowGroup),
      ...(columns && { columns }),
    });
}

/**
 * The sinks of each point's runs, from the bytes of all tables of runs; `none` where a run has no sink: [point][run].
 * @param runs how many runs each point has
 */
export async function readSinks(tables: readonly Uint8Array[], runs: readonly number[]): Promise<Float64Array[]> {
  const sinks = runs.map((count) => new Float64Array(count).fill(none));
  for (const bytes of tables)
    for await (const { point, run, sink } of rowsOf(bytes, ["point", "run", "sink"])) {
      const ofPoint = sinks[point as number];
      if (ofPoint && sink !== null && sink !== undefined) ofPoint[run as number] = sink as number;
    }
  return sinks;
}
