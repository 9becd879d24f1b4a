import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { moment, slotOf } from "../clock.ts";
import type { Outcome } from "../protocol.ts";
import { selected } from "../session.ts";
import { Figure, useWidth } from "./frame.tsx";
import { rowsHeight } from "./sinks.tsx";

/** Width of a run's column. */
const columnWidth = 4;

/** Runs side by side, a column each, a row a token: the darker a cell, the more of the run's attention the token has. */
export function Wall({ outcome, side, color }: { outcome: Outcome; side: string; color: string }) {
  const [box, width, zoom] = useWidth<HTMLDivElement>(480);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { sampled } = outcome;
  const { tokens, times } = sampled;
  const runs = Math.max(1, Math.min(sampled.runs, Math.floor(width / columnWidth)));
  const height = rowsHeight(tokens);

  useEffect(
    () =>
      effect(() => {
        const slot = slotOf(moment.value, times.length);
        const context = canvas.current?.getContext("2d");
        if (!context) return;
        const image = context.createImageData(runs, tokens);
        const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
        for (let run = 0; run < runs; run++)
          for (let token = 0; token < tokens; token++) {
            const share = sampled.shares[(run * times.length + slot) * tokens + token] as number;
            image.data.set([red as number, green as number, blue as number, Math.round(255 * share)], 4 * (token * runs + run));
          }
        context.putImageData(image, 0, 0);
      }),
    [sampled, runs, color],
  );
  const mark = useRef<HTMLDivElement>(null);
  useEffect(
    () =>
      effect(() => {
        if (!mark.current) return;
        mark.current.hidden = selected.value >= runs;
        mark.current.style.left = `${(100 * selected.value) / runs}%`;
        mark.current.style.width = `${100 / runs}%`;
      }),
    [runs],
  );
  const choose = (event: MouseEvent) => {
    const area = (event.currentTarget as HTMLElement).getBoundingClientRect();
    selected.value = Math.max(0, Math.min(runs - 1, Math.floor(((event.clientX - area.left) / area.width) * runs)));
  };
  return (
    <Figure
      name={`weights-${side}`}
      title="Where each run looks"
      isDrawn={false}
      caption={`A column is a run (the first ${runs} of them), a row a token, 0 at the top: the stronger the color, the more of the run's attention is there. Click a run to see more of it below.`}
      table={() => {
        const slot = slotOf(moment.peek(), times.length);
        return {
          header: ["run", ...Array.from({ length: tokens }, (_, token) => `token ${token}`)],
          rows: Array.from({ length: runs }, (_, run) => {
            const at = (run * times.length + slot) * tokens;
            return [run, ...sampled.shares.slice(at, at + tokens)];
          }),
        };
      }}
    >
      <div ref={box}>
        {/* biome-ignore lint/a11y/noStaticElementInteractions lint/a11y/useKeyWithClickEvents: a short cut; the field "run" does the same by keyboard */}
        <div
          class="wall"
          onClick={choose}
          style={{
            height: `${height * zoom}px`,
            width: `${(runs === sampled.runs ? runs * columnWidth : width) * zoom}px`,
            maxWidth: "100%",
          }}
        >
          <canvas ref={canvas} width={runs} height={tokens} />
          <div class="mark" ref={mark} />
        </div>
      </div>
    </Figure>
  );
}
