import { useId } from "preact/hooks";
import { moment } from "../clock.ts";
import type { Outcome } from "../protocol.ts";
import { pathOf, TimeAxis, ticksOf, ValueAxis } from "./axes.tsx";
import { Figure, useWidth } from "./frame.tsx";
import { useDerived } from "./useDerived.ts";

const height = 190;

export const quantities = {
  shares: { title: "Attention", caption: "How much of the run's attention each token has; the sink is colored." },
  alignments: {
    title: "Alignment",
    caption: "How well each token's value alone would lower the loss, −v·∇L. The gradient fades as the loss falls, and alignments with it.",
  },
} as const;
export type Quantity = keyof typeof quantities;

/** One run's tokens, a number each, at every recorded time: [time][token]. */
export function seriesOf({ sampled }: Outcome, quantity: Quantity, run: number): Float32Array[] {
  const { tokens, times } = sampled;
  return times.map((_, slot) => sampled[quantity].subarray((run * times.length + slot) * tokens, (run * times.length + slot + 1) * tokens));
}

/** A line a token, over log time. */
export function Lines({ outcome, quantity, run, side }: { outcome: Outcome; quantity: Quantity; run: number; side: string }) {
  const [box, width] = useWidth<HTMLDivElement>(480);
  const id = useId();
  const { times, tokens } = outcome.sampled;
  const series = seriesOf(outcome, quantity, run);
  const numbers = series.flatMap((entries) => [...entries]).filter(Number.isFinite);
  const domain: [number, number] = quantity === "shares" ? [0, 1] : [Math.min(0, ...numbers), Math.max(1e-9, ...numbers)];
  const frame = { left: 44, right: width - 16, top: 8, bottom: height - 38 };
  const cursor = useDerived(() => frame.left + (frame.right - frame.left) * moment.value, [width]);
  const sink = sinkOf(outcome, run);
  const path = (token: number) =>
    pathOf(
      series.map((entries, i): [number, number] => [
        frame.left + ((frame.right - frame.left) * i) / (times.length - 1),
        frame.bottom - (((entries[token] as number) - domain[0]) / (domain[1] - domain[0])) * (frame.bottom - frame.top),
      ]),
    );
  const { title, caption } = quantities[quantity];
  const name = outcome.point.normalizer.kind;
  const [tick = 0, nextTick = 1] = ticksOf(...domain, 4);
  const decimals = Math.max(0, -Math.floor(Math.log10(nextTick - tick) + 1e-9));
  return (
    <Figure
      name={`run-${run}-${quantity}-${side}`}
      title={`${title} under ${name}`}
      caption={caption}
      table={() => ({
        header: ["time", ...Array.from({ length: tokens }, (_, token) => `token ${token}`)],
        rows: times.map((time, i) => [time, ...(series[i] as Float32Array)]),
      })}
    >
      <div ref={box}>
        <svg class="plot" width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
          <ValueAxis domain={domain} box={frame} format={(tick) => tick.toFixed(Math.min(6, decimals))} />
          <clipPath id={id}>
            <rect x={frame.left} y={0} width={frame.right - frame.left} height={height} />
          </clipPath>
          <g clip-path={`url(#${id})`}>
            {Array.from({ length: tokens }, (_, token) => token !== sink && <path key={token} class="other" d={path(token)} />)}
            <path class="median" d={path(sink)} />
          </g>
          <line class="cursor" x1={cursor} x2={cursor} y1={frame.top} y2={frame.bottom} />
          <TimeAxis times={times} box={frame} label="time" />
        </svg>
      </div>
    </Figure>
  );
}

/** The token of the largest share at the last recorded time. */
export function sinkOf(outcome: Outcome, run: number): number {
  const last = seriesOf(outcome, "shares", run).at(-1) ?? new Float32Array(1);
  return last.indexOf(Math.max(...last));
}
