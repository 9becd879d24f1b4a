import { powerOfTen } from "../../report/format.ts";

export interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** Ticks at whole powers of ten, every so many that they have 44 px each. */
function powers(from: number, to: number, width: number): number[] {
  const [low, high] = [Math.ceil(Math.log10(from) - 1e-9), Math.floor(Math.log10(to) + 1e-9)];
  const every = Math.max(1, Math.ceil(((high - low) * 44) / width));
  return Array.from({ length: Math.floor((high - low) / every) + 1 }, (_, i) => low + i * every);
}

/** A logarithmic axis of times below a picture. */
export function TimeAxis({ times, box, label }: { times: readonly number[]; box: Box; label: string }) {
  const [from = 1, to = 10] = [times[0], times.at(-1)];
  const x = (power: number) => box.left + ((power - Math.log10(from)) / Math.log10(to / from)) * (box.right - box.left);
  return (
    <g class="axis">
      <line x1={box.left} x2={box.right} y1={box.bottom} y2={box.bottom} />
      {powers(from, to, box.right - box.left).map((power) => (
        <g key={power}>
          <line x1={x(power)} x2={x(power)} y1={box.bottom} y2={box.bottom + 4} />
          <text x={x(power)} y={box.bottom + 17} text-anchor="middle">
            {powerOfTen(10 ** power)}
          </text>
        </g>
      ))}
      <text x={box.right} y={box.bottom + 32} text-anchor="end">
        {label}
      </text>
    </g>
  );
}

/** Round numbers, some `count` of them, within an interval. */
export function ticksOf(low: number, high: number, count: number): number[] {
  const rough = (high - low) / count || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const unit = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const first = Math.ceil(low / unit - 1e-9);
  const ticks: number[] = [];
  for (let i = first; i * unit <= high + 1e-9 * unit; i++) ticks.push(Number((i * unit).toPrecision(12)));
  return ticks;
}

/** A linear axis at the left, with lines across. */
export function ValueAxis({ domain: [low, high], box, format = String }: ValueAxisProps) {
  const y = (value: number) => box.bottom - ((value - low) / (high - low)) * (box.bottom - box.top);
  return (
    <g class="axis">
      {ticksOf(low, high, Math.max(2, (box.bottom - box.top) / 34)).map((tick) => (
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

interface ValueAxisProps {
  domain: readonly [low: number, high: number];
  box: Box;
  format?: (tick: number) => string;
}

/** The path through points, and the area between two such. */
export const pathOf = (points: readonly (readonly [number, number])[]): string =>
  points.map(([x, y], i) => `${i === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
export const areaOf = (upper: readonly (readonly [number, number])[], lower: readonly (readonly [number, number])[]): string =>
  `${pathOf([...upper, ...[...lower].reverse()])}Z`;
