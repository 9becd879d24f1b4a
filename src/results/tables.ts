import type { TimedTrajectory } from "../ensemble/timed.ts";
import {
  type Column,
  columnRow,
  columnsOf,
  columnTypes,
  hasColumn,
  none,
  type VectorName,
  vectorNames,
  vectors,
} from "../model/columns.ts";
import { hasClock } from "../model/ensemble.ts";
import type { Specification } from "../model/grid.ts";
import type { Engine } from "../model/result.ts";
import { mapRows, type Rows } from "../model/rows.ts";
import { isSound, statuses, statusNames } from "../model/status.ts";
import { type SeriesColumn, type SeriesName, series, seriesNames } from "../model/trajectory.ts";
import { version } from "../version.ts";
import { asDoubles, type Cells, rowGroup } from "./columnChunk.ts";
import { type ByteSink, type ParquetColumn, ParquetFile } from "./parquet.ts";

/** Runs `first` … `first + count − 1` of a point. */
export interface RowsSegment {
  point: number;
  first: number;
  count: number;
  /** With `record.vectors`: `vectorNames`, [vector][token][run of the segment]. */
  vectors?: Float32Array | Float64Array;
}

/** Rows of some points, those of a segment after those of the one before. */
export interface PartRows {
  segments: readonly RowsSegment[];
  /** [column][row] */
  rows: Rows;
}

/** Trajectories of runs of a point. */
export interface PointTrajectories {
  point: number;
  trajectories: readonly TimedTrajectory[];
}

/** Begin the tables of a sweep, each a file whose bytes go to `sink`. */
export interface SweepTables {
  runs(sink: ByteSink): RunsTable;
  trajectories(sink: ByteSink): TrajectoriesTable;
}

/** All tables of a specification have the same columns, whatever points they hold. */
export function tablesOf(specification: Specification, engine: Engine["kind"]): SweepTables {
  const metadata = {
    "sinkflow.version": version,
    "sinkflow.specification": JSON.stringify(specification.canonical),
  };
  const time = timeUnit(specification);
  const ofRuns = runColumns(specification, engine === "cpu" ? "double" : "float", time);
  const ofTrajectories = trajectoryColumns(time);
  return {
    runs: (sink) => new RunsTable(ofRuns, new ParquetFile(ofRuns, metadata), sink),
    trajectories: (sink) => new TrajectoriesTable(ofTrajectories, new ParquetFile(ofTrajectories, metadata), sink),
  };
}

/** The unit of times. */
function timeUnit({ points }: Specification): string {
  const clocks = points.filter(({ ensemble }) => hasClock(ensemble)).length;
  return clocks === 0 ? "flow time" : clocks === points.length ? "τ" : "flow time, or τ with until.clock";
}

/** The rows of a row group. */
interface Group {
  count: number;
  rows: Rows;
  /** 1 for a run that ended soundly. */
  sound: Uint8Array;
  /** Rows `at` … `at + count − 1` are runs of a segment, from its row `from` on. */
  pieces: { at: number; from: number; count: number; segment: RowsSegment }[];
}

/** A column of the table of runs. */
interface RunColumn extends ParquetColumn {
  cellsOf(group: Group): Cells;
}

/** The type of the engine's numbers. */
type Real = "float" | "double";

const statusTexts: string[] = [];
for (const name of statusNames) statusTexts[statuses[name]] = name;

/** Where numbers of a column are there, in sound runs; undefined if they all are. */
type Numbers = NonNullable<Rows[Column]>;
function presence(numbers: Numbers, isReal: boolean, sound: Uint8Array): Uint8Array | undefined {
  const [same, absent] = [asDoubles(numbers), isReal ? Number.NaN : none];
  const present = new Uint8Array(sound.length);
  let count = 0;
  for (let row = 0; row < present.length; row++) {
    const x = same[row] as number;
    if (sound[row] === 0 || x === absent || Number.isNaN(x)) continue;
    present[row] = 1;
    count++;
  }
  return count === present.length ? undefined : present;
}

