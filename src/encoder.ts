import { parentPort, workerData } from "node:worker_threads";
import { registerModules } from "./modules.ts";
import { DurableFile } from "./results/durableFile.ts";
import type { EncoderAnswer, EncoderSetup, EncoderTask } from "./results/encoders.ts";
import { tablesOf } from "./results/tables.ts";

// A thread that encodes tables of parts and writes them. It gets one task at a time.
const { specification, engine, modules } = workerData as EncoderSetup;
await registerModules(modules);
const begin = tablesOf(specification, engine);

async function encode(task: EncoderTask, file: DurableFile): Promise<void> {
  const sink = (bytes: Uint8Array) => file.append(bytes);
  if (task.kind === "runs") {
    const table = begin.runs(sink);
    await table.append(task.part);
    await table.finish();
  } else {
    const table = begin.trajectories(sink);
    for (const { point, trajectories } of task.points) await table.append(point, trajectories);
    await table.finish();
  }
}

async function answer(task: EncoderTask): Promise<EncoderAnswer> {
  let file: DurableFile | undefined;
  try {
    file = await DurableFile.open(task.path, task.temporary);
    await encode(task, file);
    await file.close();
    await file.placeNew();
    return { digest: file.digest() };
  } catch (error) {
    await file?.discard();
    const { message, code } = error as NodeJS.ErrnoException;
    return { message, ...(code && { code }) };
  }
}

parentPort?.on("message", async (task: EncoderTask) => parentPort?.postMessage(await answer(task)));
