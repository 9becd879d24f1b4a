import type { ColumnChunk, Encoding, SchemaElement, Statistics } from "hyparquet";
import { ByteWriter } from "hyparquet-writer/src/bytewriter.js";
import { writePageHeader } from "hyparquet-writer/src/datapage.js";
import { deltaBinaryPack } from "hyparquet-writer/src/delta.js";
import { writeRleBitPackedHybrid } from "hyparquet-writer/src/encoding.js";
import { snappyCompress } from "hyparquet-writer/src/snappy.js";

/** Rows in a row group. */
export const rowGroup = 65_536;

/** What a column has in the rows of a row group. */
export interface Cells {
  /** A number a row, where it has one; of a flag 0 or 1. With `lengths`, the numbers of all lists, one list after another. */
  numbers: Uint32Array | Int32Array | Float32Array | Float64Array;
  /** 0 for a row that has nothing; by default every row has something. */
  present?: Uint8Array | undefined;
  /** What the numbers stand for: they are places in this list. */
  values?: readonly (string | number)[];
  /** Of the list of each row; 0 for a row that has none. */
  lengths?: Uint32Array;
}
type Numbers = Cells["numbers"];

let doubles = new Float64Array(rowGroup);
/**
 * The same numbers as doubles, until the next call. A loop over arrays of one type only is compiled once; a copy costs less than what else is
 * compiled again, and than a choice by type at each number.
 */
export function asDoubles(numbers: Numbers): Float64Array {
  if (numbers instanceof Float64Array) return numbers;
  if (doubles.length < numbers.length) doubles = new Float64Array(numbers.length);
  doubles.set(numbers);
  return doubles.subarray(0, numbers.length);
}

/** The numbers of a page, encoded. */
interface Page {
  encoding: Encoding;
  bytes: Uint8Array;
  /** What the numbers of an `RLE_DICTIONARY` are places in. */
  dictionary?: { bytes: Uint8Array; count: number };
  /** The least and the largest, where there are any. */
  range?: Pick<Statistics, "min_value" | "max_value">;
}

/** Which rows have something, and where their lists begin, as a page has it. */
interface Levels {
  repetition: ByteWriter;
  definition: ByteWriter;
  /** Cells and absent ones; a list has a cell for each of its numbers. */
  count: number;
  absent: number;
}

/**
 * Writes what a column has in a row group: one page. Whole numbers and values of a list are in a dictionary, or else differences of neighbors;
 * real numbers stand as they are. A page is compressed where a sample of it shrinks: few real numbers do.
 * @param path of schema elements from the column to what holds its numbers
 * @param rows of the row group
 */
export function writeChunk(writer: ByteWriter, path: readonly SchemaElement[], cells: Cells, rows: number): ColumnChunk {
  const element = path.at(-1) as SchemaElement;
  const begin = writer.offset;
  const levels = levelsOf(path[0]?.repetition_type === "OPTIONAL", cells, rows);
  const page = pageOf(element, presentOf(cells), cells.values);
  const isCompressed = shrinks(page.bytes);
  const stored = (bytes: Uint8Array) => (isCompressed ? snappyCompress(bytes) : bytes);
  let uncompressed = 0;
  const append = (header: Parameters<typeof writePageHeader>[1], parts: Uint8Array[]) => {
    const before = writer.offset;
    writePageHeader(writer, header);
    uncompressed += writer.offset - before + header.uncompressed_page_size;
    for (const part of parts) writer.appendBytes(part);
  };

  const { dictionary } = page;
  if (dictionary) {
    const bytes = stored(dictionary.bytes);
    append(
      {
        type: "DICTIONARY_PAGE",
        uncompressed_page_size: dictionary.bytes.length,
        compressed_page_size: bytes.length,
        dictionary_page_header: { num_values: dictionary.count, encoding: "PLAIN" },
      },
      [bytes],
    );
  }
  const dataOffset = writer.offset;
  const { repetition, definition } = levels;
  const bytes = stored(page.bytes);
  const before = repetition.offset + definition.offset;
  append(
    {
      type: "DATA_PAGE_V2",
      uncompressed_page_size: before + page.bytes.length,
      compressed_page_size: before + bytes.length,
      data_page_header_v2: {
        num_values: levels.count,
        num_nulls: levels.absent,
        num_rows: rows,
        encoding: page.encoding,
        repetition_levels_byte_length: repetition.offset,
        definition_levels_byte_length: definition.offset,
        is_compressed: isCompressed,
      },
    },
    [repetition.getBytes(), definition.getBytes(), bytes],
  );
  return {
    file_offset: BigInt(begin),
    meta_data: {
      type: element.type as NonNullable<SchemaElement["type"]>,
      encodings: dictionary ? ["PLAIN", page.encoding] : [page.encoding],
      path_in_schema: path.map(({ name }) => name),
      codec: isCompressed ? "SNAPPY" : "UNCOMPRESSED",
      num_values: BigInt(levels.count),
      total_uncompressed_size: BigInt(uncompressed),
      total_compressed_size: BigInt(writer.offset - begin),
      data_page_offset: BigInt(dataOffset),
      ...(dictionary && { dictionary_page_offset: BigInt(begin) }),
      statistics: { ...page.range, null_count: BigInt(levels.absent) },
    },
  };
}

