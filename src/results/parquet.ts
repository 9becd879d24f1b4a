import type { RowGroup, SchemaElement } from "hyparquet";
import { ByteWriter } from "hyparquet-writer/src/bytewriter.js";
import { writeMetadata } from "hyparquet-writer/src/metadata.js";
import { type Cells, writeChunk } from "./columnChunk.ts";

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

const physical = { int32: "INT32", int64: "INT64", float: "FLOAT", double: "DOUBLE", boolean: "BOOLEAN", string: "BYTE_ARRAY" } as const;

/** The schema elements from a column to what holds its numbers. */
function pathOf({ name, type, required }: ParquetColumn): SchemaElement[] {
  const repetition_type = required ? "REQUIRED" : "OPTIONAL";
  if (type === "floats" || type === "doubles")
    return [
      { name, repetition_type, num_children: 1, converted_type: "LIST" },
      { name: "list", repetition_type: "REPEATED", num_children: 1 },
      { name: "element", repetition_type: "REQUIRED", type: type === "floats" ? "FLOAT" : "DOUBLE" },
    ];
  return [{ name, repetition_type, type: physical[type], ...(type === "string" && { converted_type: "UTF8" }) }];
}

/** "PAR1". */
const magic = 0x31524150;

/**
 * A Parquet file as its row groups come, each with the least and largest number of every column. Units and meanings are in the file's
 * key-value metadata, under `sinkflow.columns`, as JSON. Pages and metadata are put together of hyparquet-writer's parts: its own writer takes
 * columns of boxed cells.
 */
export class ParquetFile {
  private readonly bytes = new ByteWriter();
  private readonly paths: readonly SchemaElement[][];
  private readonly metadata: Record<string, string>;
  private readonly groups: RowGroup[] = [];

  constructor(columns: readonly ParquetColumn[], metadata: Readonly<Record<string, string>>) {
    this.paths = columns.map(pathOf);
    const described = columns.map(({ name, unit, description }) => ({ name, ...(unit && { unit }), description }));
    this.metadata = { ...metadata, "sinkflow.columns": JSON.stringify(described) };
    this.bytes.appendUint32(magic);
  }

  /**
   * The bytes of a row group.
   * @param cells of each column
   */
  append(cells: readonly Cells[], rows: number): Uint8Array<ArrayBuffer> {
    const begin = this.bytes.offset;
    const columns = this.paths.map((path, i) => writeChunk(this.bytes, path, cells[i] as Cells, rows));
    this.groups.push({
      columns,
      num_rows: BigInt(rows),
      total_byte_size: columns.reduce((sum, { meta_data }) => sum + (meta_data?.total_uncompressed_size ?? 0n), 0n),
      total_compressed_size: BigInt(this.bytes.offset - begin),
    });
    return this.take();
  }

  /** The bytes after the last row group. */
  finish(): Uint8Array<ArrayBuffer> {
    writeMetadata(this.bytes, {
      version: 2,
      created_by: "sinkflow",
      schema: [{ name: "root", num_children: this.paths.length }, ...this.paths.flat()],
      num_rows: this.groups.reduce((sum, { num_rows }) => sum + num_rows, 0n),
      row_groups: this.groups,
      key_value_metadata: Object.entries(this.metadata).map(([key, value]) => ({ key, value })),
    } as Parameters<typeof writeMetadata>[1]);
    this.bytes.appendUint32(magic);
    return this.take();
  }

  private take(): Uint8Array<ArrayBuffer> {
    const bytes = this.bytes.getBytes().slice() as Uint8Array<ArrayBuffer>;
    this.bytes.index = 0;
    return bytes;
  }
}
