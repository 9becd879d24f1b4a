import { ByteWriter, ParquetWriter } from "hyparquet-writer";

/** Rows in a row group. */
export const rowGroup = 65_536;

/** A column of a Parquet file. What is absent is null, unless the column is `required`. */
export interface ParquetColumn {
  name: string;
  /** `floats` is a list of floats. */
  type: "int32" | "int64" | "float" | "double" | "boolean" | "string" | "floats" | "doubles";
  required?: boolean;
  /** Of its numbers; "1" for a plain number. */
  unit?: string;
  description: string;
}

/** Where a file's bytes go. */
export type ByteSink = (bytes: Uint8Array<ArrayBuffer>) => Promise<void>;

type Schema = ConstructorParameters<typeof ParquetWriter>[0]["schema"];
export type Cell = number | bigint | string | boolean | readonly number[] | null;

const physical = { int32: "INT32", int64: "INT64", float: "FLOAT", double: "DOUBLE", boolean: "BOOLEAN", string: "BYTE_ARRAY" } as const;

function schemaOf(columns: readonly ParquetColumn[]): Schema {
  const elements = columns.flatMap(({ name, type, required }): Schema => {
    const repetition_type = required ? "REQUIRED" : "OPTIONAL";
    if (type === "floats" || type === "doubles")
      return [
        { name, repetition_type, num_children: 1, converted_type: "LIST" },
        { name: "list", repetition_type: "REPEATED", num_children: 1 },
        { name: "element", repetition_type: "REQUIRED", type: type === "floats" ? "FLOAT" : "DOUBLE" },
      ];
    return [{ name, repetition_type, type: physical[type], ...(type === "string" && { converted_type: "UTF8" }) }];
  });
  return [{ name: "root", num_children: columns.length }, ...elements];
}

/**
 * The cells of a column in the row group that is being filled. Numbers lie unboxed: a garbage collector that has to visit tens of
 * millions of them takes longer than writing them.
 */
class Cells {
  private readonly numbers: Float64Array | undefined;
  private readonly others: Cell[] = [];
  private absent: number[] = [];
  length = 0;

  constructor(type: ParquetColumn["type"]) {
    if (type === "int32" || type === "float" || type === "double") this.numbers = new Float64Array(rowGroup);
  }

  push(cell: Cell): void {
    if (!this.numbers) this.others.push(cell);
    else if (cell === null) this.absent.push(this.length);
    else this.numbers[this.length] = cell as number;
    this.length++;
  }

  /** All cells, as the writer takes them. */
  all(): Float64Array | Cell[] {
    const numbers = this.numbers?.subarray(0, this.length);
    if (!numbers) return this.others;
    if (this.absent.length === 0) return numbers;
    const cells: Cell[] = Array.from(numbers);
    for (const row of this.absent) cells[row] = null;
    return cells;
  }

  clear(): void {
    this.others.length = 0;
    this.absent = [];
    this.length = 0;
  }
}

/**
 * Writes a Parquet file as its rows come: a row group as soon as it is full, so that no more than one is held, and the bytes do
 * not depend on how many rows come at a time. Units and meanings are in the file's key-value metadata, under `sinkflow.columns`, as JSON.
 */
export class ParquetTable {
  private readonly bytes = new ByteWriter();
  private readonly writer: ParquetWriter;
  private readonly cells: readonly Cells[];

  constructor(
    private readonly columns: readonly ParquetColumn[],
    metadata: Readonly<Record<string, string>>,
    private readonly sink: ByteSink,
  ) {
    this.cells = columns.map(({ type }) => new Cells(type));
    const described = columns.map(({ name, unit, description }) => ({ name, ...(unit && { unit }), description }));
    const entries = { ...metadata, "sinkflow.columns": JSON.stringify(described) };
    this.writer = new ParquetWriter({
      writer: this.bytes,
      schema: schemaOf(columns),
      kvMetadata: Object.entries(entries).map(([key, value]) => ({ key, value })),
      createdBy: "sinkflow",
    });
  }

  /** Appends one row: a cell a column, in their order. */
  async append(row: readonly Cell[]): Promise<void> {
    row.forEach((cell, i) => {
      this.cells[i]?.push(cell);
    });
    if (this.cells[0]?.length === rowGroup) await this.flush();
  }

  /** Appends `count` rows. Each column gives the cell of a row 0 … count − 1. Much faster than row by row. */
  async appendColumns(columns: readonly ((row: number) => Cell)[], count: number): Promise<void> {
    for (let from = 0; from < count; ) {
      const to = Math.min(count, from + rowGroup - (this.cells[0]?.length ?? 0));
      for (const [i, cell] of columns.entries()) {
        const cells = this.cells[i] as Cells;
        for (let row = from; row < to; row++) cells.push(cell(row));
      }
      from = to;
      if (this.cells[0]?.length === rowGroup) await this.flush();
    }
  }

  /** Writes what is left, and the footer. */
  async finish(): Promise<void> {
    await this.flush();
    await this.writer.finish();
    await this.drain();
  }

  private async flush(): Promise<void> {
    if (this.cells[0]?.length) {
      const columnData = this.columns.map(({ name }, i) => ({ name, data: (this.cells[i] as Cells).all() }));
      await this.writer.write({ columnData: columnData as never, rowGroupSize: rowGroup });
    }
    for (const cells of this.cells) cells.clear();
    await this.drain();
  }

  private async drain(): Promise<void> {
    await this.sink(this.bytes.getBytes().slice());
    this.bytes.index = 0;
  }
}
