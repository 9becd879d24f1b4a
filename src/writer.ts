import { parentPort, workerData } from "node:worker_threads";
import type { TableName } from "./sweep/names.ts";
import { RunsTable, TrajectoriesTable } from "./sweep/tables.ts";
import type { WriterAnswer, WriterRequest, WriterSetup } from "./sweep/tablesWriter.ts";

// The thread that encodes tables. It gets one request at a time, and answers with bytes for the files.
const { specification, engine, tables } = workerData as WriterSetup;
let encoded: WriterAnswer = [];
const sink = (table: TableName) => async (bytes: Uint8Array<ArrayBuffer>) => void encoded.push({ table, bytes });
const runs = new RunsTable(specification, engine, sink("runs"), tables.includes("csv") ? sink("csv") : undefined);
const trajectories = tables.includes("trajectories") ? new TrajectoriesTable(specification, sink("trajectories")) : undefined;

parentPort?.on("message", async (request: WriterRequest) => {
  encoded = [];
  if (request.kind === "runs") await runs.append(request.point, request.batch);
  if (request.kind === "trajectories") await trajectories?.append(request.point, request.trajectories);
  if (request.kind === "finish") {
    await runs.finish();
    await trajectories?.finish();
  }
  const buffers = encoded.map(({ bytes }) => bytes.buffer);
  parentPort?.postMessage(encoded, buffers);
});
