import { effect, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { channelsOf } from "../colors.ts";
import { firstRuns } from "../format.ts";
import { playhead, slotAt } from "../playback.ts";
import type { LabResult } from "../protocol.ts";
import { type Sampled, shareAt, tokensAt } from "../sampled.ts";
import { runsToLookAt, type Side, selected } from "../session.ts";
import { useNarrow } from "../widths.ts";
import { Figure } from "./frame.tsx";
import { useComputedWith, useWidth } from "./hooks.ts";
import { rowsHeight } from "./winners.tsx";

/** Width of the column of a run, and of the gutter with the tokens' numbers, in units of the figure. */
const [columnWidth, gutter] = [4, 26];
/** On a narrow page rows are so much lower: then the path of the chosen run is on the same screen. */
const narrowHeight = 0.62;

interface HeatmapProps {
  result: LabResult;
  side: Side;
}

/** Paints the shares of `columns` runs from `first` on: a pixel for each run and token, the more opaque the larger the share; by its root, so that equal shares are seen. */
function paint(
  context: CanvasRenderingContext2D,
  sampled: Sampled,
  first: number,
  columns: number,
  slot: number,
  color: readonly number[],
): void {
  const image = context.createImageData(columns, sampled.tokens);
  for (let column = 0; column < Math.min(columns, sampled.runs - first); column++)
    tokensAt(sampled, "shares", first + column, slot).forEach((share, token) => {
      image.data.set([...color, Math.round(255 * Math.sqrt(share))], 4 * (token * columns + column));
    });
  context.putImageData(image, 0, 0);
}

/** A frame around the column of the selected run. */
function Mark({ first, columns }: { first: number; columns: number }) {
  return <div class="mark" style={{ left: `${(100 * (selected.value - first)) / columns}%`, width: `${100 / columns}%` }} />;
}

/** Where a run looks, in words: `run 42: token 3 has 91.2 %`. */
function wordsOf(sampled: Sampled, run: number, slot: number): string {
  if (run >= sampled.runs) return `run ${run}`;
  const { token, share } = shareAt(sampled, run, slot);
  return `run ${run}: token ${token} has ${(100 * share).toFixed(1)} %`;
}

/**
 * The shares of recorded runs at the playhead: a column a run, a row a token. Where there is no room for all of them it shows a page of them,
 * which has the chosen run. A click or the arrow keys choose a run.
 */
export function Heatmap({ result, side }: HeatmapProps) {
  const [box, width, zoom] = useWidth(480);
  const canvas = useRef<HTMLCanvasElement>(null);
  const hovered = useSignal<number | undefined>(undefined);
  const { sampled, ensemble } = result;
  const { tokens, times } = sampled;
  const { kind } = ensemble.normalizer;
  const recorded = Math.max(sampled.runs, runsToLookAt()); // while the first runs are followed, there is room for the others
  const columns = Math.max(1, Math.min(recorded, Math.floor((width - gutter) / columnWidth)));
  // The page of runs stays until another run is chosen that it does not have.
  const shownFrom = useRef(0);
  const isShown = selected.value >= shownFrom.current && selected.value < shownFrom.current + columns;
  const wanted = isShown ? shownFrom.current : Math.floor(selected.value / columns) * columns;
  const first = Math.max(0, Math.min(wanted, recorded - columns));
  shownFrom.current = first;
  const areaWidth = columns === recorded ? columns * columnWidth : width - gutter;
  const isNarrow = useNarrow();
  const color = channelsOf(kind);
  useEffect(
    () =>
      effect(() => {
        const slot = slotAt(playhead.value, times.length);
        const context = canvas.current?.getContext("2d");
        if (context) paint(context, sampled, first, columns, slot, color);
      }),
    [sampled, first, columns, String(color)],
  );
  const slot = useComputedWith(() => slotAt(playhead.value, times.length), [times.length]);
  const words = useComputedWith(() => wordsOf(sampled, selected.value, slot.value), [sampled]);
  const hint = useComputedWith(() => wordsOf(sampled, hovered.value ?? selected.value, slot.value), [sampled]);
  const value = useComputedWith(() => selected.value, []);
  const last = sampled.runs - 1;
  const runAt = (event: MouseEvent) => {
    const area = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const column = Math.max(0, Math.min(columns - 1, Math.floor(((event.clientX - area.left) / area.width) * columns)));
    return Math.min(last, first + column);
  };
  const moves: Record<string, number> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowDown: -1,
    ArrowUp: 1,
    PageDown: -10,
    PageUp: 10,
    Home: Number.NEGATIVE_INFINITY,
    End: Number.POSITIVE_INFINITY,
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
      caption={`A column is a run (${columns < recorded ? `${first} to ${first + columns - 1} of ` : ""}${firstRuns(recorded)}), a row is a token. The stronger the color, the more of the run's attention is there. Click a run, or use the arrow keys.`}
      table={() => ({
        header: ["run", ...Array.from({ length: tokens }, (_, token) => `token ${token}`)],
        rows: Array.from({ length: sampled.runs }, (_, run) => [run, ...tokensAt(sampled, "shares", run, slot.value)]),
      })}
    >
      <div ref={box}>
        <div class="rows">
          <p aria-hidden="true" style={{ width: `${gutter * zoom}px` }}>
            <span>0</span>
            <span>token</span>
            <span>{tokens - 1}</span>
          </p>
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
              selected.value = hovered.value ?? runAt(event); // what is read out is what is chosen: a click tells its place in whole pixels
            }}
            onPointerMove={(event) => {
              hovered.value = runAt(event);
            }}
            onPointerLeave={() => {
              hovered.value = undefined;
            }}
            style={{ height: `${rowsHeight(tokens) * (isNarrow ? narrowHeight : 1) * zoom}px`, width: `${areaWidth * zoom}px` }}
          >
            <canvas ref={canvas} width={columns} height={tokens} />
            <Mark first={first} columns={columns} />
          </div>
        </div>
        <p class="hint" aria-hidden="true" style={{ maxWidth: `max(18rem, ${(areaWidth + gutter) * zoom}px)` }}>
          <span>run {first}</span>
          <span>{hint}</span>
          <span>{first + columns - 1}</span>
        </p>
      </div>
    </Figure>
  );
}
