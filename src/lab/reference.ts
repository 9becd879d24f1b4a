import { performTask, type Task } from "../ensemble/tasks.ts";

// A thread of the float64 reference.
addEventListener("message", ({ data }: MessageEvent<Task>) => postMessage(performTask(data)));
