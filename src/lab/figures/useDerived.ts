import { computed, type ReadonlySignal } from "@preact/signals";
import { useMemo } from "preact/hooks";

/** A computed signal that also follows what is no signal, such as properties: whatever of these it uses must be named. */
export const useDerived = <T>(compute: () => T, uses: readonly unknown[]): ReadonlySignal<T> => useMemo(() => computed(compute), uses);
