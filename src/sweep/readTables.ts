import { type AsyncBuffer, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import type { TimedTrajectory } from "../ensemble/timed.ts";
import { none } from "../model/columns.ts";
import { type SeriesColumn, series, seriesNames } from "../model/trajectory.ts";
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
 * The sinks of each point's runs, from the bytes of runs.parquet; `none` where a run has no sink: [point][run].
 * @param runs how many runs each point has
 */
export async function readSinks(bytes: Uint8Array, runs: readonly number[]): Promise<Float64Array[]> {
  const sinks = runs.map((count) => new Float64Array(count).fill(none));
  for await (const { point, run, sink } of rowsOf(bytes, ["point", "run", "sink"])) {
    const ofPoint = sinks[point as number];
    if (ofPoint && sink !== null && sink !== undefined) ofPoint[run as number] = sink as number;
  }
  return sinks;
}

/** The trajectories of each point, from the bytes of trajectories.parquet, as they are in a report. */
export async function readTrajectories(bytes: Uint8Array, points: number): Promise<TimedTrajectory[][]> {
  const found = Array.from({ length: points }, (): TimedTrajectory[] => []);
  for await (const row of rowsOf(bytes)) {
    const { point, run, step, time, token } = row as { point: number; run: number; step: bigint; time: number; token: number };
    const ofPoint = found[point] ?? [];
    let trajectory = ofPoint.at(-1);
    if (trajectory?.run !== run) {
      trajectory = {
        run,
        steps: [],
        times: [],
        ...Object.fromEntries(seriesNames.map((name) => [name, []])),
      } as unknown as TimedTrajectory;
      ofPoint.push(trajectory);
    }
    if (token === 0) {
      trajectory.steps.push(Number(step));
      trajectory.times.push(time);
    }
    addRow(trajectory, row, token);
  }
  for (const trajectory of found.flat()) if (trajectory.entropy?.length === 0) delete trajectory.entropy;
  return found;
}

/** Adds what a row has of each series: a token's numbers, and with the first token those of the time. */
function addRow(trajectory: TimedTrajectory, row: Row, token: number): void {
  for (const name of seriesNames) {
    const { holds, columns } = series[name];
    const numbers = Object.keys(columns satisfies Readonly<Record<string, SeriesColumn>>).map(
      (column) => row[column] as number | null | undefined,
    );
    const [first] = numbers;
    if (first === null || first === undefined) continue;
    const entries = trajectory[name] as unknown[];
    if (holds === "tokens") {
      if (token === 0) entries.push([]);
      (entries.at(-1) as number[]).push(first);
    } else if (token === 0) entries.push(holds === "pair" ? numbers : first);
  }
}
