import { parentPort, workerData } from "node:worker_threads";
import type { TableName } from "./sweep/names.ts";
import { RunsTable, TrajectoriesTable } from "./sweep/tables.ts";
import type { WriterAnswer, WriterRequest, WriterSetup } from "./sweep/tablesWriter.ts";

// The thread that encodes tables. It answers a request with bytes for the files, and then with "done".
const answer = (message: WriterAnswer, transfer: ArrayBuffer[] = []) => parentPort?.postMessage(message, transfer);
const sink = (table: TableName) => async (bytes: Uint8Array<ArrayBuffer>) => answer({ table, bytes }, [bytes.buffer]);

const { specification, engine, metadata, recorded, csv } = workerData as WriterSetup;
const runs = new RunsTable(specification, engine, metadata, sink("runs"), csv ? sink("csv") : undefined);
const trajectories = recorded ? new TrajectoriesTable(specification, metadata, sink("trajectories")) : undefined;

async function perform(request: WriterRequest): Promise<void> {
  if (request.kind === "runs") await runs.append(request.point, request.batch);
  if (request.kind === "trajectories") await trajectories?.append(request.point, request.trajectories);
  if (request.kind === "finish") {
    await runs.finish();
    await trajectories?.finish();
  }
  answer("done");
}

let last = Promise.resolve();
parentPort?.on("message", (request: WriterRequest) => {
  last = last.then(() => perform(request));
});
