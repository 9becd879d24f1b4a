import { performTask } from "../ensemble/perform.ts";
import type { Task } from "../ensemble/tasks.ts";

// A thread that performs tasks of the float64 reference.
addEventListener("message", ({ data }: MessageEvent<Task>) => postMessage(performTask(data)));
