import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";
import { openRenderer, type Renderer } from "./renderer.ts";

/** Pixels of a canvas for each CSS pixel, at most, along one axis. */
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

/** After a device is lost, a browser needs a while to start its GPU process again. */
const reopenMs = 1500;

/** The renderer of a canvas: undefined while it opens, "unavailable" without WebGPU. When its device is lost, another one is opened. */
export function useRenderer(canvas: RefObject<HTMLCanvasElement | null>): Renderer | "unavailable" | undefined {
  const [renderer, setRenderer] = useState<Renderer | "unavailable" | undefined>(undefined);
  const [losses, setLosses] = useState(0);
  useEffect(() => {
    if (!canvas.current) return;
    let isCurrent = true;
    const opening = openRenderer(canvas.current).catch(() => undefined);
    opening.then((opened) => {
      if (!isCurrent) return;
      setRenderer(opened ?? "unavailable");
      opened?.lost.then(() => setTimeout(() => setLosses((before) => before + 1), reopenMs));
    });
    return () => {
      isCurrent = false;
      opening.then((opened) => opened?.close());
      setRenderer(undefined);
    };
  }, [losses]);
  return renderer;
}
