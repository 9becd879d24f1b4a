import { proportion } from "../../statistics/proportion.ts";
import { runsText } from "../format.ts";
import { playhead, slotAt } from "../playback.ts";
import type { LabResult } from "../protocol.ts";
import type { Side } from "../session.ts";
import { scaleOf, ticksOf, titleHeight } from "./axes.tsx";
import { Figure, Plot } from "./frame.tsx";
import { useComputedWith, useWidth } from "./hooks.ts";

/** Height of a figure with a row a token. */
export const rowsHeight = (tokens: number): number => Math.max(160, Math.min(22 * tokens, 320));

/** Of more tokens than these, only the ones that win most often have a bar: so many. */
const [maxBars, fewBars] = [16, 10];

interface Row {
  token: number;
  /** The share of the runs in which the token leads for good. */
  settled: number;
  interval: [low: number, high: number];
  /** The share of the runs in which it leads for good, has reached `polarizedAt`, and holds it at the end. */
  sunk: number;
}

/** A row a token, at the recorded time with index `slot`. */
function rowsAt({ settling, ensemble: { tokens } }: LabResult, slot: number): Row[] {
  const { settled, sunk, total } = settling;
  return Array.from({ length: tokens }, (_, token) => {
    const at = slot * tokens + token;
    const p = proportion(settled[at] as number, total);
    return { token, settled: p?.share ?? 0, interval: p?.interval ?? [0, 1], sunk: total > 0 ? (sunk[at] as number) / total : 0 };
  });
}

/** The tokens that have a bar: all, or those that win most often, from the first to the last. */
function tokensWithBar({ settling, ensemble: { tokens } }: LabResult): number[] {
  const all = Array.from({ length: tokens }, (_, token) => token);
  if (tokens <= maxBars) return all;
  const wins = settling.settled.subarray(-tokens);
  return all.sort((a, b) => (wins[b] as number) - (wins[a] as number)).slice(0, fewBars);
}

/** In how many runs each token has won by the playhead, and is a sink. */
export function Winners({ result, side, largest }: { result: LabResult; side: Side; largest: number }) {
  const [box, width] = useWidth(480);
  const { tokens, polarizedAt, normalizer } = result.ensemble;
  const { times, total } = result.settling;
  const slot = useComputedWith(() => slotAt(playhead.value, times.length), [times.length]);
  const rows = useComputedWith(() => rowsAt(result, slot.value), [result]);
  const bars = tokensWithBar(result);
  const frame = { left: 30, right: width - 22, top: titleHeight, bottom: titleHeight + rowsHeight(bars.length) };
  const max = Math.min(1, largest * 1.06);
  const x = scaleOf([0, max], frame.left, frame.right);
  const pitch = (frame.bottom - frame.top) / bars.length;
  const percent = Math.round(100 * polarizedAt);
  const { tied } = result.report.sink;
  const without = tied > 0 ? ` ${runsText(tied)} ${tied === 1 ? "ends" : "end"} tied, without a winner.` : "";
  const which =
    bars.length < tokens ? ` The ${bars.length} tokens that win most often, some of them by chance; the numbers have all ${tokens}.` : "";
  return (
    <Figure
      name={`winners-${side}`}
      title="Which token wins"
      of={`${normalizer.kind}, at the ${side}`}
      caption={`Of ${runsText(total)}: pale, the token leads now and to the end (line: 95 % interval, of which one in twenty misses); full, it ends as a sink, with ${percent} % or more, and has reached that by now. Dashed: 1/${tokens}.${which}${without}`}
      table={() => ({
        header: ["token", "leads for good", "low", "high", `a sink, ${percent} % or more`],
        rows: rows.value.map(({ token, settled, interval, sunk }) => [token, settled, ...interval, sunk]),
      })}
    >
      <Plot box={box} width={width} height={frame.bottom + 38}>
        <g class="axis">
          <text x={0} y={frame.top - 8}>
            token
          </text>
          {ticksOf(0, max, Math.max(2, width / 90)).map((tick) => (
            <g key={tick}>
              <line class="grid" x1={x(tick)} x2={x(tick)} y1={frame.top} y2={frame.bottom} />
              <text x={x(tick)} y={frame.bottom + 17} text-anchor="middle">
                {`${Number((100 * tick).toPrecision(3))} %`}
              </text>
            </g>
          ))}
          <text x={frame.right} y={frame.bottom + 32} text-anchor="end">
            of the runs
          </text>
        </g>
        {bars.map((token, place) => {
          const {
            settled,
            sunk,
            interval: [low, high],
          } = rows.value[token] as Row;
          const top = frame.top + place * pitch;
          const bar = { x: frame.left, y: top + 0.15 * pitch, height: 0.7 * pitch };
          return (
            <g key={token}>
              <rect class="settled" {...bar} width={x(settled) - frame.left} />
              <rect class="sunk" {...bar} width={x(sunk) - frame.left} />
              <line class="interval" stroke-width={1.5} x1={x(low)} x2={x(high)} y1={top + pitch / 2} y2={top + pitch / 2} />
              <text x={frame.left - 8} y={top + pitch / 2 + 4} text-anchor="end">
                {token}
              </text>
            </g>
          );
        })}
        <line class="reference" x1={x(1 / tokens)} x2={x(1 / tokens)} y1={frame.top} y2={frame.bottom} />
      </Plot>
    </Figure>
  );
}
