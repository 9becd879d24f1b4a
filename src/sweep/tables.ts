import type { TimedTrajectory } from "../ensemble/timed.ts";
import {
  type Column,
  type ColumnRow,
  columnNames,
  columns,
  columnTypes,
  hasColumn,
  none,
  type VectorName,
  vectorNames,
  vectors,
} from "../model/columns.ts";
import { hasClock } from "../model/ensemble.ts";
import type { Specification } from "../model/grid.ts";
import type { Engine, RunBatch } from "../model/result.ts";
import { isSound, type Status, statuses, statusNames } from "../model/status.ts";
import { type SeriesColumn, type SeriesName, series, seriesNames } from "../model/trajectory.ts";
import { version } from "../version.ts";
import { CsvTable } from "./csv.ts";
import { type ByteSink, type Cell, type ParquetColumn, ParquetTable } from "./parquet.ts";

/** Key-value metadata of the Parquet files. */
const metadataOf = ({ canonical }: Specification) => ({
  "sinkflow.version": version,
  "sinkflow.specification": JSON.stringify(canonical),
});

/** The unit of times. */
function timeUnit({ points }: Specification): string {
  const clocks = points.filter(({ ensemble }) => hasClock(ensemble)).length;
  return clocks === 0 ? "flow time" : clocks === points.length ? "τ" : "flow time, or τ with until.clock";
}

/** A column of the table of runs. */
interface RunColumn extends ParquetColumn {
  /** The cells of a batch of runs of a point, by their row in the batch. */
  cellsOf(batch: RunBatch, point: number): (row: number) => Cell;
}

/** The type of the engine's numbers. */
type Real = "float" | "double";

const statusByCode = Object.fromEntries(statusNames.map((name) => [statuses[name], name])) as Record<number, Status>;

/** A number of a column as its type has it in a table; null where it is absent. */
const cellOf: Record<ColumnRow["type"], (x: number) => Cell> = {
  real: (x) => (Number.isNaN(x) ? null : x),
  token: (x) => (x === none ? null : x),
  rank: (x) => (x === none ? null : x),
  flag: (x) => (x === none ? null : x === 1),
  count: (x) => BigInt(x),
  status: (code) => statusByCode[code] as string,
};

function resultColumn(name: Column, real: Real, time: string): RunColumn {
  const { type, unit, says, always } = columns[name];
  const { parquet } = columnTypes[type];
  return {
    name,
    type: parquet === "real" ? real : parquet,
    ...(always && { required: true }),
    ...(unit && { unit: unit === "flow time" ? time : unit }),
    description: says,
    cellsOf: ({ rows: { status, [name]: numbers } }) => {
      const cell = cellOf[type];
      return (row) => (always || isSound(status[row] as number) ? cell(numbers[row] as number) : null);
    },
  };
}

const vectorColumn = (name: VectorName, real: Real, { points }: Specification): RunColumn => ({
  name,
  type: `${real}s`,
  unit: "1",
  description: vectors[name],
  cellsOf: ({ count, rows: { status }, vectors: numbers = [] }, point) => {
    const tokens = points[point]?.ensemble.tokens as number;
    const from = vectorNames.indexOf(name) * tokens;
    const list = (row: number) => Array.from({ length: tokens }, (_, token) => numbers[(from + token) * count + row] as number);
    return (row) => (numbers.length > 0 && isSound(status[row] as number) ? list(row) : null);
  },
});

/** The grid's keys as columns: numbers as numbers, kinds by name, anything else as JSON. A key that is in `taken` is `grid.KEY`. */
function gridColumns({ points }: Specification, taken: readonly string[]): RunColumn[] {
  return Object.keys(points[0]?.parameters ?? {}).map((key) => {
    const values = points.map(({ parameters }) => parameters[key]);
    const isNumeric = values.every((value) => typeof value === "number");
    const cells = values.map((value) => (isNumeric || typeof value === "string" ? (value as number | string) : JSON.stringify(value)));
    return {
      name: taken.includes(key) ? `grid.${key}` : key,
      type: isNumeric ? "double" : "string",
      required: true,
      description: `${key} of the specification, which the grid varies`,
      cellsOf: (_, point) => () => cells[point] as number | string,
    };
  });
}