function resultColumn(name: Column, real: Real, time: string): RunColumn {
  const { type, unit, says, always } = columnRow(name);
  const { parquet } = columnTypes[type];
  return {
    name,
    type: parquet === "real" ? real : parquet,
    ...(always && { required: true }),
    ...(unit && { unit: unit === "flow time" ? time : unit }),
    description: says,
    cellsOf: ({ rows, sound }) => {
      const numbers = rows[name] as Numbers;
      return {
        numbers,
        present: always ? undefined : presence(numbers, parquet === "real", sound),
        ...(type === "status" && { values: statusTexts }),
      };
    },
  };
}

const vectorColumn = (name: VectorName, real: Real, { points }: Specification): RunColumn => ({
  name,
  type: `${real}s`,
  unit: "1",
  description: vectors[name],
  cellsOf: ({ sound, pieces }) => {
    const lengths = new Uint32Array(sound.length);
    for (const { at, count, segment } of pieces)
      if (segment.vectors) lengths.fill(points[segment.point]?.ensemble.tokens as number, at, at + count);
    for (let row = 0; row < lengths.length; row++) if (sound[row] === 0) lengths[row] = 0;
    const length = lengths.reduce((sum, one) => sum + one, 0);
    const numbers = real === "float" ? new Float32Array(length) : new Float64Array(length);
    let place = 0;
    for (const { at, from, count, segment } of pieces) {
      const first = vectorNames.indexOf(name) * (points[segment.point]?.ensemble.tokens as number);
      for (let i = 0; i < count; i++) {
        const tokens = lengths[at + i] as number;
        for (let token = 0; token < tokens; token++)
          numbers[place++] = segment.vectors?.[(first + token) * segment.count + from + i] as number;
      }
    }
    return { numbers, lengths };
  },
});

/** A number a row, from the segment of the row. */
function filled({ count, pieces }: Group, numberOf: (segment: RowsSegment) => number): Uint32Array {
  const numbers = new Uint32Array(count);
  for (const { at, count, segment } of pieces) numbers.fill(numberOf(segment), at, at + count);
  return numbers;
}

/** The grid's keys as columns: numbers as numbers, kinds by name, anything else as JSON. A key that is in `taken` is `grid.KEY`. */
function gridColumns({ points }: Specification, taken: readonly string[]): RunColumn[] {
  return Object.keys(points[0]?.parameters ?? {}).map((key) => {
    const parameters = points.map(({ parameters }) => parameters[key]);
    const isNumeric = parameters.every((value) => typeof value === "number");
    const values = parameters.map((value) => (isNumeric || typeof value === "string" ? (value as number | string) : JSON.stringify(value)));
    const distinct = [...new Set(values)];
    const places = new Map(distinct.map((value, place) => [value, place]));
    const codes = values.map((value) => places.get(value) as number);
    return {
      name: taken.includes(key) ? `grid.${key}` : key,
      type: isNumeric ? "double" : "string",
      required: true,
      description: `${key} of the specification, which the grid varies`,
      cellsOf: (group) => ({ numbers: filled(group, ({ point }) => codes[point] as number), values: distinct }),
    };
  });
}

const whole = (name: string, description: string) => ({ name, type: "int32", required: true, description }) as const;
const point = whole("point", "number of the point in the grid, from 0");
const run = whole("run", "number of the run in its ensemble, from 0");

function runColumns(specification: Specification, real: Real, time: string): RunColumn[] {
  const { points } = specification;
  const ensembles = points.map(({ ensemble }) => ensemble);
  const names = columnsOf(...ensembles).filter((name) => ensembles.some((ensemble) => hasColumn(ensemble, name)));
  const hasVectors = points.some(({ ensemble }) => ensemble.record.vectors);
  const own: RunColumn[] = [
    { ...point, cellsOf: (group) => ({ numbers: filled(group, ({ point }) => point) }) },
    {
      ...run,
      cellsOf: ({ count, pieces }) => {
        const numbers = new Uint32Array(count);
        for (const { at, from, count, segment } of pieces) for (let i = 0; i < count; i++) numbers[at + i] = segment.first + from + i;
        return { numbers };
      },
    },
    ...names.map((name) => resultColumn(name, real, time)),
    ...(hasVectors ? vectorNames.map((name) => vectorColumn(name, real, specification)) : []),
  ];
  const taken = own.map(({ name }) => name);
  return [...own, ...gridColumns(specification, taken)];
}

