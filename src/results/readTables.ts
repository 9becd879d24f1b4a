import { type AsyncBuffer, parquetMetadataAsync, parquetRead, parquetReadObjects } from "hyparquet";
import type { TimedTrajectory } from "../ensemble/timed.ts";
import { type Column, columnRow, knownColumns } from "../model/columns.ts";
import type { Engine } from "../model/result.ts";
import { type Rows, rowsWith } from "../model/rows.ts";
import { statuses } from "../model/status.ts";
import { type SeriesName, series, seriesNames } from "../model/trajectory.ts";
import { rowGroup } from "./columnChunk.ts";
import { emptyColumn, emptyRuns, type RunNumbers, type Wanted } from "./runNumbers.ts";

type Row = Record<string, unknown>;

const fileOf = (bytes: Uint8Array): AsyncBuffer => ({
  byteLength: bytes.byteLength,
  slice: (from, to) => Uint8Array.from(bytes.subarray(from, to)).buffer,
});

/** The rows of a Parquet file in their order; no more than a row group is held. @param wanted those of these columns that it has; by default all */
async function* rowsOf(bytes: Uint8Array, wanted?: readonly string[]): AsyncGenerator<Row> {
  const file = fileOf(bytes);
  const metadata = await parquetMetadataAsync(file);
  const columns = wanted?.filter((name) => metadata.schema.some((there) => there.name === name));
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

/** What is wanted of the runs of each point, from the bytes of all tables of runs. @param points how many runs and tokens each has */
export async function readRuns(
  tables: readonly Uint8Array[],
  wanted: Wanted,
  points: readonly { runs: number; tokens: number }[],
  engine: Engine["kind"],
): Promise<RunNumbers[]> {
  const all = emptyRuns(wanted, points, engine);
  const names = [...(wanted.columns ?? ["sink"]), ...(wanted.vectors ?? [])];
  for (const bytes of tables)
    for await (const row of rowsOf(bytes, ["point", "run", ...names])) {
      const { columns: kept, vectors } = all[row["point"] as number] as RunNumbers;
      const run = row["run"] as number;
      for (const [name, numbers] of Object.entries(kept)) {
        const cell = row[name];
        if (cell !== null && cell !== undefined) numbers[run] = numberOf(cell);
      }
      for (const [name, tokens] of Object.entries(vectors))
        for (const [token, numbers] of tokens.entries()) numbers[run] = (row[name] as number[] | null | undefined)?.[token] ?? Number.NaN;
    }
  return all;
}

/** The numbers of a table of runs, in the order of its rows, as the engine had them. A column that the table doesn't have is absent in every run, or not there if it is one that is asked for. */
export async function readRows(bytes: Uint8Array, engine: Engine["kind"]): Promise<Rows> {
  const file = fileOf(bytes);
  const metadata = await parquetMetadataAsync(file);
  const count = Number(metadata.num_rows);
  const there = new Set(metadata.schema.map(({ name }) => name));
  const names = knownColumns().filter((name) => !columnRow(name).asked || there.has(name));
  const rows = rowsWith(names, (name) => emptyColumn(name, count, engine));
  await parquetRead({
    file,
    metadata,
    columns: names.filter((name) => there.has(name)),
    onChunk: ({ columnName, columnData, rowStart }) => {
      const numbers = rows[columnName as Column] as Rows["sink"];
      for (let i = 0; i < columnData.length; i++) {
        const cell: unknown = columnData[i];
        if (cell !== null && cell !== undefined) numbers[rowStart + i] = numberOf(cell);
      }
    },
  });
  return rows;
}

/** A cell as the engine had it: a status by its code. */
const numberOf = (cell: unknown): number => (typeof cell === "string" ? statuses[cell as keyof typeof statuses] : Number(cell));

/** The trajectories in a table, of each point: [point, trajectories in the order of runs]. */
export async function readTrajectories(bytes: Uint8Array): Promise<Map<number, TimedTrajectory[]>> {
  const points = new Map<number, Map<number, Row[][]>>();
  for await (const row of rowsOf(bytes)) {
    const runs = entryOf(points, row["point"] as number, () => new Map<number, Row[][]>());
    const times = entryOf(runs, row["run"] as number, (): Row[][] => []);
    if (row["token"] === 0) times.push([]);
    times.at(-1)?.push(row);
  }
  const of = (runs: Map<number, Row[][]>) => [...runs].map(([run, times]) => trajectoryOf(run, times));
  return new Map([...points].map(([point, runs]) => [point, of(runs)]));
}

function entryOf<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const value = map.get(key) ?? make();
  map.set(key, value);
  return value;
}

/** A trajectory from its rows: [time][token]. Of no rows it is that of a run which is recorded at no time. */
export function trajectoryOf(run: number, rows: readonly (readonly Row[])[]): TimedTrajectory {
  const first = rows.map(([row]) => row as Row);
  const entries = seriesNames.flatMap((name) => {
    const isAbsent = first.some((row) => columnsOf(name).some((column) => row[column] === null || row[column] === undefined));
    return isAbsent ? [] : [[name, rows.map((tokens) => seriesEntry(name, tokens))] as const];
  });
  return {
    run,
    steps: first.map(({ step }) => Number(step)),
    times: first.map(({ time }) => Number(time)),
    ...Object.fromEntries(entries),
  } as TimedTrajectory;
}

const columnsOf = (name: SeriesName) => Object.keys(series[name].columns);

/** What a series has at one time, from the rows of its tokens. */
function seriesEntry(name: SeriesName, tokens: readonly Row[]): unknown {
  const [column = "", ...others] = columnsOf(name);
  if (series[name].holds === "tokens") return tokens.map((row) => Number(row[column]));
  const [row = {}] = tokens;
  return others.length > 0 ? [column, ...others].map((each) => Number(row[each])) : Number(row[column]);
}
