import { Worker } from "node:worker_threads";
import type { PointTrajectory } from "../ensemble/run.ts";
import type { Specification } from "../model/grid.ts";
import type { Engine, RunBatch } from "../model/result.ts";
import { type SeriesEntry, seriesOf } from "../report/series.ts";
import type { ResultsFile, ResultsFolder } from "../sweep/folder.ts";
import { version } from "../version.ts";

/** `csv` holds what `runs` does. */
export type TableName = "runs" | "trajectories" | "csv";

/** What src/writer.ts is started with. */
export interface WriterSetup {
  specification: Specification;
  engine: Engine["kind"];
  metadata: Record<string, string>;
  /** Whether there are trajectories. */
  recorded: boolean;
  /** Whether runs are written as CSV, too. */
  csv: boolean;
}

export type WriterRequest =
  | { kind: "runs"; point: number; batch: RunBatch }
  | { kind: "trajectories"; point: number; trajectories: readonly PointTrajectory[] }
  | { kind: "finish" };

/** Bytes for a file, any number of times, then that a request is done. */
export type WriterAnswer = { table: TableName; bytes: Uint8Array<ArrayBuffer> } | "done";

/**
 * The tables of a results folder, written as the runs come. A thread of its own encodes them, so that neither the device nor
 * the statistics wait; what it answers is put into the files here. What goes wrong is thrown by the next call.
 */
export class TablesWriter {
  private readonly worker: Worker;
  private readonly files: Readonly<Partial<Record<TableName, ResultsFile>>>;
  private last: Promise<void> = Promise.resolve();

  private constructor(worker: Worker, files: Partial<Record<TableName, ResultsFile>>) {
    this.worker = worker;
    this.files = files;
  }

  /** @param prefix what the files' names begin with */
  static async open(folder: ResultsFolder, setup: WriterSetup, prefix: string): Promise<TablesWriter> {
    const runs = await folder.open(`${prefix}runs.parquet`);
    const trajectories = setup.recorded ? await folder.open(`${prefix}trajectories.parquet`) : undefined;
    const csv = setup.csv ? await folder.open(`${prefix}runs.csv`) : undefined;
    const worker = new Worker(new URL("./writer.js", import.meta.url), { workerData: setup });
    return new TablesWriter(worker, { runs, ...(trajectories && { trajectories }), ...(csv && { csv }) });
  }

  /** Rows of a point; they are taken as they are now. Waits for those before, so that no more than two batches are held. */
  runs(point: number, batch: RunBatch): Promise<void> {
    return this.request({ kind: "runs", point, batch });
  }

  async trajectories(point: number, trajectories: readonly PointTrajectory[]): Promise<void> {
    if (this.files.trajectories) await this.request({ kind: "trajectories", point, trajectories });
  }

  /** Writes what is left, and waits until all is in the files. */
  async finish(): Promise<void> {
    await this.request({ kind: "finish" });
    await this.last;
  }

  /** Ends the thread, whatever it is at. */
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
        written.catch(() => {}); // heard of once the request is done
      };
      const onExit = () => reject(new Error("the thread that encodes tables ended"));
      worker.on("message", onMessage).on("error", reject).on("exit", onExit);
      worker.postMessage(request);
    });
  }
}

/**
 * Where runs and trajectories of a specification go as they come, and what the figures over time show.
 * @param prefix what the files' names begin with
 * @param csv whether runs are written as CSV, too
 */
export async function openTables(folder: ResultsFolder, specification: Specification, engine: Engine, { prefix = "", csv = false } = {}) {
  const metadata = { "sinkflow.version": version, "sinkflow.specification": JSON.stringify(specification.canonical) };
  const recorded = specification.points.some(({ point }) => point.record.trajectories > 0);
  const writer = await TablesWriter.open(folder, { specification, engine: engine.kind, metadata, recorded, csv }, prefix);
  const series: SeriesEntry[] = [];
  return {
    runs: (point: number, batch: RunBatch) => writer.runs(point, batch),
    trajectories: (point: number, entries: readonly PointTrajectory[]) => writer.trajectories(point, entries),
    sample: (point: number, entries: readonly PointTrajectory[]) => void series.push(...seriesOf(point, entries)),
    series,
    writer,
  };
}
