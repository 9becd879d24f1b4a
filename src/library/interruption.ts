import type { Pool } from "../ensemble/perform.ts";

/** Does work until a signal fires: then it is rejected at once with the signal's reason, and what is begun ends by itself. */
export async function until<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  signal?.throwIfAborted();
  const working = work();
  if (!signal) return working;
  working.catch(() => {}); // it may fail after the signal
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([working, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** A pool of which nobody waits for a task after a signal: its tasks are then rejected with the signal's reason. It has one listener of the signal, until it is closed. */
export function interruptible(pool: Pool, signal: AbortSignal | undefined): Pool {
  if (!signal) return pool;
  const waiting = new Set<(reason: unknown) => void>();
  const stop = () => {
    for (const reject of waiting) reject(signal.reason);
  };
  signal.addEventListener("abort", stop, { once: true });
  return {
    size: pool.size,
    perform: (task, moved) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        waiting.add(reject);
        pool
          .perform(task, moved)
          .then(resolve, reject)
          .finally(() => waiting.delete(reject));
      }),
    close: () => {
      signal.removeEventListener("abort", stop);
      return pool.close();
    },
  };
}
