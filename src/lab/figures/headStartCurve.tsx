import type { Proportion } from "../../statistics/proportion.ts";
import { colorOf } from "../colors.ts";
import { type Side, sides } from "../session.ts";
import type { LabSettings } from "../settings.ts";
import { BottomAxis, pathOf, scaleOf, ticksOf, ValueAxis } from "./axes.tsx";
import { Figure, Plot } from "./frame.tsx";
import { useWidth } from "./hooks.ts";

const height = 230;

/** A point of the curve: in what share of the runs token 0 leads at the start, and wins. */
interface Point {
  led: number;
  won: Proportion;
}

/** The points of both normalizers at a head start; absent where no run has a winner. */
export interface Entry extends Partial<Record<Side, Point>> {
  head: number;
}

/** How often token 0 wins, by its head start. */
export function HeadStartCurve({ entries, settings, maxHead }: { entries: readonly Entry[]; settings: LabSettings; maxHead: number }) {
  const [box, width] = useWidth(720);
  const frame = { left: 44, right: width - 16, top: 10, bottom: height - 36 };
  const entered = entries.map(({ head }) => head);
  const domain = [Math.min(0, ...entered), Math.max(maxHead, ...entered)] as const;
  const heads = ticksOf(...domain, Math.max(2, width / 110));
  const x = scaleOf(domain, frame.left, frame.right);
  const y = scaleOf([0, 1], frame.bottom, frame.top);
  const uniform = 1 / settings.tokens;
  return (
    <Figure
      name="head-start"
      title="How often token 0 wins"
      caption={`By its head start: won (dots, with 95 % intervals), and led at the start (thin line), in the colors of the normalizers above; dashed, 1/${settings.tokens}. The slider changes the whole experiment, and adds a point.`}
      table={() => ({
        header: [
          "head start",
          ...sides.flatMap((side) => ["won", "low", "high", "led at the start"].map((part) => `${settings[side]}, ${side}: ${part}`)),
        ],
        rows: entries.map((entry) => [entry.head, ...sides.flatMap((side) => cellsOf(entry[side]))]),
      })}
    >
      <Plot box={box} width={width} height={height}>
        <ValueAxis domain={[0, 1]} box={frame} format={(tick) => `${Math.round(100 * tick)} %`} />
        <line class="reference" x1={frame.left} x2={frame.right} y1={y(uniform)} y2={y(uniform)} />
        {sides.map((side) => (
          <g key={side} style={{ "--color": colorOf(settings[side]) }}>
            <path class="led" d={pathOf(dotsOf(entries, side).map(({ head, led }) => [x(head), y(led)]))} />
            <path class="median" d={pathOf(dotsOf(entries, side).map(({ head, won }) => [x(head), y(won.share)]))} />
            {dotsOf(entries, side).map(({ head, won: { share, interval } }) => (
              <g key={head}>
                <line class="interval" stroke-width={1.5} x1={x(head)} x2={x(head)} y1={y(interval[0])} y2={y(interval[1])} />
                <circle class="dot" cx={x(head)} cy={y(share)} r={head === settings.head ? 5.5 : 3.5} />
              </g>
            ))}
          </g>
        ))}
        <BottomAxis box={frame} ticks={heads.map((head) => ({ at: x(head), text: String(head) }))} label="head start δ" />
      </Plot>
    </Figure>
  );
}

const dotsOf = (entries: readonly Entry[], side: Side) => entries.flatMap(({ head, [side]: point }) => (point ? [{ head, ...point }] : []));
const cellsOf = (point: Point | undefined) => [point?.won.share, point?.won.interval[0], point?.won.interval[1], point?.led];
