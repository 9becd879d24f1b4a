import { parentPort, workerData } from "node:worker_threads";
import type { TableName, WriterAnswer, WriterRequest, WriterSetup } from "./cli/tables.ts";
import { RunsTable, TrajectoriesTable } from "./sweep/tables.ts";

// The thread that encodes tables: it answers each request with what goes to the files, and then that it is done.
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
