import type { Proportion } from "../../statistics/proportion.ts";
import { colorOf } from "../colors.ts";
import { type Side, sides } from "../session.ts";
import type { LabSettings } from "../settings.ts";
import { BottomAxis, pathOf, scaleOf, type Tick, titleHeight, ValueAxis } from "./axes.tsx";
import { Figure, Plot } from "./frame.tsx";
import { useWidth } from "./hooks.ts";

const height = 230;

/** A point of a curve: a share of the runs that won, and one of those that led at the start, where it is told. */
export interface Point {
  won: Proportion;
  led?: number;
}

/** The points of both normalizers where the setting has a value; absent where no run has a winner. */
export interface Entry extends Partial<Record<Side, Point>> {
  value: number;
}

interface CurveProps {
  name: string;
  title: string;
  caption: string;
  entries: readonly Entry[];
  settings: LabSettings;
  axis: {
    label: string;
    /** Where a value of the setting stands, between 0 and `end`. */
    place: (value: number) => number;
    start: number;
    end: number;
    ticks: (width: number) => readonly Tick[];
  };
  /** The value that is chosen. */
  chosen: number;
}

/** Shares of runs, with their intervals, by the value of a setting. */
export function Curve({ name, title, caption, entries, settings, axis, chosen }: CurveProps) {
  const [box, width] = useWidth(720);
  const frame = { left: 44, right: width - 16, top: titleHeight, bottom: height - 36 };
  const along = scaleOf([axis.start, axis.end], frame.left, frame.right);
  const x = (value: number) => along(axis.place(value));
  const y = scaleOf([0, 1], frame.bottom, frame.top);
  const uniform = 1 / settings.tokens;
  const hasLed = entries.some((entry) => sides.some((side) => entry[side]?.led !== undefined));
  const parts = ["won", "low", "high", ...(hasLed ? ["led at the start"] : [])];
  return (
    <Figure
      name={name}
      title={title}
      caption={caption}
      table={() => ({
        header: [axis.label, ...sides.flatMap((side) => parts.map((part) => `${settings[side]}, ${side}: ${part}`))],
        rows: entries.map((entry) => [entry.value, ...sides.flatMap((side) => cellsOf(entry[side]).slice(0, parts.length))]),
      })}
    >
      <Plot box={box} width={width} height={height}>
        <ValueAxis domain={[0, 1]} box={frame} label="of the runs" format={(tick) => `${Math.round(100 * tick)} %`} />
        <line class="reference" x1={frame.left} x2={frame.right} y1={y(uniform)} y2={y(uniform)} />
        {sides.map((side) => {
          const dots = entries.flatMap(({ value, [side]: point }) => (point ? [{ value, ...point }] : []));
          const leads = dots.flatMap(({ value, led }) => (led === undefined ? [] : [[x(value), y(led)] as const]));
          return (
            <g key={side} style={{ "--color": colorOf(settings[side]) }}>
              <path class="led" d={pathOf(leads)} />
              <path class="median" d={pathOf(dots.map(({ value, won }) => [x(value), y(won.share)]))} />
              {dots.map(({ value, won: { share, interval } }) => (
                <g key={value}>
                  <line class="interval" stroke-width={1.5} x1={x(value)} x2={x(value)} y1={y(interval[0])} y2={y(interval[1])} />
                  <circle class="dot" cx={x(value)} cy={y(share)} r={value === chosen ? 5.5 : 3.5} />
                </g>
              ))}
            </g>
          );
        })}
        <BottomAxis box={frame} ticks={axis.ticks(width).map(({ at, text }) => ({ at: along(at), text }))} label={axis.label} />
      </Plot>
    </Figure>
  );
}

const cellsOf = (point: Point | undefined) => [point?.won.share, point?.won.interval[0], point?.won.interval[1], point?.led];
