import { useId } from "preact/hooks";
import { moment } from "../clock.ts";
import type { Outcome } from "../protocol.ts";
import { areaOf, pathOf, TimeAxis, ValueAxis } from "./axes.tsx";
import { Figure, useWidth } from "./frame.tsx";
import { useDerived } from "./useDerived.ts";

const height = 172;

/** How the entropy of all runs goes in log time, up to the moment: median, 25 to 75 %, 5 to 95 %. */
export function EntropyFan({ outcome, side }: { outcome: Outcome; side: string }) {
  const [box, width] = useWidth<HTMLDivElement>(480);
  const id = useId();
  const { point, report } = outcome;
  const frame = { left: 38, right: width - 16, top: 8, bottom: height - 38 };
  const revealed = useDerived(() => (frame.right - frame.left) * moment.value, [width]);
  const cursor = useDerived(() => frame.left + revealed.value, [revealed]);
  const { overTime } = report;
  const bands = overTime?.entropy;
  const times = outcome.settling.times;
  const domain = [0, Math.log(point.tokens) * 1.05] as const;
  const points = (key: "q05" | "q25" | "median" | "q75" | "q95") =>
    (bands?.[key] ?? []).map((y, i): [number, number] => [
      frame.left + ((frame.right - frame.left) * i) / (times.length - 1),
      frame.bottom - (y / domain[1]) * (frame.bottom - frame.top),
    ]);
  return (
    <Figure
      name={`entropy-${side}`}
      title="How spread the attention is"
      caption={
        bands
          ? "Entropy of the weights in nats: median of all runs, the middle half, and 90 % of them. Dashed: all tokens alike; 0: one token has everything."
          : "These weights have no entropy where all of them are 0."
      }
      table={() => ({
        header: ["time", "5 %", "25 %", "median", "75 %", "95 %"],
        rows: (overTime?.times ?? []).map((time, i) => [
          time,
          ...(["q05", "q25", "median", "q75", "q95"] as const).map((key) => bands?.[key][i]),
        ]),
      })}
    >
      <div ref={box}>
        <svg class="plot" width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
          <ValueAxis domain={domain} box={frame} />
          <line
            class="reference"
            x1={frame.left}
            x2={frame.right}
            y1={yOf(Math.log(point.tokens), domain, frame)}
            y2={yOf(Math.log(point.tokens), domain, frame)}
          />
          <clipPath id={id}>
            <rect x={frame.left} y={0} width={revealed} height={height} />
          </clipPath>
          <g clip-path={`url(#${id})`}>
            <path class="band outer" d={areaOf(points("q95"), points("q05"))} />
            <path class="band" d={areaOf(points("q75"), points("q25"))} />
            <path class="median" d={pathOf(points("median"))} />
          </g>
          <line class="cursor" x1={cursor} x2={cursor} y1={frame.top} y2={frame.bottom} />
          <TimeAxis times={times} box={frame} label="time" />
        </svg>
      </div>
    </Figure>
  );
}

const yOf = (value: number, [low, high]: readonly [number, number], { top, bottom }: { top: number; bottom: number }) =>
  bottom - ((value - low) / (high - low)) * (bottom - top);
