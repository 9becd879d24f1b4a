import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { columnNames, columns } from "../../src/model/columns.ts";
import { parseSpecification } from "../../src/model/grid.ts";
import { emptyRows, type Rows } from "../../src/model/rows.ts";
import { statuses } from "../../src/model/status.ts";
import { rowGroup } from "../../src/results/columnChunk.ts";
import { Encoders } from "../../src/results/encoders.ts";
import { type PartRows, tablesOf } from "../../src/results/tables.ts";

const specification = parseSpecification({ tokens: 8, runs: rowGroup, grid: { loss: ["logistic", "square"] } });
const setup = { specification, engine: "webgpu" } as const;
const program = new URL("../../dist/encoder.js", import.meta.url);
const folder = mkdtempSync(join(tmpdir(), "sinkflow-encoders-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** So many rows of each of the two points, in shared memory: any numbers do. */
function part(count: number): PartRows {
  const empty = emptyRows(columnNames, 2 * count, Float32Array);
  const rows = Object.fromEntries(
    columnNames.map((name) => {
      const { length, constructor: Numbers } = empty[name];
      const shared = new (Numbers as Float32ArrayConstructor)(new SharedArrayBuffer(4 * length));
      const numberOf = (row: number) =>
        name === "status" ? statuses.converged : columns[name].type === "flag" ? row % 2 : (row * 7919) % 8191;
      for (let row = 0; row < length; row++) shared[row] = numberOf(row);
      return [name, shared];
    }),
  ) as Rows;
  return { rows, segments: [0, 1].map((point) => ({ point, first: 0, count })) };
}

describe("threads that encode tables", () => {
  it("write the bytes that encoding gives, and tell what they wrote", async () => {
    const encoders = new Encoders(setup, { program, threads: 2 });
    const parts = [part(40_000), part(10), part(2)];
    const digests = await Promise.all(parts.map((rows, i) => encoders.writeRuns(join(folder, `${i}.parquet`), rows)));
    await encoders.close();
    for (const [i, rows] of parts.entries()) {
      const bytes: Uint8Array[] = [];
      const table = tablesOf(specification, "webgpu").runs(async (more) => void bytes.push(more));
      await table.append(rows);
      await table.finish();
      const expected = Buffer.concat(bytes);
      expect(readFileSync(join(folder, `${i}.parquet`)).equals(expected)).toBe(true);
      expect(digests[i]).toEqual({ sha256: createHash("sha256").update(expected).digest("hex"), bytes: expected.length });
    }
    expect(readdirSync(folder)).toEqual(["0.parquet", "1.parquet", "2.parquet"]);
  });

  it("leave what is there where a file can't be written or encoded, and go on", async () => {
    const encoders = new Encoders(setup, { program, threads: 1 });
    await expect(encoders.writeRuns(join(folder, "none", "0.parquet"), part(2))).rejects.toMatchObject({ code: "ENOENT" });
    writeFileSync(join(folder, "0.parquet"), "before");
    const faulty = part(2);
    faulty.rows.status.fill(0); // no such status
    await expect(encoders.writeRuns(join(folder, "0.parquet"), faulty)).rejects.toThrow("status: a cell has no value");
    expect(readFileSync(join(folder, "0.parquet"), "utf8")).toBe("before");
    await expect(encoders.writeRuns(join(folder, "0.parquet"), part(2))).rejects.toMatchObject({ code: "EEXIST" });
    expect(readFileSync(join(folder, "0.parquet"), "utf8")).toBe("before");
    rmSync(join(folder, "0.parquet"));
    for (let i = 0; i < 2; i++) await encoders.writeRuns(join(folder, "0.parquet"), part(2)); // with the same bytes it is taken for this file
    await encoders.close();
    expect(readdirSync(folder)).toEqual(["0.parquet", "1.parquet", "2.parquet"]);
  });

  it("reject what they had, begun or not, once they are ended, and leave nothing beside the files", async () => {
    const encoders = new Encoders(setup, { program, threads: 1 });
    const writes = [part(rowGroup), part(2)].map((rows, i) => encoders.writeRuns(join(folder, `ended-${i}.parquet`), rows));
    const failures = Promise.all(writes.map((write) => expect(write).rejects.toThrow(/thread.* that encode.* ended/)));
    while (!readdirSync(folder).some((name) => name.startsWith(".ended"))) await new Promise((resolve) => setTimeout(resolve, 1));
    await encoders.close();
    await failures;
    expect(readdirSync(folder)).toEqual(["0.parquet", "1.parquet", "2.parquet"]);
  });

  it("throw one error where a thread ends by itself, and serve what comes next with another", async () => {
    const dying = join(folder, "dying.mjs");
    writeFileSync(
      dying,
      `import { parentPort } from "node:worker_threads";
       import { writeFileSync } from "node:fs";
       parentPort.on("message", ({ path, temporary }) => {
         if (!path.endsWith("fatal")) return parentPort.postMessage({ digest: { sha256: path, bytes: 1 } });
         writeFileSync(temporary, "half");
         process.exit(1);
       });`,
    );
    const encoders = new Encoders(setup, { program: new URL(`file://${dying}`), threads: 1 });
    await expect(encoders.writeRuns(join(folder, "fatal"), part(2))).rejects.toThrow("a thread that encodes tables ended");
    expect(await encoders.writeRuns("next", part(2))).toEqual({ sha256: "next", bytes: 1 });
    await encoders.close();
    expect(readdirSync(folder)).toEqual(["0.parquet", "1.parquet", "2.parquet", "dying.mjs"]);
  });
});