function levelsOf(isOptional: boolean, { present, lengths }: Cells, rows: number): Levels {
  const [repetition, definition] = [new ByteWriter(), new ByteWriter()];
  if (lengths) {
    let [count, absent] = [0, 0];
    for (const length of lengths) {
      count += Math.max(length, 1);
      if (length === 0) absent++;
    }
    const [continues, depth] = [new Uint8Array(count), new Uint8Array(count)];
    let at = 0;
    for (const length of lengths) {
      if (length > 0) {
        continues.fill(1, at + 1, at + length);
        depth.fill(2, at, at + length);
      }
      at += Math.max(length, 1);
    }
    writeRleBitPackedHybrid(repetition, continues, 1);
    writeRleBitPackedHybrid(definition, depth, 2);
    return { repetition, definition, count, absent };
  }
  if (isOptional && present) writeRleBitPackedHybrid(definition, present, 1);
  else if (isOptional) {
    definition.appendVarInt(rows << 1); // one run,
    definition.appendUint8(1); // of ones
  }
  return { repetition, definition, count: rows, absent: present ? rows - countOf(present) : 0 };
}

function countOf(marks: Uint8Array): number {
  let count = 0;
  for (let i = 0; i < marks.length; i++) count += marks[i] as number;
  return count;
}

/** The numbers of the rows that have one. */
function presentOf({ numbers, present }: Cells): Numbers {
  if (!present) return numbers;
  const kept = new (numbers.constructor as Float64ArrayConstructor)(numbers.length) as Numbers;
  let count = 0;
  for (let i = 0; i < numbers.length; i++) {
    kept[count] = numbers[i] as number;
    count += present[i] as number;
  }
  return kept.subarray(0, count);
}

function pageOf(element: SchemaElement, numbers: Numbers, values: Cells["values"]): Page {
  const { type } = element;
  if (numbers.length === 0) return { encoding: "PLAIN", bytes: new Uint8Array() };
  const same = asDoubles(numbers);
  const { min, max } = rangeOf(same);
  if (values) return dictionaryPage(element, same, tableOf(same, min, max), values);
  if (type === "FLOAT" || type === "DOUBLE") {
    const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
    return { encoding: "PLAIN", bytes, ...(min <= max && { range: { min_value: min || -0, max_value: max || 0 } }) }; // by the format's rule for 0
  }
  const writer = new ByteWriter(numbers.byteLength + 64);
  if (type === "BOOLEAN") {
    const packed = new ByteWriter(numbers.length);
    writeRleBitPackedHybrid(packed, numbers, 1);
    writer.appendUint32(packed.offset);
    writer.appendBytes(packed.getBytes());
    return { encoding: "RLE", bytes: writer.getBytes(), range: { min_value: min === 1, max_value: max === 1 } };
  }
  if (max - min < mostInTable) {
    const table = tableOf(same, min, max);
    const width = type === "INT64" ? 8 : 4;
    const size = table.count * width + (numbers.length * bitsOf(table.count)) / 8;
    if (2 * size < numbers.length * width) return dictionaryPage(element, same, table);
  }
  deltaBinaryPack(writer, numbers as never, type as "INT32" | "INT64");
  return {
    encoding: "DELTA_BINARY_PACKED",
    bytes: writer.getBytes(),
    range: { min_value: plain(element, min), max_value: plain(element, max) },
  };
}

