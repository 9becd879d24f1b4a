import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { currentSignal, failureOf } from "../session.ts";

/** The state of the work that a panel's button starts: `says` tells how far it is, `message` why it failed. */
export type Task = { kind: "idle" } | { kind: "busy"; says?: string } | { kind: "failed"; message: string };

/**
 * Work that a button starts by `start`, and its last result. When `subject` changes, the result would be of something else: it is
 * forgotten, and the task is idle again.
 * @param work its `signal` aborts when the settings change, and by `cancel`; it calls `say` to tell how far it is
 */
export function useTask<Result>(
  subject: unknown,
  work: (signal: AbortSignal, say: (text: string) => void) => Promise<Result>,
): { task: Task; result: Result | undefined; start: () => Promise<void>; cancel: () => void } {
  const canceled = useRef(new AbortController());
  const task = useSignal<Task>({ kind: "idle" });
  const result = useSignal<Result | undefined>(undefined);
  useEffect(() => {
    task.value = { kind: "idle" };
    result.value = undefined;
  }, [subject]);
  const start = async () => {
    task.value = { kind: "busy" };
    canceled.current = new AbortController();
    try {
      result.value = await work(AbortSignal.any([currentSignal(), canceled.current.signal]), (says) => {
        task.value = { kind: "busy", says };
      });
      task.value = { kind: "idle" };
    } catch (error) {
      const message = failureOf(error);
      task.value = message === undefined ? { kind: "idle" } : { kind: "failed", message };
    }
  };
  return { task: task.value, result: result.value, start, cancel: () => canceled.current.abort() };
}
