import type { PointTrajectory } from "../ensemble/run.ts";
import type { Specification } from "../model/grid.ts";
import { hasClock } from "../model/point.ts";
import type { Engine, RunBatch } from "../model/result.ts";
import { type Column, isSound, none, type Status, statuses, vectorNames } from "../model/rows.ts";
import { CsvTable } from "./csv.ts";
import { type ByteSink, type Cell, type ParquetColumn, ParquetTable } from "./parquet.ts";

type Field = Omit<ParquetColumn, "required" | "type">;

/** Numbers of a run that go to the file as they are; nothing where a run did not end soundly. */
const measures: Partial<Record<Column, Omit<Field, "name"> & { type?: "int32" | "boolean" }>> = {
  sink: { type: "int32", description: "token of the largest share |p|/Σ|p| at the end, from 0; the lowest on ties" },
  negative: { type: "boolean", description: "whether the sink's weight is negative" },
  sinkShare: { unit: "1", description: "largest share at the end" },
  shortfall: { unit: "1", description: "1 − sinkShare, without cancellation" },
  entropy: { unit: "nat", description: "entropy of the shares at the end" },
  initialEntropy: { unit: "nat", description: "entropy of the shares at the start" },
  polarizationTime: { unit: "flow time", description: "first time the largest share reached polarizedAt" },
  lockInTime: { unit: "flow time", description: "last change of the leading token; 0 if it never changed" },
  logTime: {
    unit: "log flow time",
    description: "natural logarithm of the flow time at the end, where the margin's own clock is followed",
  },
  loss: { unit: "1", description: "loss at the end" },
  sinkNorm: { unit: "1", description: "norm of the sink's value at the end" },
  normRatio: { unit: "1", description: "sinkNorm over the median norm of a value" },
  largestValue: { unit: "1", description: "largest absolute entry of the value matrix at the end" },
  largestLogit: { unit: "1", description: "largest absolute logit at the end" },
  logitGap: { unit: "1", description: "largest logit less the second largest at the end" },
  valuesGradientNorm: { unit: "1", description: "norm of the loss's gradient by the value matrix at the end" },
  logitsGradientNorm: { unit: "1", description: "norm of the loss's gradient by the logits at the end" },
  byLogit: { type: "int32", description: "token with the largest logit at the start; absent on ties" },
  byAlignment: { type: "int32", description: "token best aligned at the start, by −v·∇L; absent on ties" },
  byAbsAlignment: { type: "int32", description: "token of the largest absolute alignment at the start; absent on ties" },
  byValueNorm: { type: "int32", description: "token of the largest value norm at the start; absent on ties" },
  rankByLogit: { type: "int32", description: "rank of the sink by logit at the start, from 1" },
  rankByAlignment: { type: "int32", description: "rank of the sink by alignment at the start, from 1" },
};

/** What times are measured in. */
function timeUnit({ points }: Specification): string {
  const clocks = points.filter(({ point }) => hasClock(point)).length;
  return clocks === 0 ? "flow time" : clocks === points.length ? "τ" : "flow time, or τ with until.clock";
}

const statusNames = Object.fromEntries(Object.entries(statuses).map(([name, code]) => [code, name])) as Record<number, Status>;