/** The least and the largest number; without any, infinities the other way round. */
function rangeOf(numbers: Float64Array): { min: number; max: number } {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < numbers.length; i++) {
    const x = numbers[i] as number;
    if (x < min) min = x;
    if (x > max) max = x;
  }
  return { min, max };
}

/** Whole numbers of a larger range are in no dictionary. */
const mostInTable = 65_536;

/** Which whole numbers there are from `min` on: `there` is 1 for those. */
interface Table {
  min: number;
  there: Uint8Array;
  count: number;
}

function tableOf(numbers: Float64Array, min: number, max: number): Table {
  const there = new Uint8Array(max - min + 1);
  for (let i = 0; i < numbers.length; i++) there[(numbers[i] as number) - min] = 1;
  return { min, there, count: countOf(there) };
}

function dictionaryPage(element: SchemaElement, numbers: Float64Array, { min, there, count }: Table, values?: Cells["values"]): Page {
  const places = new Uint32Array(there.length);
  const entries: Plain[] = [];
  for (let i = 0; i < there.length; i++)
    if (there[i] === 1) {
      places[i] = entries.length;
      entries.push(plain(element, values ? values[min + i] : min + i));
    }
  const codes = new Uint32Array(numbers.length);
  let [changes, before] = [0, -1];
  for (let i = 0; i < codes.length; i++) {
    const code = places[(numbers[i] as number) - min] as number;
    codes[i] = code;
    if (code !== before) changes++;
    before = code;
  }
  const bits = bitsOf(count);
  const writer = new ByteWriter((codes.length * bits) / 8 + 64);
  writer.appendUint8(bits);
  if (shortRun * changes < codes.length) writeRleBitPackedHybrid(writer, codes as never, bits);
  else writeBitPacked(writer, codes, bits);

  const dictionary = new ByteWriter();
  let [min_value, max_value] = [entries[0] as Plain, entries[0] as Plain];
  for (const entry of entries) {
    appendPlain(dictionary, element.type, entry);
    if (entry < min_value) min_value = entry;
    if (entry > max_value) max_value = entry;
  }
  return {
    encoding: "RLE_DICTIONARY",
    bytes: writer.getBytes(),
    dictionary: { bytes: dictionary.getBytes(), count },
    range: { min_value, max_value },
  };
}

/** Where runs of equal numbers are shorter on average, no run is looked for. */
const shortRun = 4;

/** One run of the format's hybrid of runs: numbers of so many bits, one after another, the lowest bit first; zeros after the last fill a group of 8. */
function writeBitPacked(writer: ByteWriter, numbers: Uint32Array, bits: number): void {
  const groups = Math.ceil(numbers.length / 8);
  const words = new Uint32Array(Math.ceil((groups * bits) / 4));
  let [word, used, place] = [0, 0, 0];
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i] as number;
    word |= number << used;
    used += bits;
    if (used < 32) continue;
    words[place++] = word;
    used -= 32;
    word = used === 0 ? 0 : number >>> (bits - used);
  }
  if (used > 0) words[place] = word;
  writer.appendVarInt((groups << 1) | 1);
  writer.appendBytes(new Uint8Array(words.buffer, 0, groups * bits));
}

/** Of the largest place in a list of so many. */
const bitsOf = (count: number): number => 32 - Math.clz32(count - 1);

type Plain = string | number | bigint;

/** A value as the column's type has it. */
function plain({ name, type }: SchemaElement, value: string | number | undefined): Plain {
  if (value === undefined) throw new Error(`${name}: a cell has no value`);
  return type === "INT64" ? BigInt(value) : value;
}

function appendPlain(writer: ByteWriter, type: SchemaElement["type"], value: Plain): void {
  if (type === "INT32") writer.appendInt32(value as number);
  else if (type === "INT64") writer.appendInt64(value as bigint);
  else if (type === "FLOAT") writer.appendFloat32(value as number);
  else if (type === "DOUBLE") writer.appendFloat64(value as number);
  else {
    const text = new TextEncoder().encode(value as string);
    writer.appendUint32(text.length);
    writer.appendBytes(text);
  }
}

/** Whether Snappy takes half of some bytes away, by the 4 KiB in their middle. */
function shrinks(bytes: Uint8Array): boolean {
  const from = Math.max(0, (bytes.length >> 1) - 2048);
  const sample = bytes.subarray(from, from + 4096);
  return 2 * snappyCompress(sample).length < sample.length;
}
