import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cpuEngine } from "../../src/ensemble/cpu.ts";
import { inlinePool } from "../../src/ensemble/perform.ts";
import { parseSpecification } from "../../src/model/grid.ts";
import { statuses } from "../../src/model/status.ts";
import { type Cells, rowGroup } from "../../src/results/columnChunk.ts";
import { type ParquetColumn, ParquetFile } from "../../src/results/parquet.ts";
import { tablesOf } from "../../src/results/tables.ts";
import { runSweep } from "../../src/sweep/sweep.ts";

const folder = mkdtempSync(join(tmpdir(), "sinkflow-tables-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string) => join(folder, name);

/** Asks DuckDB, which shares nothing with the writer. */
async function query(sql: string): Promise<Record<string, unknown>[]> {
  const connection = await (await DuckDBInstance.create()).connect();
  return (await connection.runAndReadAll(sql)).getRowObjectsJson() as Record<string, unknown>[];
}

/** A sink that keeps what comes, and a way to put it in a file. */
function memory() {
  const parts: Uint8Array[] = [];
  return {
    sink: async (bytes: Uint8Array) => void parts.push(bytes),
    save: (name: string) => writeFileSync(path(name), Buffer.concat(parts)),
  };
}

describe("a Parquet table", () => {
  const columns: ParquetColumn[] = [
    { name: "n", type: "int32", required: true, description: "number" },
    { name: "big", type: "int64", required: true, description: "beyond 2³¹" },
    { name: "few", type: "int32", required: true, description: "one of three" },
    { name: "x", type: "double", unit: "nat", description: "may be absent" },
    { name: "y", type: "float", required: true, description: "not finite, or −0" },
    { name: "flag", type: "boolean", description: "absent at the end" },
    { name: "name", type: "string", required: true, description: "text" },
    { name: "list", type: "floats", description: "a list" },
  ];
  /** Cells of row i, i + 1, … for each row group. */
  const cellsFrom = (first: number, count: number): Cells[] => {
    const rows = Array.from({ length: count }, (_, k) => first + k);
    const lists = rows.map((i) => (i % 5 === 0 ? [] : [i, 0.5].slice(0, 1 + (i % 2))));
    return [
      { numbers: Uint32Array.from(rows) },
      { numbers: Uint32Array.from(rows, (i) => 4294967294 - (i % 2) * i) },
      { numbers: Uint32Array.from(rows, (i) => i % 3) },
      {
        numbers: Float64Array.from(rows, (i) => (i % 3 === 0 ? 9 : Math.sqrt(i))),
        present: Uint8Array.from(rows, (i) => (i % 3 === 0 ? 0 : 1)),
      },
      { numbers: Float32Array.from(rows, (i) => (i % 2 ? 1 / 0 : -0)) },
      { numbers: Uint32Array.from(rows, (i) => i & 1), present: Uint8Array.from(rows, (i) => (i < 70_000 ? 1 : 0)) },
      { numbers: Uint32Array.from(rows, (i) => 1 + (i % 2)), values: ["never", "é0", "é1"] },
      { numbers: Float32Array.from(lists.flat()), lengths: Uint32Array.from(lists, ({ length }) => length) },
    ];
  };

  it("reads back as it was written, in row groups, whatever is absent", async () => {
    const { sink, save } = memory();
    const file = new ParquetFile(columns, { note: "µ" });
    const rows = rowGroup + 9_000;
    await sink(file.append(cellsFrom(0, rowGroup), rowGroup));
    await sink(file.append(cellsFrom(rowGroup, 9_000), 9_000));
    await sink(file.finish());
    save("plain.parquet");
    const plain = `'${path("plain.parquet")}'`;
    expect(await query(`select distinct row_group_num_rows::int n from parquet_metadata(${plain}) order by n`)).toEqual([
      { n: 9_000 },
      { n: rowGroup },
    ]);
    const expected = {
      n: "i::int",
      big: "4294967294 - (i % 2) * i",
      few: "i % 3",
      x: "case when i % 3 = 0 then null else sqrt(i::double) end",
      y: "case when i % 2 = 1 then 'infinity'::float else -0.0::float end",
      flag: "case when i < 70000 then i % 2 = 1 end",
      name: "'é' || (i % 2)",
      list: "case when i % 5 = 0 then null when i % 2 = 1 then [i::float, 0.5::float] else [i::float] end",
    };
    const counts = Object.entries(expected).map(([name, right]) => `count(*) filter (${name} is distinct from ${right})::int "${name}"`);
    const [wrong] = await query(
      `select count(*)::int total, ${counts.join()} from (select *, file_row_number i from read_parquet(${plain}, file_row_number=true))`,
    );
    expect(wrong).toEqual({ total: rows, ...Object.fromEntries(Object.keys(expected).map((name) => [name, 0])) });
    const ranges = await query(
      `select path_in_schema as name, stats_min_value least, stats_max_value largest, stats_null_count::int absent from parquet_metadata(${plain}) where row_group_id = 1 order by column_id`,
    );
    expect(ranges).toEqual([
      { name: "n", least: "65536", largest: "74535", absent: 0 },
      { name: "big", least: `${4294967294 - 74_535}`, largest: "4294967294", absent: 0 },
      { name: "few", least: "0", largest: "2", absent: 0 },
      { name: "x", least: "256.0", largest: `${Math.sqrt(74_534)}`, absent: 3000 },
      { name: "y", least: "-0.0", largest: null, absent: 0 }, // DuckDB has no bound that is infinite
      { name: "flag", least: "false", largest: "true", absent: 74_536 - 70_000 },
      { name: "name", least: "é0", largest: "é1", absent: 0 },
      { name: "list, list, element", least: "0.5", largest: "74534.0", absent: 1800 },
    ]);
    // What repeats is compressed.
    expect(
      await query(
        `select distinct path_in_schema as name, compression from parquet_metadata(${plain}) where name in ('x', 'y') order by name`,
      ),
    ).toEqual([
      { name: "x", compression: "UNCOMPRESSED" },
      { name: "y", compression: "SNAPPY" },
    ]);
    const metadata = await query(`select decode(key) k, decode(value) v from parquet_kv_metadata(${plain})`);
    expect(metadata.find(({ k }) => k === "note")?.["v"]).toBe("µ");
    expect(JSON.parse(metadata.find(({ k }) => k === "sinkflow.columns")?.["v"] as string)[3]).toEqual({
      name: "x",
      unit: "nat",
      description: "may be absent",
    });
  });
});

describe("whole numbers in a dictionary", () => {
  // 2, 3, 5, … different numbers, whose places take 1 to 13 bits; neighbors differ, and the last group of 8 is not full.
  const counts = [2, ...Array.from({ length: 12 }, (_, bits) => 2 ** bits + 1).filter((count) => count > 2), 2 ** 12 + 1];
  const rows = 65_531;
  const shown = counts.map((count) => ({ name: `mod${count}`, cell: (i: number) => (i * 7919) % count, sql: `i * 7919 % ${count}` }));
  // Places in runs, of which some are short.
  const runs = {
    name: "runs",
    cell: (i: number) => Math.floor(i / 100) % (2 + (i % 100 === 7 ? 1 : 0)),
    sql: "(i // 100) % (2 + (i % 100 = 7)::int)",
  };
  const one = { name: "one", cell: () => 9, sql: "9" };
  const columns = [...shown, runs, one];

  it("reads back, however many there are", async () => {
    const { sink, save } = memory();
    const file = new ParquetFile(
      columns.map(({ name }) => ({ name, type: "int32", required: true, description: "" })),
      {},
    );
    await sink(
      file.append(
        columns.map(({ cell }) => ({ numbers: Uint32Array.from({ length: rows }, (_, i) => cell(i)) })),
        rows,
      ),
    );
    await sink(file.finish());
    save("dictionaries.parquet");
    const table = `'${path("dictionaries.parquet")}'`;
    const encodings = await query(`select path_in_schema as name, encodings from parquet_metadata(${table})`);
    expect(encodings.filter(({ encodings }) => !String(encodings).includes("RLE_DICTIONARY"))).toEqual([]);
    const differing = columns.map(({ name, sql }) => `count(*) filter (${name} <> ${sql})::int as ${name}`).join(", ");
    expect(
      await query(`select ${differing} from (select *, file_row_number i from read_parquet(${table}, file_row_number = true))`),
    ).toEqual([Object.fromEntries(columns.map(({ name }) => [name, 0]))]);
    expect(await query(`select count(*)::int as n from ${table}`)).toEqual([{ n: rows }]);
  });
});

describe("a sweep's tables", () => {
  const specification = parseSpecification({
    tokens: 4,
    runs: 100,
    integrator: { kind: "euler", step: 1 },
    until: { steps: 3000 },
    record: { trajectories: 2, vectors: true, steps: [0, 100, 3000] },
    grid: {
      loss: ["logistic", "square"],
      normalizer: ["softmax", { kind: "softmax", temperature: 2 }, "linear"],
      "values.scale": [0.1, 4],
    },
  });
  const runs = `'${path("runs.parquet")}'`;
  const trajectories = `'${path("trajectories.parquet")}'`;
  let report: Awaited<ReturnType<typeof runSweep>>;

  const write = async (name: string, of = specification) => {
    const files = [memory(), memory()] as const;
    const begin = tablesOf(of, "cpu");
    const [runs, trajectories] = [begin.runs(files[0].sink), begin.trajectories(files[1].sink)] as const;
    const result = await runSweep(of, cpuEngine(inlinePool), inlinePool, {
      samples: 0,
      onPart: async ({ portions, rows }) => {
        await runs.append({ segments: portions, rows });
        for (const { point, trajectories: recorded } of portions) await trajectories.append(point, recorded);
      },
    });
    for (const table of [runs, trajectories]) await table.finish();
    files[0].save(`${name}runs.parquet`);
    files[1].save(`${name}trajectories.parquet`);
    return result;
  };
  beforeAll(async () => {
    report = await write("");
  });

  it("has a row a run, in order, with the grid's keys; one whose name a column has is grid.KEY", async () => {
    const rows = await query(
      `select point, count(*)::int n, min(run) lowest, max(run) highest, "grid.loss" loss, normalizer, "values.scale" scale from ${runs} group by all order by point`,
    );
    expect(rows).toEqual(
      specification.points.map(({ parameters: { loss, normalizer, "values.scale": scale } }, point) => ({
        point,
        n: 100,
        lowest: 0,
        highest: 99,
        loss,
        normalizer: typeof normalizer === "string" ? normalizer : JSON.stringify(normalizer),
        scale,
      })),
    );
    expect(
      await query(`select count(*)::int n from (select row_number() over () - 1 - point * 100 = run ok from ${runs}) where not ok`),
    ).toEqual([{ n: 0 }]);
  });

  it("has columns that are asked for where a point asks for them, and in the summary of these points", async () => {
    const grid = { "record.lossAt": [0.5, 1e-9], "record.tippingTime": [false, true] };
    const { points } = await write("asked-", parseSpecification({ tokens: 3, runs: 6, until: { time: 1000 }, grid }));
    const counted = await query(
      `select count(tippingTime)::int tipped, count(timeToLoss)::int reached, median(timeToLoss) middle from '${path("asked-runs.parquet")}' group by point order by point`,
    );
    const expected = points.map(({ tipped, reachedLoss, timeToLoss }) => ({
      tipped: Math.round(6 * (tipped?.share ?? 0)),
      reached: Math.round(6 * (reachedLoss?.share ?? 0)),
      middle: timeToLoss?.median ?? null,
    }));
    expect(counted).toEqual(expected);
    expect(expected.map(({ reached }) => reached)).toEqual([6, 6, 0, 0]);
    expect(points.map((point) => "tipped" in point)).toEqual([false, true, false, true]);
    expect(expected[1]?.tipped).toBeGreaterThan(0);
    expect(
      await query(`select column_name from (describe select * from ${runs}) where column_name in ('tippingTime', 'timeToLoss')`),
    ).toEqual([]);
  });

  it("says what the summary says", async () => {
    const rows = await query(
      `select point, list_transform(range(4), t -> len(list_filter(list(sink), s -> s = t)))::int[] counts, median(entropy) entropy, count(polarizationTime)::int reached, median(lockInTime) lockIn, median(normRatio) ratio, count(*) filter (rankByLogit = 1)::int led, max(loss) loss from ${runs} group by point order by point`,
    );
    report.points.forEach((point, i) => {
      const row = rows[i] as Record<string, number>;
      const sound = point.runs - point.status.diverged - point.status["non-finite"];
      expect(row["counts"]).toEqual(point.sink.counts);
      // A point of which no run ended soundly has no distribution: absent there, null here.
      if (sound === 0) {
        expect(row).toMatchObject({ entropy: null, reached: 0, lockIn: null, ratio: null, led: 0, loss: null });
        return;
      }
      expect(row["entropy"]).toBeCloseTo(point.entropy?.median as number, 12);
      expect(row["reached"]).toBe(Math.round((point.polarized?.share ?? 0) * sound));
      expect(row["lockIn"]).toBe(point.lockInTime?.median);
      expect(row["ratio"]).toBeCloseTo(point.massiveActivation.normRatio?.median as number, 10);
      expect(row["led"]).toBe(Math.round((point.predictors.logit?.share ?? 0) * sound));
      expect(row["loss"]).toBe(point.loss?.max);
    });
  });

  it("leaves a run that diverged with its ending alone", async () => {
    const wild = report.points.reduce((sum, { status }) => sum + status.diverged + status["non-finite"], 0);
    expect(wild).toBeGreaterThan(0);
    const rows = await query(
      `select count(*)::int n, count(sink)::int sinks, count(loss)::int losses, count(weights)::int lists from ${runs} where status in ('diverged', 'non-finite')`,
    );
    expect(rows).toEqual([{ n: wild, sinks: 0, losses: 0, lists: 0 }]);
    const names = (await query(`select distinct status from ${runs}`)).map(({ status }) => status as string);
    for (const name of names) expect(Object.keys(statuses)).toContain(name);
  });

  it("has the vectors: weights whose largest is the sink, a start that is the same across the grid", async () => {
    const [row] = await query(
      `select count(*) filter (list_max(list_transform(weights, p -> abs(p))) != abs(weights[sink + 1]))::int other, count(*) filter (len(logits) != 4 or len(alignments) != 4 or len(initialAlignments) != 4)::int short, count(distinct initialLogits)::int starts from ${runs} where status not in ('diverged', 'non-finite')`,
    );
    expect(row).toEqual({ other: 0, short: 0, starts: 100 });
  });

  it("has no sink in a tied run, and no number of one", async () => {
    await write("tied-", parseSpecification({ tokens: 3, normalizer: "uniform", runs: 2, integrator: "euler", until: { steps: 3 } }));
    expect(
      await query(
        `select count(sink)::int sinks, count(negative)::int signs, count(sinkNorm)::int norms, count(normRatio)::int ratios, count(rankByLogit)::int ranks, count(rankByAlignment)::int places, count(sinkShare)::int shares, count(entropy)::int entropies, count(loss)::int losses from '${path("tied-runs.parquet")}'`,
      ),
    ).toEqual([{ sinks: 0, signs: 0, norms: 0, ratios: 0, ranks: 0, places: 0, shares: 2, entropies: 2, losses: 2 }]);
  });

  it("has a row for every token at every recorded step", async () => {
    const [row] = await query(`select count(*)::int n from ${trajectories}`);
    const entries = report.points.flatMap(({ trajectories }) => trajectories ?? []).reduce((sum, t) => sum + t.steps.length * 4, 0);
    expect(row).toEqual({ n: entries });
    const t = report.points[2]?.trajectories?.[1];
    expect(
      await query(
        `select weight, logit, alignment, valueNorm, loss, entropy, time from ${trajectories} where point = 2 and run = 1 and step = 100 and token = 3`,
      ),
    ).toEqual([
      {
        weight: t?.weights[1]?.[3],
        logit: t?.logits[1]?.[3],
        alignment: t?.alignments[1]?.[3],
        valueNorm: t?.valueNorms[1]?.[3],
        loss: t?.loss[1],
        entropy: t?.entropy?.[1],
        time: 100,
      },
    ]);
  });

  it("is the same bytes again", async () => {
    await write("again-");
    for (const name of ["runs.parquet", "trajectories.parquet"])
      expect(readFileSync(path(`again-${name}`)).equals(readFileSync(path(name)))).toBe(true);
  });
});
