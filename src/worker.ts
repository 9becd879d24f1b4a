import { parentPort } from "node:worker_threads";
import { performTask } from "./ensemble/perform.ts";
import type { Task } from "./ensemble/tasks.ts";

parentPort?.on("message", (task: Task) => parentPort?.postMessage(performTask(task)));
