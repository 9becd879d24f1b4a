import { computed, type ReadonlySignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";

/**
 * A computed signal that depends on properties too, not on signals alone. As with useMemo, `inputs` names the properties that
 * `compute` reads. (useComputed does not compute again when a property changes.)
 */
export const useComputedWith = <T>(compute: () => T, inputs: readonly unknown[]): ReadonlySignal<T> =>
  useMemo(() => computed(compute), inputs);

/** Size of the page's text, in CSS pixels, up to which figures are drawn at their own size; they grow with larger text. */
const baseTextSize = 17;

/** The width of an element in units of a figure, and how many CSS pixels one such unit is: more than 1 where text is large. */
export function useWidth(initial: number): [box: RefObject<HTMLDivElement | null>, width: number, zoom: number] {
  const box = useRef<HTMLDivElement | null>(null);
  const [[width, zoom], setSize] = useState([initial, 1]);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      if (!entry) return;
      const textSize = Number.parseFloat(getComputedStyle(document.body).fontSize);
      const zoom = Math.max(1, textSize / baseTextSize);
      setSize([Math.max(200, Math.round(entry.contentRect.width / zoom)), zoom]);
    });
    if (box.current) observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  return [box, width, zoom];
}
