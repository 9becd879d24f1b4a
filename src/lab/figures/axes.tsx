import { powerOfTen } from "../../report/format.ts";

/** The area that axes enclose, in units of the SVG. */
export interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}
export type Domain = readonly [low: number, high: number];

/** The linear map of a domain to the coordinates from `from` to `to`. */
export const scaleOf =
  ([low, high]: Domain, from: number, to: number) =>
  (value: number): number =>
    from + ((value - low) / (high - low)) * (to - from);

/** Round numbers within an interval, about `count` of them. */
export function ticksOf(low: number, high: number, count: number): number[] {
  const rough = (high - low) / count || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const unit = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const first = Math.ceil(low / unit - 1e-9);
  const ticks: number[] = [];
  for (let i = first; i * unit <= high + 1e-9 * unit; i++) ticks.push(Number((i * unit).toPrecision(12)));
  return ticks;
}

/** A text of an axis, and its coordinate along the axis. */
export interface Tick {
  at: number;
  text: string;
}

/** An axis below a figure. @param hasMarks whether a short line marks each tick */
export function BottomAxis({ box, ticks, label, hasMarks }: { box: Box; ticks: readonly Tick[]; label: string; hasMarks?: boolean }) {
  return (
    <g class="axis">
      <line x1={box.left} x2={box.right} y1={box.bottom} y2={box.bottom} />
      {ticks.map(({ at, text }) => (
        <g key={text}>
          {hasMarks && <line x1={at} x2={at} y1={box.bottom} y2={box.bottom + 4} />}
          <text x={at} y={box.bottom + 17} text-anchor="middle">
            {text}
          </text>
        </g>
      ))}
      <text x={box.right} y={box.bottom + 32} text-anchor="end">
        {label}
      </text>
    </g>
  );
}

/** A logarithmic axis of times below a figure: ticks at powers of ten, so few that each has 44 px. */
export function TimeAxis({ times, box }: { times: readonly number[]; box: Box }) {
  const [from, to] = [Math.log10(times[0] ?? 1), Math.log10(times.at(-1) ?? 10)];
  const x = scaleOf([from, to], box.left, box.right);
  const [low, high] = [Math.ceil(from - 1e-9), Math.floor(to + 1e-9)];
  const every = Math.max(1, Math.ceil(((high - low) * 44) / (box.right - box.left)));
  const powers = Array.from({ length: Math.floor((high - low) / every) + 1 }, (_, i) => low + i * every);
  return <BottomAxis box={box} ticks={powers.map((power) => ({ at: x(power), text: powerOfTen(10 ** power) }))} label="time" hasMarks />;
}

/** An axis at the left of a figure, with a line across the figure at each tick, and what it shows above it: there is room of `titleHeight` for that. */
export function LeftAxis({ box, ticks, label }: { box: Box; ticks: readonly Tick[]; label: string }) {
  return (
    <g class="axis">
      <text x={0} y={box.top - 8}>
        {label}
      </text>
      {ticks.map(({ at, text }) => (
        <g key={at}>
          <line class="grid" x1={box.left} x2={box.right} y1={at} y2={at} />
          <text x={box.left - 7} y={at + 4} text-anchor="end">
            {text}
          </text>
        </g>
      ))}
    </g>
  );
}

/** Room above a figure's box for the label of its left axis. */
export const titleHeight = 22;

interface ValueAxisProps {
  domain: Domain;
  box: Box;
  format: (tick: number) => string;
  label: string;
}

/** A linear axis at the left of a figure. */
export function ValueAxis({ domain, box, format, label }: ValueAxisProps) {
  const y = scaleOf(domain, box.bottom, box.top);
  const values = ticksOf(...domain, Math.max(2, (box.bottom - box.top) / 34));
  return <LeftAxis box={box} label={label} ticks={values.map((value) => ({ at: y(value), text: format(value) }))} />;
}

export type Position = readonly [x: number, y: number];

/** SVG's path through positions. */
export const pathOf = (positions: readonly Position[]): string =>
  positions.map(([x, y], i) => `${i === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");

/** SVG's path around the area between two lines. */
export const areaOf = (upper: readonly Position[], lower: readonly Position[]): string => `${pathOf([...upper, ...[...lower].reverse()])}Z`;
