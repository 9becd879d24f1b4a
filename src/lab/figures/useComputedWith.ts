import { computed, type ReadonlySignal } from "@preact/signals";
import { useMemo } from "preact/hooks";

/**
 * A computed signal that depends on properties too, not on signals alone. As with useMemo, `inputs` names the properties that
 * `compute` reads. (useComputed does not compute again when a property changes.)
 */
export const useComputedWith = <T>(compute: () => T, inputs: readonly unknown[]): ReadonlySignal<T> =>
  useMemo(() => computed(compute), inputs);
