// Rows a second of processor time, and bytes a row, of Parquet from the columns of a part; and by hyparquet-writer's own writer, from columns of boxed
// cells. Medians of 5 by turns; of the typed arrays also a thread's first part, whose code is not compiled yet. Repeat with: node scripts/with-driver.mjs --driver lavapipe npm run script -- bench/encoding
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { columnNames } from "../../src/model/columns.ts";
import { parseSpecification } from "../../src/model/grid.ts";
import { wholeOf } from "../../src/model/result.ts";
import { emptyRows } from "../../src/model/rows.ts";
import { openEngine } from "../../src/node.ts";
import { rowGroup } from "../../src/results/columnChunk.ts";
import { Encoders } from "../../src/results/encoders.ts";
import { type PartRows, tablesOf } from "../../src/results/tables.ts";

/** Of a part; the first of them are followed, the others are their copies. */
const [runs, followed] = [262_144, 65_536];
const specification = parseSpecification({ tokens: 8, runs: followed });
const ensemble = specification.points[0]?.ensemble as Parameters<typeof wholeOf>[0];
const { engine, pool } = await openEngine("webgpu");
const rows = emptyRows(columnNames, runs, Float32Array);
for (const name of columnNames) {
  const { constructor: Numbers } = rows[name];
  rows[name] = new (Numbers as Float32ArrayConstructor)(new SharedArrayBuffer(4 * runs));
}
await engine.follow([wholeOf(ensemble)], {
  onBatch: ({ first, rows: batch }) => {
    for (const name of columnNames) for (let from = first; from < runs; from += followed) rows[name].set(batch[name], from);
  },
});
await engine.close();
await pool.close();
const part: PartRows = { segments: [{ point: 0, first: 0, count: runs }], rows };

async function encode(): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const table = tablesOf(specification, "webgpu").runs(async (bytes) => void parts.push(bytes));
  await table.append(part);
  await table.finish();
  return new Uint8Array(Buffer.concat(parts));
}

const start = process.cpuUsage();
const file = (await encode()).buffer;
const { user, system } = process.cpuUsage(start);
console.log(`the first part from typed arrays: ${((user + system) / 1e6).toFixed(2)} s`);
const { schema } = parquetMetadata(file);
const cells = await parquetReadObjects({ file });
const columnData = schema.slice(1).map(({ name }) => ({ name, data: cells.map((row) => row[name] ?? null) }));
function box(): Uint8Array {
  const writer = new ByteWriter();
  const table = new ParquetWriter({ writer, schema });
  table.write({ columnData, rowGroupSize: rowGroup });
  table.finish();
  return writer.getBytes();
}

const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] as number;
const ways = { "from boxed cells": box, "from typed arrays": encode };
const seconds = Object.keys(ways).map((): number[] => []);
const bytes: number[] = [];
for (let turn = 0; turn < 6; turn++)
  for (const [i, way] of Object.values(ways).entries()) {
    const before = process.cpuUsage();
    bytes[i] = (await way()).length;
    const { user, system } = process.cpuUsage(before);
    if (turn > 0) seconds[i]?.push((user + system) / 1e6); // the first is compiled on the way
  }
for (const [i, name] of Object.keys(ways).entries())
  console.log(
    `${name}: ${(runs / 1e6 / median(seconds[i] as number[])).toFixed(2)} M rows/s, ${((bytes[i] as number) / runs).toFixed(1)} bytes a row`,
  );

const folder = mkdtempSync(join(tmpdir(), "sinkflow-encoding-"));
for (const threads of [1, 2]) {
  const encoders = new Encoders({ specification, engine: "webgpu" }, { threads });
  const write = () => Promise.all(Array.from({ length: 8 }, (_, i) => encoders.writeRuns(join(folder, `${i}.parquet`), part)));
  await write();
  const began = performance.now();
  await write();
  const rate = (8 * runs) / 1e3 / (performance.now() - began);
  await encoders.close();
  console.log(`${threads} threads, files written and synced: ${rate.toFixed(2)} M rows/s by the clock`);
}
rmSync(folder, { recursive: true });
