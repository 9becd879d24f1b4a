import type { Pool, Task } from "./perform.ts";

/** A thread. It performs one task at a time; after a rejected task the pool does not use it again. */
export interface Thread<T = Task> {
  perform(task: T, moved: ArrayBuffer[]): Promise<unknown>;
  close(): Promise<unknown>;
}

/** A pool of threads that have tasks of their own. */
export interface ThreadPool<T> {
  readonly size: number;
  perform(task: T, moved?: ArrayBuffer[]): Promise<unknown>;
  close(): Promise<void>;
}

/**
 * A pool of at most `size` threads. Each is started when it is first needed; tasks wait for a free thread. Tasks that wait when the pool is
 * closed are never begun.
 */
export function poolOf(size: number, start: () => Thread): Pool;
export function poolOf<T>(size: number, start: () => Thread<T>): ThreadPool<T>;
export function poolOf<T>(size: number, start: () => Thread<T>): ThreadPool<T> {
  type Job = { task: T; moved: ArrayBuffer[]; resolve: (result: unknown) => void; reject: (error: unknown) => void };
  const waiting: Job[] = [];
  const idle: Thread<T>[] = [];
  const threads = new Set<Thread<T>>();
  let isClosed = false;

  function next(): void {
    if (isClosed || waiting.length === 0) return;
    const thread = idle.pop() ?? (threads.size < size ? start() : undefined);
    if (!thread) return;
    threads.add(thread);
    const { task, moved, resolve, reject } = waiting.shift() as Job;
    thread
      .perform(task, moved)
      .then(
        (result) => {
          idle.push(thread);
          resolve(result);
        },
        (error) => {
          threads.delete(thread);
          reject(error);
        },
      )
      .then(next);
  }
  return {
    size,
    perform: (task, moved = []) =>
      new Promise((resolve, reject) => {
        waiting.push({ task, moved, resolve: resolve as (result: unknown) => void, reject });
        next();
      }),
    close: async () => {
      isClosed = true;
      await Promise.all([...threads].map((thread) => thread.close()));
    },
  };
}
