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

/** Exponents of the ticks at powers of ten, so few that each has 44 px. */
function exponentsOf(from: number, to: number, width: number): number[] {
  const [low, high] = [Math.ceil(Math.log10(from) - 1e-9), Math.floor(Math.log10(to) + 1e-9)];
  const every = Math.max(1, Math.ceil(((high - low) * 44) / width));
  return Array.from({ length: Math.floor((high - low) / every) + 1 }, (_, i) => low + i * every);
}

/** A logarithmic axis of times below a figure. */
export function TimeAxis({ times, box }: { times: readonly number[]; box: Box }) {
  const [from = 1, to = 10] = [times[0], times.at(-1)];
  const x = (power: number) => box.left + ((power - Math.log10(from)) / Math.log10(to / from)) * (box.right - box.left);
  return (
    <g class="axis">
      <line x1={box.left} x2={box.right} y1={box.bottom} y2={box.bottom} />
      {exponentsOf(from, to, box.right - box.left).map((power) => (
        <g key={power}>
          <line x1={x(power)} x2={x(power)} y1={box.bottom} y2={box.bottom + 4} />
          <text x={x(power)} y={box.bottom + 17} text-anchor="middle">
            {powerOfTen(10 ** power)}
          </text>
        </g>
      ))}
      <text x={box.right} y={box.bottom + 32} text-anchor="end">
        time
      </text>
    </g>
  );
}

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

interface ValueAxisProps {
  domain: Domain;
  box: Box;
  format: (tick: number) => string;
}

/** A linear axis at the left, with a line across the figure at each tick. */
export function ValueAxis({ domain, box, format }: ValueAxisProps) {
  const y = scaleOf(domain, box.bottom, box.top);
  return (
    <g class="axis">
      {ticksOf(...domain, Math.max(2, (box.bottom - box.top) / 34)).map((tick) => (
        <g key={tick}>
          <line class="grid" x1={box.left} x2={box.right} y1={y(tick)} y2={y(tick)} />
          <text x={box.left - 7} y={y(tick) + 4} text-anchor="end">
            {format(tick)}
          </text>
        </g>
      ))}
    </g>
  );
}

export type Position = readonly [x: number, y: number];

/** SVG's path through positions. */
export const pathOf = (positions: readonly Position[]): string =>
  positions.map(([x, y], i) => `${i === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");

/** SVG's path around the area between two lines. */
export const areaOf = (upper: readonly Position[], lower: readonly Position[]): string => `${pathOf([...upper, ...[...lower].reverse()])}Z`;
