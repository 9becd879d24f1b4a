import type { ComponentChildren } from "preact";
import type { Task } from "./useTask.ts";

interface TaskButtonProps {
  task: Task;
  start: () => void;
  cancel: () => void;
  disabled?: boolean;
  /** What it starts, in words. */
  children: ComponentChildren;
}

/** The button that starts a panel's work and, while that goes on, cancels it. */
export const TaskButton = ({ task, start, cancel, disabled = false, children }: TaskButtonProps) => (
  <button type="button" onClick={task.kind === "busy" ? cancel : start} disabled={disabled}>
    {task.kind === "busy" ? "Cancel" : children}
  </button>
);
