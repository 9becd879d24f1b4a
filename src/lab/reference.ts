import { performTask, type Task } from "../ensemble/perform.ts";

// A thread that performs tasks of the float64 reference.
addEventListener("message", ({ data }: MessageEvent<Task>) => postMessage(performTask(data)));
