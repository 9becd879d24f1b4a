import type { TimedTrajectory } from "../ensemble/run.ts";
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
import { CsvTable } from "./csv.ts";
import { type ByteSink, type Cell, type ParquetColumn, ParquetTable } from "./parquet.ts";

/** What times are measured in. */
function timeUnit({ points }: Specification): string {
  const clocks = points.filter(({ ensemble }) => hasClock(ensemble)).length;
  return clocks === 0 ? "flow time" : clocks === points.length ? "τ" : "flow time, or τ with until.clock";
}

/** A column of results as one of a table; `real` is the type of the engine's numbers. */
function tableColumn(name: Column, real: "float" | "double", time: string): ParquetColumn {
  const { type, unit, says, always } = columns[name];
  const { parquet } = columnTypes[type];
  return {
    name,
    type: parquet === "real" ? real : parquet,
    ...(always && { required: true }),
    ...(unit && { unit: unit === "flow time" ? time : unit }),
    description: says,
  };
}

const statusByCode = Object.fromEntries(statusNames.map((name) => [statuses[name], name])) as Record<number, Status>;

/** A number of a column as its type stands in a table; null where there is nothing to tell. */
const cellOf: Record<ColumnRow["type"], (x: number) => Cell> = {
  real: (x) => (Number.isNaN(x) ? null : x),
  token: (x) => (x === none ? null : x),
  rank: (x) => (x === none ? null : x),
  flag: (x) => (x === none ? null : x === 1),
  count: (x) => BigInt(x),
  status: (code) => statusByCode[code] as string,
};

/** The grid's keys as columns: numbers as numbers, kinds by name, anything else as JSON. A key that a column has is `grid.KEY`. */
function gridColumns({ points }: Specification, taken: readonly string[]) {
  return Object.keys(points[0]?.parameters ?? {}).map((key) => {
    const values = points.map(({ parameters }) => parameters[key]);
    const numeric = values.every((value) => typeof value === "number");
    const column: ParquetColumn = {
      name: taken.includes(key) ? `grid.${key}` : key,
      type: numeric ? "double" : "string",
      required: true,
      description: `${key} of the specification, which the grid varies`,
    };
    const cell = (value: unknown) => (numeric ? (value as number) : typeof value === "string" ? value : JSON.stringify(value));
    return { column, cells: values.map(cell) };
  });
}

const common: ParquetColumn[] = [
  { name: "point", type: "int32", required: true, description: "number of the point in the grid, from 0" },
  { name: "run", type: "int32", required: true, description: "number of the run in its ensemble, from 0" },
];

/** `runs.parquet`, and where it is asked for `runs.csv`: a row a run, in the order of points and runs. */
export class RunsTable {
  private readonly tables: readonly (ParquetTable | CsvTable)[];
  private readonly specification: Specification;
  private readonly grid: ReturnType<typeof gridColumns>;
  private readonly vectorNames: readonly VectorName[];
  private readonly columnNames: readonly Column[];

  constructor(specification: Specification, engine: Engine["kind"], metadata: Record<string, string>, sink: ByteSink, csv?: ByteSink) {
    this.specification = specification;
    const { points } = specification;
    this.vectorNames = points.some(({ ensemble }) => ensemble.record.vectors) ? vectorNames : [];
    this.columnNames = columnNames.filter((name) => points.some(({ ensemble }) => hasColumn(ensemble, name)));
    const time = timeUnit(specification);
    const real = engine === "cpu" ? "double" : "float";
    const own: ParquetColumn[] = [
      ...common,
      ...this.columnNames.map((name) => tableColumn(name, real, time)),
      ...this.vectorNames.map((name): ParquetColumn => ({ name, type: `${real}s`, unit: "1", description: vectors[name] })),
    ];
    this.grid = gridColumns(
      specification,
      own.map(({ name }) => name),
    );
    const all = [...own, ...this.grid.map(({ column }) => column)];
    const names = all.map(({ name }) => name);
    this.tables = [new ParquetTable(all, metadata, sink), ...(csv ? [new CsvTable(names, csv)] : [])];
  }

  async append(index: number, { first, count, rows, vectors: numbers }: RunBatch): Promise<void> {
    const ensemble = this.specification.points[index]?.ensemble;
    if (!ensemble) throw new Error(`no point ${index}`);
    const sound = Array.from({ length: count }, (_, i) => isSound(rows.status[i] as number));
    const cells = (name: Column) => {
      const [column, { type, always }] = [rows[name], columns[name]];
      return (i: number): Cell => (always || sound[i] ? cellOf[type](column[i] as number) : null);
    };
    const list = (name: VectorName) => {
      const from = vectorNames.indexOf(name) * ensemble.tokens;
      return (i: number): Cell =>
        sound[i] && numbers ? Array.from({ length: ensemble.tokens }, (_, token) => numbers[(from + token) * count + i] as number) : null;
    };
    const all: ((i: number) => Cell)[] = [
      () => index,
      (i) => first + i,
      ...this.columnNames.map(cells),
      ...this.vectorNames.map(list),
      ...this.grid.map(
        ({ cells }) =>
          () =>
            cells[index] as string | number,
      ),
    ];
    for (const table of this.tables) await table.appendColumns(all, count);
  }

  async finish(): Promise<void> {
    for (const table of this.tables) await table.finish();
  }
}

const trajectoryColumns = (time: string): ParquetColumn[] => [
  ...common,
  { name: "step", type: "int64", required: true, unit: "1", description: "steps begun by then" },
  { name: "time", type: "double", required: true, unit: time, description: "recorded time" },
  { name: "token", type: "int32", required: true, description: "token, from 0" },
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

/** What a series tells of a token at one time, a cell a column; null where it is absent. */
function seriesCells(trajectory: TimedTrajectory, name: SeriesName, at: number, token: number): readonly Cell[] {
  const entry = trajectory[name]?.[at];
  if (entry === undefined) return [null];
  if (typeof entry === "number") return [entry];
  return series[name].holds === "tokens" ? [entry[token] as number] : entry;
}

/** `trajectories.parquet`: a row for every token at every recorded step of the runs that are recorded. */
export class TrajectoriesTable {
  private readonly table: ParquetTable;

  constructor(specification: Specification, metadata: Record<string, string>, sink: ByteSink) {
    this.table = new ParquetTable(trajectoryColumns(timeUnit(specification)), metadata, sink);
  }

  async append(index: number, trajectories: readonly TimedTrajectory[]): Promise<void> {
    for (const trajectory of trajectories)
      for (const [j, step] of trajectory.steps.entries())
        for (const token of (trajectory.weights[j] ?? []).keys())
          await this.table.append([
            index,
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
