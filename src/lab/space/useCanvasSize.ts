import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";

/** Most pixels of a canvas for a CSS pixel, along one axis. */
const maxPixelRatio = 2;

/** The size of a canvas in CSS pixels, 0 before it is measured. The canvas gets as many pixels as the screen has there. */
export function useCanvasSize(canvas: RefObject<HTMLCanvasElement | null>): [width: number, height: number] {
  const [size, setSize] = useState<[number, number]>([0, 0]);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      if (!entry || !canvas.current) return;
      const { width, height } = entry.contentRect;
      const ratio = Math.min(maxPixelRatio, devicePixelRatio);
      canvas.current.width = Math.max(1, Math.round(width * ratio));
      canvas.current.height = Math.max(1, Math.round(height * ratio));
      setSize([width, height]);
    });
    if (canvas.current) observer.observe(canvas.current);
    return () => observer.disconnect();
  }, []);
  return size;
}
