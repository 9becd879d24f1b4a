import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Entry, Point } from "../figures/curve.tsx";
import type { LabResult } from "../protocol.ts";
import { computer, ensemblesInTab, results, settings } from "../session.ts";
import type { NumberKey } from "../settings.ts";
import { type Task, useTask } from "./useTask.ts";

/**
 * A curve over one setting, and what traces it by following the ensembles at each of the values. It is cleared when another setting changes.
 * @param pointOf undefined where a result has no such point
 */
export function useCurve(
  key: NumberKey,
  values: readonly number[],
  pointOf: (result: LabResult) => Point | undefined,
): { entries: readonly Entry[]; task: Task; start: () => void; cancel: () => void } {
  const entries = useSignal<readonly Entry[]>([]);
  const subject = JSON.stringify({ ...settings.value, [key]: 0 });
  const add = (value: number, ensembles: readonly LabResult[]) => {
    const [left, right] = ensembles.map(pointOf);
    const kept = entries.value.filter((other) => other.value !== value);
    entries.value = [...kept, { value, ...(left && { left }), ...(right && { right }) }].sort((a, b) => a.value - b.value);
  };
  const { task, start, cancel } = useTask(subject, async (signal, say) => {
    for (const [i, value] of values.entries()) {
      say(`Following ${i + 1} of ${values.length}…`);
      const ensembles = ensemblesInTab({ ...settings.value, [key]: value }, 0);
      add(value, await Promise.all(ensembles.map((ensemble) => computer.ask({ kind: "run", ensemble }, { signal }))));
    }
  });
  useEffect(() => {
    entries.value = [];
  }, [subject]);
  // The ensembles at the top of the page are an entry of the curve as well.
  const above = results.value;
  useEffect(() => {
    if (above?.of === settings.value) add(above.of[key], [above.left, above.right]);
  }, [above]);
  return { entries: entries.value, task, start, cancel };
}
