import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { rgbOf } from "../colors.ts";
import { playhead, slotAt } from "../playback.ts";
import type { LabResult } from "../protocol.ts";
import { type Sampled, tokensAt } from "../sampled.ts";
import { selected } from "../session.ts";
import { Figure } from "./frame.tsx";
import { useWidth } from "./hooks.ts";
import { rowsHeight } from "./sinks.tsx";

/** Width of the column of a run, in units of the figure. */
const columnWidth = 4;

/** Paints the shares of the first runs: a pixel for each run and token, the more opaque the larger the share. */
function paint(context: CanvasRenderingContext2D, sampled: Sampled, runs: number, slot: number, color: string): void {
  const image = context.createImageData(runs, sampled.tokens);
  const rgb = rgbOf(color);
  for (let run = 0; run < runs; run++)
    tokensAt(sampled, "shares", run, slot).forEach((share, token) => {
      image.data.set([...rgb, Math.round(255 * share)], 4 * (token * runs + run));
    });
  context.putImageData(image, 0, 0);
}

/** A frame around the column of the selected run. */
function Mark({ runs }: { runs: number }) {
  const run = selected.value;
  return <div class="mark" hidden={run >= runs} style={{ left: `${(100 * run) / runs}%`, width: `${100 / runs}%` }} />;
}

/** The shares of the first runs at the playhead: a column a run, a row a token. A click selects a run. */
export function Heatmap({ result, side, color }: { result: LabResult; side: string; color: string }) {
  const [box, width, zoom] = useWidth(480);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { sampled } = result;
  const { tokens, times } = sampled;
  const runs = Math.max(1, Math.min(sampled.runs, Math.floor(width / columnWidth)));
  useEffect(
    () =>
      effect(() => {
        const slot = slotAt(playhead.value, times.length);
        const context = canvas.current?.getContext("2d");
        if (context) paint(context, sampled, runs, slot, color);
      }),
    [sampled, runs, color],
  );
  const select = (event: MouseEvent) => {
    const area = (event.currentTarget as HTMLElement).getBoundingClientRect();
    selected.value = Math.max(0, Math.min(runs - 1, Math.floor(((event.clientX - area.left) / area.width) * runs)));
  };
  return (
    <Figure
      name={`weights-${side}`}
      title="Where each run looks"
      isSvg={false}
      caption={`A column is a run (the first ${runs} of them), a row a token, 0 at the top: the stronger the color, the more of the run's attention is there. Click a run to see more of it below.`}
      table={() => ({
        header: ["run", ...Array.from({ length: tokens }, (_, token) => `token ${token}`)],
        rows: Array.from({ length: runs }, (_, run) => [run, ...tokensAt(sampled, "shares", run, slotAt(playhead.peek(), times.length))]),
      })}
    >
      <div ref={box}>
        {/* biome-ignore lint/a11y/noStaticElementInteractions lint/a11y/useKeyWithClickEvents: a short cut; the field "run" does the same by keyboard */}
        <div
          class="heatmap"
          onClick={select}
          style={{
            height: `${rowsHeight(tokens) * zoom}px`,
            width: `${(runs === sampled.runs ? runs * columnWidth : width) * zoom}px`,
            maxWidth: "100%",
          }}
        >
          <canvas ref={canvas} width={runs} height={tokens} />
          <Mark runs={runs} />
        </div>
      </div>
    </Figure>
  );
}