/** A table of runs: a row a run. */
export class RunsTable {
  constructor(
    private readonly columns: readonly RunColumn[],
    private readonly file: ParquetFile,
    private readonly sink: ByteSink,
  ) {}

  /** Appends the rows of a part: full row groups, and what is left as one. */
  async append(part: PartRows): Promise<void> {
    const rows = part.segments.reduce((sum, { count }) => sum + count, 0);
    for (let from = 0; from < rows; from += rowGroup) {
      const group = groupOf(part, from, Math.min(rows, from + rowGroup));
      const cells = this.columns.map((column) => column.cellsOf(group));
      await this.sink(this.file.append(cells, group.count));
    }
  }

  /** Writes what a file ends with. */
  finish(): Promise<void> {
    return this.sink(this.file.finish());
  }
}

/** Rows `from` … `to − 1` of a part. */
function groupOf({ segments, rows: all }: PartRows, from: number, to: number): Group {
  const pieces: Group["pieces"] = [];
  let begin = 0;
  for (const segment of segments) {
    const [first, end] = [Math.max(from, begin), Math.min(to, begin + segment.count)];
    if (first < end) pieces.push({ at: first - from, from: first - begin, count: end - first, segment });
    begin += segment.count;
  }
  const rows = mapRows(all, (numbers) => numbers.subarray(from, to));
  const sound = new Uint8Array(to - from);
  for (let row = 0; row < sound.length; row++) sound[row] = isSound(rows.status[row] as number) ? 1 : 0;
  return { count: to - from, rows, sound, pieces };
}

const trajectoryColumns = (time: string): ParquetColumn[] => [
  point,
  run,
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

/** What a series has for a token at one time, a number a column; undefined where it is absent. */
function seriesNumbers(trajectory: TimedTrajectory, name: SeriesName, at: number, token: number): readonly (number | undefined)[] {
  const entry = trajectory[name]?.[at];
  if (typeof entry !== "object") return [entry];
  return series[name].holds === "tokens" ? [entry[token]] : entry;
}

/** A table of trajectories: a row for every token at every recorded step of the runs that are recorded. */
export class TrajectoriesTable {
  /** Of the rows of the row group that is being filled: [column][row]. */
  private readonly numbers: Float64Array<ArrayBuffer>[];
  private readonly present: Uint8Array[];
  private rows = 0;

  constructor(
    private readonly columns: readonly ParquetColumn[],
    private readonly file: ParquetFile,
    private readonly sink: ByteSink,
  ) {
    this.numbers = columns.map(() => new Float64Array(rowGroup));
    this.present = columns.map(() => new Uint8Array(rowGroup));
  }

  async append(point: number, trajectories: readonly TimedTrajectory[]): Promise<void> {
    for (const trajectory of trajectories)
      for (const [at, weights] of trajectory.weights.entries())
        for (const token of weights.keys()) {
          const { run, steps, times } = trajectory;
          this.add([point, run, steps[at], times[at], token, ...seriesNames.flatMap((name) => seriesNumbers(trajectory, name, at, token))]);
          if (this.rows === rowGroup) await this.flush();
        }
  }

  /** Writes what is left, and what a file ends with. */
  async finish(): Promise<void> {
    if (this.rows > 0) await this.flush();
    await this.sink(this.file.finish());
  }

  private add(row: readonly (number | undefined)[]): void {
    for (const [i, numbers] of this.numbers.entries()) {
      numbers[this.rows] = row[i] ?? Number.NaN;
      (this.present[i] as Uint8Array)[this.rows] = row[i] === undefined ? 0 : 1;
    }
    this.rows++;
  }

  private async flush(): Promise<void> {
    const cells = this.columns.map(({ required }, i) => ({
      numbers: (this.numbers[i] as Float64Array).subarray(0, this.rows),
      present: required ? undefined : this.present[i]?.subarray(0, this.rows),
    }));
    await this.sink(this.file.append(cells, this.rows));
    this.rows = 0;
  }
}
