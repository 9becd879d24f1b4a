import { proportion } from "../../statistics/proportion.ts";
import { runsText } from "../format.ts";
import { playhead, slotAt } from "../playback.ts";
import type { LabResult } from "../protocol.ts";
import type { Side } from "../session.ts";
import { scaleOf, ticksOf } from "./axes.tsx";
import { Figure, Plot } from "./frame.tsx";
import { useComputedWith, useWidth } from "./hooks.ts";

/** Height of a figure with a row a token. */
export const rowsHeight = (tokens: number): number => Math.max(160, Math.min(22 * tokens, 320));

interface Row {
  token: number;
  /** The share of the runs in which the token leads for good. */
  settled: number;
  interval: [low: number, high: number];
  /** The share of the runs in which it leads for good and has reached `polarizedAt`. */
  polarized: number;
}

/** A row a token, at the recorded time with index `slot`. */
function rowsAt({ settling, ensemble: { tokens } }: LabResult, slot: number): Row[] {
  const { settled, polarized, total } = settling;
  return Array.from({ length: tokens }, (_, token) => {
    const at = slot * tokens + token;
    const p = proportion(settled[at] as number, total);
    return { token, settled: p?.share ?? 0, interval: p?.interval ?? [0, 1], polarized: total > 0 ? (polarized[at] as number) / total : 0 };
  });
}

/** In how many runs each token has won by the playhead, and is the sink. */
export function Winners({ result, side, largest }: { result: LabResult; side: Side; largest: number }) {
  const [box, width] = useWidth(480);
  const { tokens, polarizedAt, normalizer } = result.ensemble;
  const { times, total } = result.settling;
  const slot = useComputedWith(() => slotAt(playhead.value, times.length), [times.length]);
  const rows = useComputedWith(() => rowsAt(result, slot.value), [result]);
  const frame = { left: 30, right: width - 22, top: 4, bottom: 4 + rowsHeight(tokens) };
  const max = Math.min(1, largest * 1.06);
  const x = scaleOf([0, max], frame.left, frame.right);
  const pitch = (frame.bottom - frame.top) / tokens;
  const labelEvery = Math.ceil(13 / pitch);
  const percent = Math.round(100 * polarizedAt);
  const { tied } = result.report.sink;
  const without = tied > 0 ? ` ${runsText(tied)} ${tied === 1 ? "ends" : "end"} tied, without a winner.` : "";
  return (
    <Figure
      name={`winners-${side}`}
      title="Which token wins"
      of={`${normalizer.kind}, at the ${side}`}
      caption={`Of ${runsText(total)}: pale, the token leads now and to the end (line: 95 % interval, of which one in twenty misses); full, it has come to hold ${percent} % as well, which makes it a sink. Dashed: 1/${tokens}.${without}`}
      table={() => ({
        header: ["token", "leads for good", "low", "high", `holds ${percent} %`],
        rows: rows.value.map(({ token, settled, interval, polarized }) => [token, settled, ...interval, polarized]),
      })}
    >
      <Plot box={box} width={width} height={frame.bottom + 24}>
        <g class="axis">
          {ticksOf(0, max, Math.max(2, width / 90)).map((tick) => (
            <g key={tick}>
              <line class="grid" x1={x(tick)} x2={x(tick)} y1={frame.top} y2={frame.bottom} />
              <text x={x(tick)} y={frame.bottom + 17} text-anchor="middle">
                {`${Number((100 * tick).toPrecision(3))} %`}
              </text>
            </g>
          ))}
        </g>
        {rows.value.map(({ token, settled, polarized, interval: [low, high] }) => {
          const top = frame.top + token * pitch;
          return (
            <g key={token}>
              <rect class="settled" x={frame.left} y={top + 0.15 * pitch} width={x(settled) - frame.left} height={0.7 * pitch} />
              <rect class="polarized" x={frame.left} y={top + 0.15 * pitch} width={x(polarized) - frame.left} height={0.7 * pitch} />
              <line
                class="interval"
                stroke-width={Math.min(1.5, pitch / 4)}
                x1={x(low)}
                x2={x(high)}
                y1={top + pitch / 2}
                y2={top + pitch / 2}
              />
              {token % labelEvery === 0 && (
                <text x={frame.left - 8} y={top + pitch / 2 + 4} text-anchor="end">
                  {token}
                </text>
              )}
            </g>
          );
        })}
        <line class="reference" x1={x(1 / tokens)} x2={x(1 / tokens)} y1={frame.top} y2={frame.bottom} />
      </Plot>
    </Figure>
  );
}
