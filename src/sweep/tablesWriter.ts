import { Worker } from "node:worker_threads";
import type { TimedTrajectory } from "../ensemble/run.ts";
import type { Specification } from "../model/grid.ts";
import type { Engine, RunBatch } from "../model/result.ts";
import { version } from "../version.ts";
import type { ResultsFile, ResultsFolder } from "./folder.ts";
import { type TableName, tableFile } from "./names.ts";
import type { Tables } from "./sweep.ts";

/** What src/writer.ts is started with. */
export interface WriterSetup {
  specification: Specification;
  engine: Engine["kind"];
  /** Key-value metadata of the Parquet files. */
  metadata: Record<string, string>;
  /** Whether there are trajectories. */
  recorded: boolean;
  /** Whether runs are written as CSV, too. */
  csv: boolean;
}

export type WriterRequest =
  | { kind: "runs"; point: number; batch: RunBatch }
  | { kind: "trajectories"; point: number; trajectories: readonly TimedTrajectory[] }
  | { kind: "finish" };

/** Bytes for a file, any number of times, then that a request is done. */
export type WriterAnswer = { table: TableName; bytes: Uint8Array<ArrayBuffer> } | "done";

interface TablesOptions {
  /** Which sweep the tables are of, in a folder that holds several. */
  sweep?: string;
  /** Whether runs are written as CSV, too. */
  csv?: boolean;
}

/** Writes the tables of a sweep into a folder while `work` computes it. */
export async function writeTables<T>(
  folder: ResultsFolder,
  specification: Specification,
  engine: Engine,
  options: TablesOptions,
  work: (tables: Tables) => Promise<T>,
): Promise<T> {
  const writer = await TablesWriter.open(folder, specification, engine, options);
  try {
    const result = await work(writer);
    await writer.finish();
    return result;
  } finally {
    await writer.close();
  }
}

/**
 * A thread of its own encodes the tables, so that neither the device nor the statistics wait; the bytes that it answers with are
 * appended to the files here. An error is thrown by the call after the one that it belongs to.
 */
class TablesWriter implements Tables {
  private readonly worker: Worker;
  private readonly files: Readonly<Partial<Record<TableName, ResultsFile>>>;
  private last: Promise<void> = Promise.resolve();

  private constructor(worker: Worker, files: Partial<Record<TableName, ResultsFile>>) {
    this.worker = worker;
    this.files = files;
  }

  static async open(folder: ResultsFolder, specification: Specification, engine: Engine, { sweep, csv = false }: TablesOptions) {
    const metadata = { "sinkflow.version": version, "sinkflow.specification": JSON.stringify(specification.canonical) };
    const recorded = specification.points.some(({ ensemble }) => ensemble.record.trajectories > 0);
    const setup: WriterSetup = { specification, engine: engine.kind, metadata, recorded, csv };
    const files: Partial<Record<TableName, ResultsFile>> = {};
    for (const table of ["runs", ...(recorded ? ["trajectories" as const] : []), ...(csv ? ["csv" as const] : [])] as const)
      files[table] = await folder.open(tableFile(table, sweep));
    return new TablesWriter(new Worker(new URL("./writer.js", import.meta.url), { workerData: setup }), files);
  }

  /** The rows are copied at once. Waits for the request before this one, so that no more than two batches are held. */
  runs(point: number, batch: RunBatch): Promise<void> {
    return this.request({ kind: "runs", point, batch });
  }

  async trajectories(point: number, trajectories: readonly TimedTrajectory[]): Promise<void> {
    if (this.files.trajectories) await this.request({ kind: "trajectories", point, trajectories });
  }

  /** Writes what is left, and waits until all is in the files. */
  async finish(): Promise<void> {
    await this.request({ kind: "finish" });
    await this.last;
  }

  /** Ends the thread, also in the middle of a request. */
  async close(): Promise<void> {
    await this.worker.terminate();
  }

  private async request(request: WriterRequest): Promise<void> {
    await this.last;
    this.last = this.perform(request);
    this.last.catch(() => {}); // the next call throws it
  }

  private perform(request: WriterRequest): Promise<void> {
    const { worker, files } = this;
    return new Promise((resolve, reject) => {
      let written = Promise.resolve();
      const end = (act: () => void) => {
        worker.off("message", onMessage).off("error", reject).off("exit", onExit);
        act();
      };
      const onMessage = (answer: WriterAnswer) => {
        if (answer === "done") {
          end(() => resolve(written));
          return;
        }
        written = written.then(() => files[answer.table]?.append(answer.bytes));
        written.catch(() => {}); // thrown once the request is done
      };
      const onExit = () => reject(new Error("the thread that encodes tables ended"));
      worker.on("message", onMessage).on("error", reject).on("exit", onExit);
      worker.postMessage(request);
    });
  }
}
