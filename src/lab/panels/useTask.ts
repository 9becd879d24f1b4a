import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { currentSignal, failureOf } from "../session.ts";

/** The work that a panel's button starts: how far it is, if it is told, or why it failed. */
export type Task = { kind: "idle" } | { kind: "busy"; says?: string } | { kind: "failed"; message: string };

/** `signal` aborts when the settings change; `say` tells how far the work is. */
export type Work = (signal: AbortSignal, say: (text: string) => void) => Promise<void>;

/**
 * The state of a panel's work, and what starts it. When `subject` changes, the work's results are of something else: `clear` is called,
 * and the panel is idle again.
 */
export function useTask(subject: unknown, clear: () => void): [task: Task, start: (work: Work) => Promise<void>] {
  const task = useSignal<Task>({ kind: "idle" });
  useEffect(() => {
    task.value = { kind: "idle" };
    clear();
  }, [subject]);
  const start = async (work: Work) => {
    task.value = { kind: "busy" };
    try {
      await work(currentSignal(), (says) => {
        task.value = { kind: "busy", says };
      });
      task.value = { kind: "idle" };
    } catch (error) {
      const message = failureOf(error);
      task.value = message === undefined ? { kind: "idle" } : { kind: "failed", message };
    }
  };
  return [task.value, start];
}