const whole = (name: string, description: string) => ({ name, type: "int32", required: true, description }) as const;
const common: RunColumn[] = [
  { ...whole("point", "number of the point in the grid, from 0"), cellsOf: (_, point) => () => point },
  {
    ...whole("run", "number of the run in its ensemble, from 0"),
    cellsOf:
      ({ first }) =>
      (row) =>
        first + row,
  },
];

function runColumns(specification: Specification, real: Real): RunColumn[] {
  const { points } = specification;
  const time = timeUnit(specification);
  const names = columnNames.filter((name) => points.some(({ ensemble }) => hasColumn(ensemble, name)));
  const hasVectors = points.some(({ ensemble }) => ensemble.record.vectors);
  const own: RunColumn[] = [
    ...common,
    ...names.map((name) => resultColumn(name, real, time)),
    ...(hasVectors ? vectorNames.map((name) => vectorColumn(name, real, specification)) : []),
  ];
  const taken = own.map(({ name }) => name);
  return [...own, ...gridColumns(specification, taken)];
}

/** `runs.parquet`, and where it is asked for `runs.csv`: a row a run, in the order of points and runs. */
export class RunsTable {
  private readonly columns: readonly RunColumn[];
  private readonly tables: readonly (ParquetTable | CsvTable)[];

  constructor(specification: Specification, engine: Engine["kind"], sink: ByteSink, csv?: ByteSink) {
    this.columns = runColumns(specification, engine === "cpu" ? "double" : "float");
    const names = this.columns.map(({ name }) => name);
    this.tables = [new ParquetTable(this.columns, metadataOf(specification), sink), ...(csv ? [new CsvTable(names, csv)] : [])];
  }

  async append(point: number, batch: RunBatch): Promise<void> {
    const cells = this.columns.map((column) => column.cellsOf(batch, point));
    for (const table of this.tables) await table.appendColumns(cells, batch.count);
  }

  async finish(): Promise<void> {
    for (const table of this.tables) await table.finish();
  }
}

const trajectoryColumns = (time: string): ParquetColumn[] => [
  ...common,
  { name: "step", type: "int64", required: true, unit: "1", description: "steps begun by then" },
  { name: "time", type: "double", required: true, unit: time, description: "recorded time" },
  whole("token", "token, from 0"),
  ...seriesNames.flatMap((name) =>
    Object.entries<SeriesColumn>(series[name].columns).map(
      ([column, { unit, says, optional }]): ParquetColumn => ({
        name: column,
        type: "double",
        ...(!optional && { required: true }),
        unit,
        description: says,
      }),
    ),
  ),
];

/** What a series has for a token at one time, a cell a column; null where it is absent. */
function seriesCells(trajectory: TimedTrajectory, name: SeriesName, at: number, token: number): readonly Cell[] {
  const entry = trajectory[name]?.[at];
  if (entry === undefined) return [null];
  if (typeof entry === "number") return [entry];
  return series[name].holds === "tokens" ? [entry[token] as number] : entry;
}

/** `trajectories.parquet`: a row for every token at every recorded step of the runs that are recorded. */
export class TrajectoriesTable {
  private readonly table: ParquetTable;

  constructor(specification: Specification, sink: ByteSink) {
    this.table = new ParquetTable(trajectoryColumns(timeUnit(specification)), metadataOf(specification), sink);
  }

  async append(point: number, trajectories: readonly TimedTrajectory[]): Promise<void> {
    for (const trajectory of trajectories)
      for (const [j, step] of trajectory.steps.entries())
        for (const token of (trajectory.weights[j] ?? []).keys())
          await this.table.append([
            point,
            trajectory.run,
            BigInt(step),
            trajectory.times[j] as number,
            token,
            ...seriesNames.flatMap((name) => seriesCells(trajectory, name, j, token)),
          ]);
  }

  finish(): Promise<void> {
    return this.table.finish();
  }
}
