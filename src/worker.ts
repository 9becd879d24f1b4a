import { parentPort } from "node:worker_threads";
import { performTask, type Task } from "./ensemble/perform.ts";

parentPort?.on("message", (task: Task) => parentPort?.postMessage(performTask(task)));
