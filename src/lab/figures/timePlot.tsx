import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { playhead } from "../playback.ts";
import { type Domain, type Position, scaleOf, TimeAxis, titleHeight, ValueAxis } from "./axes.tsx";
import { Plot } from "./frame.tsx";
import { useComputedWith, useWidth } from "./hooks.ts";

interface TimePlotProps {
  /** The recorded times, evenly spaced in log time. */
  times: readonly number[];
  domain: Domain;
  height: number;
  /** What the values are. */
  label: string;
  /** Room for the labels of the values. */
  left: number;
  /** Room at the right, for what is written there. */
  right?: number;
  format?: (tick: number) => string;
  /** A value that a dashed line marks. */
  reference?: number;
  /** Whether curves are shown up to the playhead only. */
  isRevealed?: boolean;
  /** Draws the curves, given the position of a value at the recorded time with an index. */
  children: (place: (value: number, slot: number) => Position) => ComponentChildren;
}

/** Values over log time, with a cursor at the playhead. */
export function TimePlot({
  times,
  domain,
  height,
  label,
  left,
  right = 16,
  format = String,
  reference,
  isRevealed = false,
  children,
}: TimePlotProps) {
  const [box, width] = useWidth(480);
  const id = useId();
  const frame = { left, right: width - right, top: titleHeight, bottom: height - 38 };
  const x = scaleOf([0, times.length - 1], frame.left, frame.right);
  const y = scaleOf(domain, frame.bottom, frame.top);
  const passed = useComputedWith(() => (frame.right - frame.left) * playhead.value, [width, left]);
  const cursor = useComputedWith(() => frame.left + passed.value, [passed]);
  return (
    <Plot box={box} width={width} height={height}>
      <ValueAxis domain={domain} box={frame} format={format} label={label} />
      {reference !== undefined && <line class="reference" x1={frame.left} x2={frame.right} y1={y(reference)} y2={y(reference)} />}
      <clipPath id={id}>
        <rect x={frame.left} y={0} width={isRevealed ? passed : width - frame.left} height={height} />
      </clipPath>
      <g clip-path={`url(#${id})`}>{children((value, slot) => [x(slot), y(value)])}</g>
      <line class="cursor" x1={cursor} x2={cursor} y1={frame.top} y2={frame.bottom} />
      <TimeAxis times={times} box={frame} />
    </Plot>
  );
}
