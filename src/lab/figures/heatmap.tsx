import { effect, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { channelsOf } from "../colors.ts";
import { firstRuns } from "../format.ts";
import { playhead, slotAt } from "../playback.ts";
import type { LabResult } from "../protocol.ts";
import { type Sampled, shareAt, tokensAt } from "../sampled.ts";
import { runsToLookAt, type Side, selected } from "../session.ts";
import { Figure } from "./frame.tsx";
import { useComputedWith, useWidth } from "./hooks.ts";
import { rowsHeight } from "./winners.tsx";

/** Width of the column of a run, in units of the figure. */
const columnWidth = 4;

interface HeatmapProps {
  result: LabResult;
  side: Side;
}

/** Paints the shares of the first runs: a pixel for each run and token, the more opaque the larger the share; by its root, so that equal shares are seen. */
function paint(context: CanvasRenderingContext2D, sampled: Sampled, columns: number, slot: number, color: readonly number[]): void {
  const image = context.createImageData(columns, sampled.tokens);
  for (let run = 0; run < Math.min(columns, sampled.runs); run++)
    tokensAt(sampled, "shares", run, slot).forEach((share, token) => {
      image.data.set([...color, Math.round(255 * Math.sqrt(share))], 4 * (token * columns + run));
    });
  context.putImageData(image, 0, 0);
}

/** A frame around the column of the selected run. */
function Mark({ columns }: { columns: number }) {
  const run = selected.value;
  return <div class="mark" hidden={run >= columns} style={{ left: `${(100 * run) / columns}%`, width: `${100 / columns}%` }} />;
}

/** Where a run looks, in words: `run 42: token 3 has 91.2 %`. */
function wordsOf(sampled: Sampled, run: number, slot: number): string {
  if (run >= sampled.runs) return `run ${run}`;
  const { token, share } = shareAt(sampled, run, slot);
  return `run ${run}: token ${token} has ${(100 * share).toFixed(1)} %`;
}

/** The shares of the first runs at the playhead: a column a run, a row a token. A click or the arrow keys select a run. */
export function Heatmap({ result, side }: HeatmapProps) {
  const [box, width, zoom] = useWidth(480);
  const canvas = useRef<HTMLCanvasElement>(null);
  const hovered = useSignal<number | undefined>(undefined);
  const { sampled, ensemble } = result;
  const { tokens, times } = sampled;
  const { kind } = ensemble.normalizer;
  const recorded = Math.max(sampled.runs, runsToLookAt()); // while the first runs are followed, there is room for the others
  const columns = Math.max(1, Math.min(recorded, Math.floor(width / columnWidth)));
  const color = channelsOf(kind);
  useEffect(
    () =>
      effect(() => {
        const slot = slotAt(playhead.value, times.length);
        const context = canvas.current?.getContext("2d");
        if (context) paint(context, sampled, columns, slot, color);
      }),
    [sampled, columns, String(color)],
  );
  const slot = useComputedWith(() => slotAt(playhead.value, times.length), [times.length]);
  const words = useComputedWith(() => wordsOf(sampled, selected.value, slot.value), [sampled]);
  const hint = useComputedWith(() => wordsOf(sampled, hovered.value ?? selected.value, slot.value), [sampled]);
  const value = useComputedWith(() => selected.value, []);
  const last = Math.min(columns, sampled.runs) - 1;
  const runAt = (event: MouseEvent) => {
    const area = (event.currentTarget as HTMLElement).getBoundingClientRect();
    return Math.max(0, Math.min(last, Math.floor(((event.clientX - area.left) / area.width) * columns)));
  };
  const moves: Record<string, number> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowDown: -1,
    ArrowUp: 1,
    PageDown: -10,
    PageUp: 10,
    Home: -columns,
    End: columns,
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const by = moves[event.key];
    if (by === undefined) return;
    event.preventDefault();
    selected.value = Math.max(0, Math.min(last, selected.value + by));
  };
  return (
    <Figure
      name={`weights-${side}`}
      title="Where each run looks"
      of={`${kind}, at the ${side}`}
      isSvg={false}
      caption={`A column is a run (${firstRuns(columns)}), a row is a token, 0 at the top. The stronger the color, the more of the run's attention is there. Click a run, or use the arrow keys.`}
      table={() => ({
        header: ["run", ...Array.from({ length: tokens }, (_, token) => `token ${token}`)],
        rows: Array.from({ length: last + 1 }, (_, run) => [run, ...tokensAt(sampled, "shares", run, slot.value)]),
      })}
    >
      <div ref={box}>
        <div
          class="heatmap"
          role="slider"
          tabIndex={0}
          aria-label={`run under ${kind}`}
          aria-valuemin={0}
          aria-valuemax={last}
          aria-valuenow={value}
          aria-valuetext={words}
          onKeyDown={onKeyDown}
          onClick={(event) => {
            selected.value = runAt(event);
          }}
          onPointerMove={(event) => {
            hovered.value = runAt(event);
          }}
          onPointerLeave={() => {
            hovered.value = undefined;
          }}
          style={{
            height: `${rowsHeight(tokens) * zoom}px`,
            width: `${(columns === recorded ? columns * columnWidth : width) * zoom}px`,
            maxWidth: "100%",
          }}
        >
          <canvas ref={canvas} width={columns} height={tokens} />
          <Mark columns={columns} />
        </div>
        <p class="hint" aria-hidden="true">
          {hint}
        </p>
      </div>
    </Figure>
  );
}
