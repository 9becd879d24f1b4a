import { parentPort, workerData } from "node:worker_threads";
import { DurableFile } from "./sweep/durableFile.ts";
import { RunsTable, TrajectoriesTable } from "./sweep/tables.ts";
import type { WriterAnswer, WriterRequest, WriterSetup } from "./sweep/tablesWriter.ts";

// The thread that encodes tables, and writes them. It takes one request at a time.
const { specification, engine } = workerData as WriterSetup;

async function write(request: WriterRequest, file: DurableFile): Promise<void> {
  const sink = (bytes: Uint8Array) => file.append(bytes);
  if (request.kind === "runs") {
    const table = new RunsTable(specification, engine, sink);
    for (const portion of request.portions) await table.append(portion.point, { segment: 0, ...portion });
    await table.finish();
  } else {
    const table = new TrajectoriesTable(specification, sink);
    for (const { point, trajectories } of request.portions) await table.append(point, trajectories);
    await table.finish();
  }
}

async function answer(request: WriterRequest): Promise<WriterAnswer> {
  let file: DurableFile | undefined;
  try {
    file = await DurableFile.open(request.path);
    await write(request, file);
    await file.close();
    await file.place();
    return { digest: file.digest() };
  } catch (error) {
    await file?.discard();
    const { message, code } = error as NodeJS.ErrnoException;
    return { message, ...(code && { code }) };
  }
}

let last: Promise<void> = Promise.resolve();
parentPort?.on("message", (request: WriterRequest) => {
  last = last.then(async () => parentPort?.postMessage(await answer(request)));
});
