import { parentPort, workerData } from "node:worker_threads";
import { performTask, type Task } from "./ensemble/perform.ts";
import { registerModules, type ThreadSetup } from "./modules.ts";

// Tasks wait until it listens.
await registerModules((workerData as ThreadSetup | null)?.modules ?? []);
parentPort?.on("message", (task: Task) => parentPort?.postMessage(performTask(task)));
