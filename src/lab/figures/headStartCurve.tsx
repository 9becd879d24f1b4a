import type { Proportion } from "../../statistics/proportion.ts";
import { colorOf } from "../colors.ts";
import { type Side, sides } from "../session.ts";
import type { LabSettings } from "../settings.ts";
import { BottomAxis, pathOf, scaleOf, ticksOf, ValueAxis } from "./axes.tsx";
import { Figure, Plot } from "./frame.tsx";
import { useWidth } from "./hooks.ts";

const height = 230;

/** An entry of the curve: under each normalizer, in what share of the runs with a sink it is token 0 when this has a head start. Absent where no run has a sink. */
export interface Entry extends Partial<Record<Side, Proportion>> {
  head: number;
}

/** How often token 0 ends with the largest share, by its head start. */
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
      title="How often token 0 ends with the largest share"
      caption={`By its head start, with 95 % intervals, in the colors of the two normalizers above; dashed, 1/${settings.tokens}. The slider changes the whole experiment, and adds a point.`}
      table={() => ({
        header: ["head start", ...sides.flatMap((side) => [settings[side], `${settings[side]}: low`, `${settings[side]}: high`])],
        rows: entries.map((entry) => [entry.head, ...sides.flatMap((side) => cellsOf(entry[side]))]),
      })}
    >
      <Plot box={box} width={width} height={height}>
        <ValueAxis domain={[0, 1]} box={frame} format={(tick) => `${Math.round(100 * tick)} %`} />
        <line class="reference" x1={frame.left} x2={frame.right} y1={y(uniform)} y2={y(uniform)} />
        {sides.map((side) => (
          <g key={side} style={{ "--color": colorOf(settings[side]) }}>
            <path class="median" d={pathOf(dotsOf(entries, side).map(({ head, share }) => [x(head), y(share)]))} />
            {dotsOf(entries, side).map(({ head, share, interval }) => (
              <g key={head}>
                <line class="interval" x1={x(head)} x2={x(head)} y1={y(interval[0])} y2={y(interval[1])} />
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

const dotsOf = (entries: readonly Entry[], side: Side) => entries.flatMap(({ head, [side]: led }) => (led ? [{ head, ...led }] : []));
const cellsOf = (led: Proportion | undefined) => [led?.share, led?.interval[0], led?.interval[1]];
