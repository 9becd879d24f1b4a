import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { TimedTrajectory } from "../ensemble/run.ts";
import type { Specification } from "../model/grid.ts";
import type { Engine, RunBatch } from "../model/result.ts";
import type { ResultsFolder } from "./folder.ts";
import { type TableName, tableFile } from "./names.ts";
import type { ByteSink } from "./parquet.ts";
import type { Tables } from "./sweep.ts";

/** What src/writer.ts is started with. */
export interface WriterSetup {
  specification: Specification;
  engine: Engine["kind"];
  tables: readonly TableName[];
}

export type WriterRequest =
  | { kind: "runs"; point: number; batch: RunBatch }
  | { kind: "trajectories"; point: number; trajectories: readonly TimedTrajectory[] }
  | { kind: "finish" };

/** The bytes that a request adds to the files, in their order. */
export type WriterAnswer = { table: TableName; bytes: Uint8Array<ArrayBuffer> }[];

/**
 * Writes the tables of a sweep into a folder while `work` computes it. A thread of its own encodes them, so that neither the device
 * nor the statistics wait. A call of `tables` copies its rows at once; it waits for the request before, so that no more than two
 * batches are held, and throws the error of that request.
 * @param options.sweep which sweep the tables are of, in a folder that holds several
 */
export async function writeTables<T>(
  folder: ResultsFolder,
  specification: Specification,
  engine: Engine,
  options: { sweep?: string },
  work: (tables: Tables) => Promise<T>,
): Promise<T> {
  const tables: TableName[] = ["runs"];
  if (specification.points.some(({ ensemble }) => ensemble.record.trajectories > 0)) tables.push("trajectories");
  const files: Partial<Record<TableName, ByteSink>> = {};
  for (const table of tables) files[table] = await folder.open(tableFile(table, options.sweep));

  const setup: WriterSetup = { specification, engine: engine.kind, tables };
  const worker = new Worker(new URL("./writer.js", import.meta.url), { workerData: setup });
  const ended = once(worker, "exit").then(() => {
    throw new Error("the thread that encodes tables ended");
  });
  const perform = async (request: WriterRequest) => {
    worker.postMessage(request);
    const [answer] = (await Promise.race([once(worker, "message"), ended])) as [WriterAnswer];
    for (const { table, bytes } of answer) await files[table]?.(bytes);
  };
  let last: Promise<void> = Promise.resolve();
  // The thread takes one request at a time. A point's trajectories may come while the next point's rows do, so requests queue up.
  const request = (next: WriterRequest): Promise<void> => {
    const before = last;
    last = before.then(() => perform(next));
    last.catch(() => {}); // the next call throws it
    return before;
  };
  ended.catch(() => {}); // a request throws it
  try {
    const result = await work({
      runs: (point, batch) => request({ kind: "runs", point, batch }),
      trajectories: async (point, trajectories) => {
        if (files.trajectories) await request({ kind: "trajectories", point, trajectories });
      },
    });
    await request({ kind: "finish" });
    await last;
    return result;
  } finally {
    await worker.terminate(); // also in the middle of a request
  }
}