const vectorMeanings: Record<(typeof vectorNames)[number], string> = {
  initialLogits: "logits at the start, one a token",
  initialAlignments: "alignments −v·∇L at the start, one a token",
  weights: "attention weights at the end, one a token",
  logits: "logits at the end, one a token",
  alignments: "alignments −v·∇L at the end, one a token",
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
  private readonly withVectors: boolean;
  private readonly measureNames: Column[];

  constructor(specification: Specification, engine: Engine["kind"], metadata: Record<string, string>, sink: ByteSink, csv?: ByteSink) {
    this.specification = specification;
    this.withVectors = specification.points.some(({ point }) => point.record.vectors);
    const withClock = specification.points.some(({ point }) => hasClock(point));
    this.measureNames = (Object.keys(measures) as Column[]).filter((name) => name !== "logTime" || withClock);
    const time = timeUnit(specification);
    const real = engine === "cpu" ? "double" : "float";
    const own: ParquetColumn[] = [
      ...common,
      {
        name: "status",
        type: "string",
        required: true,
        description: "how the run ended; one that diverged or went non-finite has nothing else",
      },
      { name: "steps", type: "int64", required: true, unit: "1", description: "steps taken" },
      { name: "rejected", type: "int64", required: true, unit: "1", description: "trials of a step that the error estimate rejected" },
      { name: "time", type: real, required: true, unit: time, description: "time at which the run ended" },
      ...this.measureNames.map((name): ParquetColumn => {
        const { unit, ...rest } = measures[name] as Omit<Field, "name">;
        return { type: real, ...rest, ...(unit && { unit: unit === "flow time" ? time : unit }), name };
      }),
      ...(this.withVectors ? vectorNames : []).map(
        (name): ParquetColumn => ({ name, type: `${real}s`, unit: "1", description: vectorMeanings[name] }),
      ),
    ];
    this.grid = gridColumns(
      specification,
      own.map(({ name }) => name),
    );
    const columns = [...own, ...this.grid.map(({ column }) => column)];
    const names = columns.map(({ name }) => name);
    this.tables = [new ParquetTable(columns, metadata, sink), ...(csv ? [new CsvTable(names, csv)] : [])];
  }

  async append(index: number, { first, count, rows, vectors }: RunBatch): Promise<void> {
    const point = this.specification.points[index]?.point;
    if (!point) throw new Error(`no point ${index}`);
    const { status, steps, rejected, time } = rows;
    const sound = Array.from({ length: count }, (_, i) => isSound(status[i] as number));
    const measure = (name: Column) => {
      const column = rows[name];
      const isBoolean = measures[name]?.type === "boolean";
      return (i: number): Cell => {
        const x = column[i] as number;
        if (!sound[i] || x === none || Number.isNaN(x)) return null;
        return isBoolean ? x === 1 : x;
      };
    };
    const list = (v: number) => (i: number) =>
      sound[i] && vectors
        ? Array.from({ length: point.tokens }, (_, token) => vectors[(v * point.tokens + token) * count + i] as number)
        : null;
    const columns: ((i: number) => Cell)[] = [
      () => index,
      (i) => first + i,
      (i) => statusNames[status[i] as number] as string,
      (i) => BigInt(steps[i] as number),
      (i) => BigInt(rejected[i] as number),
      (i) => time[i] as number,
      ...this.measureNames.map(measure),
      ...(this.withVectors ? vectorNames.map((_, v) => list(v)) : []),
      ...this.grid.map(
        ({ cells }) =>
          () =>
            cells[index] as string | number,
      ),
    ];
    for (const table of this.tables) await table.appendColumns(columns, count);
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
  { name: "weight", type: "double", required: true, unit: "1", description: "attention weight p of the token" },
  { name: "logit", type: "double", required: true, unit: "1", description: "logit a of the token" },
  { name: "alignment", type: "double", required: true, unit: "1", description: "−v·∇L of the token's value" },
  { name: "valueNorm", type: "double", required: true, unit: "1", description: "norm of the token's value" },
  { name: "loss", type: "double", required: true, unit: "1", description: "loss of the run, the same for its tokens" },
  { name: "entropy", type: "double", unit: "nat", description: "entropy of the run's shares, the same for its tokens" },
  { name: "valuesGradientNorm", type: "double", required: true, unit: "1", description: "norm of the gradient by the value matrix" },
  { name: "logitsGradientNorm", type: "double", required: true, unit: "1", description: "norm of the gradient by the logits" },
];

/** `trajectories.parquet`: a row for every token at every recorded step of the runs that are recorded. */
export class TrajectoriesTable {
  private readonly table: ParquetTable;

  constructor(specification: Specification, metadata: Record<string, string>, sink: ByteSink) {
    this.table = new ParquetTable(trajectoryColumns(timeUnit(specification)), metadata, sink);
  }

  async append(index: number, trajectories: readonly PointTrajectory[]): Promise<void> {
    for (const t of trajectories)
      for (const [j, step] of t.steps.entries())
        for (const [token, weight] of (t.weights[j] ?? []).entries())
          await this.table.append([
            index,
            t.run,
            BigInt(step),
            t.times[j] as number,
            token,
            weight,
            t.logits[j]?.[token] as number,
            t.alignments[j]?.[token] as number,
            t.valueNorms[j]?.[token] as number,
            t.loss[j] as number,
            t.entropy?.[j] ?? null,
            ...(t.gradientNorms[j] as [number, number]),
          ]);
  }

  finish(): Promise<void> {
    return this.table.finish();
  }
}
