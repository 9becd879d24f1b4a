// The entry `sinkflow/arrow`. apache-arrow is loaded when it is first asked for a table; the library itself does not know it.
import type * as Arrow from "apache-arrow";
import type { ColumnArrays, PointVectors } from "./library/columns.ts";
import { type Column, type ColumnRow, columnRow, vectors as vectorTexts } from "./model/columns.ts";
import { SinkflowError, show } from "./model/errors.ts";
import { isSound, statusNames } from "./model/status.ts";

/** Columns of runs: a point of `simulate`, or a chunk of `simulateChunks`. */
export interface Runs {
  /** Their columns, by name; `status` among them. */
  rows: { readonly [Name in keyof ColumnArrays]: ColumnArrays[Name] | undefined } & { readonly status: Uint32Array };
  vectors?: PointVectors;
  /** The number of the first run; 0 if nothing is said. */
  first?: number;
}

/** A column of one's own is defined only as long as the call that computes it. */
const ofOnesOwn = { type: "real", says: "a column of one's own" } as const satisfies Partial<ColumnRow>;

/** What an Arrow column is made of. */
type Made = [name: string, data: Arrow.Data, nullable: boolean, about: { says: string; unit?: string }];

/** A bit for each run that has a number; undefined where all have one. */
function presence(runs: number, has: (run: number) => boolean) {
  const nullBitmap = new Uint8Array(Math.ceil(runs / 8));
  let nullCount = runs;
  for (let run = 0; run < runs; run++) {
    if (!has(run)) continue;
    nullBitmap[run >> 3] = (nullBitmap[run >> 3] as number) | (1 << (run & 7));
    nullCount--;
  }
  return nullCount > 0 ? { nullBitmap, nullCount } : { nullCount };
}

function columnData(arrow: typeof Arrow, type: ColumnRow["type"], numbers: ColumnArrays[string]): Arrow.Data {
  const length = numbers.length;
  if (type === "status") {
    const dictionary = arrow.vectorFromArray(["", ...statusNames], new arrow.Utf8()); // a status is a place from 1
    return arrow.makeData({
      type: new arrow.Dictionary(new arrow.Utf8(), new arrow.Uint32()),
      length,
      data: numbers as Uint32Array,
      dictionary,
    });
  }
  if (numbers instanceof Uint32Array) return arrow.makeData({ type: new arrow.Uint32(), length, data: numbers });
  const isThere = presence(length, numbers instanceof Int32Array ? (run) => numbers[run] !== -1 : (run) => !Number.isNaN(numbers[run]));
  if (type === "flag") {
    const { nullBitmap: data = new Uint8Array(Math.ceil(length / 8)) } = presence(length, (run) => numbers[run] === 1);
    return arrow.makeData({ type: new arrow.Bool(), length, ...isThere, data });
  }
  if (numbers instanceof Int32Array) return arrow.makeData({ type: new arrow.Int32(), length, ...isThere, data: numbers });
  return realData(arrow, numbers, isThere);
}

const realData = (arrow: typeof Arrow, data: Float32Array | Float64Array, isThere: ReturnType<typeof presence>): Arrow.Data =>
  data instanceof Float32Array
    ? arrow.makeData({ type: new arrow.Float32(), length: data.length, ...isThere, data })
    : arrow.makeData({ type: new arrow.Float64(), length: data.length, ...isThere, data });

/** Lists of the tokens' numbers, run by run. */
function listData(arrow: typeof Arrow, numbers: Float32Array | Float64Array, status: ColumnArrays[string]): Arrow.Data {
  const runs = status.length;
  const tokens = numbers.length / runs;
  const turned = new (numbers.constructor as Float64ArrayConstructor)(numbers.length);
  for (let token = 0; token < tokens; token++)
    for (let run = 0; run < runs; run++) turned[run * tokens + token] = numbers[token * runs + run] as number;
  const child = realData(arrow, turned, { nullCount: 0 });
  const type = new arrow.FixedSizeList(tokens, new arrow.Field("item", child.type, false));
  return arrow.makeData({ type, length: runs, ...presence(runs, (run) => isSound(status[run] as number)), child });
}

/**
 * An Apache Arrow table of runs: `run`, their columns, and with `record.vectors` lists of `tokens` numbers. What is absent is null. Columns have the
 * memory of `rows`, without a copy, but for `run`, flags, of which Arrow packs eight in a byte, and lists, which Arrow has run by run.
 *
 * Throws SinkflowError("input") where the package apache-arrow is not installed.
 */
export async function arrowTable(runs: Runs): Promise<Arrow.Table> {
  if (!((runs as Partial<Runs> | undefined)?.rows?.status instanceof Uint32Array))
    throw new SinkflowError(
      "input",
      `arrowTable: expected a point or a chunk, with rows and their status, got ${runs ? "none of these" : show(runs)}`,
    );
  const { rows, vectors, first = 0 } = runs;
  const arrow: typeof Arrow = await import("apache-arrow").catch((error: Error) => {
    throw new SinkflowError(
      "input",
      `arrowTable: expected the package apache-arrow to be installed (npm install apache-arrow), got: ${error.message.split("\n")[0]}`,
    );
  });
  const { status } = rows;
  const numbers = Uint32Array.from(status, (_, i) => first + i);
  const made: Made[] = [
    [
      "run",
      arrow.makeData({ type: new arrow.Uint32(), length: numbers.length, data: numbers }),
      false,
      { says: "number of the run in its ensemble, from 0" },
    ],
    ...Object.entries(rows as ColumnArrays).map(([name, column]): Made => {
      const row = (columnRow(name as Column) as ColumnRow | undefined) ?? ofOnesOwn;
      return [name, columnData(arrow, row.type, column), !("always" in row), row];
    }),
    ...Object.entries(vectors ?? {}).map(([name, column]): Made => {
      const says = vectorTexts[name as keyof PointVectors];
      return [name, listData(arrow, column, status), true, { says, unit: "1" }];
    }),
  ];
  const fields = made.map(([name, { type }, nullable, { says, unit }]) => {
    const about = new Map([["description", says], ...(unit ? ([["unit", unit]] as const) : [])] as [string, string][]);
    return new arrow.Field(name, type, nullable, about);
  });
  const children = made.map(([, data]) => data);
  const struct = arrow.makeData({ type: new arrow.Struct(fields), length: status.length, nullCount: 0, children });
  return new arrow.Table([new arrow.RecordBatch(new arrow.Schema(fields), struct)]);
}
