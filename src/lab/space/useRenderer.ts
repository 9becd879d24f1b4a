import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";
import { openRenderer, type Renderer } from "./renderer.ts";

/** After a lost device a browser needs a while to start its GPU process again. */
const reopenMs = 1500;

/** What draws on a canvas: undefined while it opens, "unavailable" without WebGPU. When its device is lost, another one is opened. */
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
