import type { Thread } from "./pool.ts";

/** A worker thread, as Node has it. */
interface WorkerThread {
  on(event: "error", listener: (error: Error) => void): unknown;
  on(event: "exit", listener: () => void): unknown;
  once(event: "message", listener: (message: unknown) => void): unknown;
  removeAllListeners(event: "message"): unknown;
  postMessage(task: unknown, moved: ArrayBuffer[]): void;
  terminate(): Promise<unknown>;
  ref(): void;
  unref(): void;
}

/**
 * A thread of a pool that answers a task with a message. It keeps the process alive only while it works.
 * @param ended what an error says where the thread ends while it works
 */
export function threadOf<T>(worker: WorkerThread, ended: string): Thread<T> {
  worker.unref();
  let fault: Error | undefined;
  let failed: ((error: Error) => void) | undefined;
  const fail = (error: Error) => {
    fault ??= error;
    failed?.(fault);
  };
  worker.on("error", fail);
  worker.on("exit", () => fail(new Error(ended)));
  return {
    perform: async (task, moved) => {
      worker.ref();
      try {
        // No race with a promise of the thread's end: as long as the thread lives, that would keep the results of all tasks.
        return await new Promise((resolve, reject) => {
          failed = reject;
          if (fault) return reject(fault);
          worker.once("message", resolve);
          worker.postMessage(task, moved);
        });
      } finally {
        failed = undefined;
        worker.removeAllListeners("message");
        worker.unref();
      }
    },
    close: () => worker.terminate(),
  };
}
