import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { type Proportion, proportion } from "../../statistics/proportion.ts";
import { pathOf, ticksOf, ValueAxis } from "../figures/axes.tsx";
import { Figure, useWidth } from "../figures/frame.tsx";
import { percent } from "../format.ts";
import type { Outcome } from "../protocol.ts";
import { change, computer, currentSignal, ensembles, experiment, failureOf, outcomes, sides } from "../session.ts";
import { colorOf } from "./sidePanel.tsx";

/** Head starts of the curve, in units of a logit. */
const grid = [0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5];
const height = 230;

interface Entry {
  head: number;
  left: Proportion;
  right: Proportion;
}

/** What a lead of one token at the start is worth: its share of the sinks, from 1/n to all. */
export function HeadStart() {
  const [box, width] = useWidth<HTMLDivElement>(720);
  const entries = useSignal<Entry[]>([]);
  const state = useSignal<string | undefined>(undefined);
  const { head, ...others } = experiment.value;
  const key = JSON.stringify(others);
  // The curve is of everything but the head start.
  useEffect(() => {
    entries.value = [];
    state.value = undefined;
  }, [key]);
  const add = (entry: Entry) => {
    entries.value = [...entries.value.filter((other) => other.head !== entry.head), entry].sort((a, b) => a.head - b.head);
  };
  // What the pictures above show belongs to the curve as well.
  const [left, right] = [outcomes.left.value, outcomes.right.value];
  useEffect(() => {
    if (!left || !right || JSON.stringify(pointKey(left)) !== JSON.stringify(pointKey(right))) return;
    const shares = [left, right].map(({ report }) => proportion(report.sink.counts[0] ?? 0, sum(report.sink.counts)));
    const by = left.point.headStart?.by ?? 0;
    if (shares[0] && shares[1] && by === experiment.value.head) add({ head: by, left: shares[0], right: shares[1] });
  }, [left, right]);
  const trace = async () => {
    const signal = currentSignal();
    try {
      for (const [i, by] of grid.entries()) {
        state.value = `Following ${i + 1} of ${grid.length}…`;
        const points = ensembles({ ...experiment.value, head: by }).map((point) => ({
          ...point,
          record: { ...point.record, trajectories: 0 },
        }));
        const results = await Promise.all(points.map((point) => computer.ask({ kind: "run", point }, { signal })));
        const [l, r] = results.map(({ report }) => proportion(report.sink.counts[0] ?? 0, sum(report.sink.counts)));
        if (l && r) add({ head: by, left: l, right: r });
      }
      state.value = undefined;
    } catch (error) {
      state.value = failureOf(error);
    }
  };
  const list = entries.value;
  const frame = { left: 44, right: width - 16, top: 10, bottom: height - 36 };
  const most = Math.max(0.5, ...list.map((entry) => entry.head));
  const least = Math.min(0, ...list.map((entry) => entry.head));
  const x = (by: number) => frame.left + ((by - least) / (most - least)) * (frame.right - frame.left);
  const y = (share: number) => frame.bottom - share * (frame.bottom - frame.top);
  const current = list.find((entry) => entry.head === head);
  return (
    <section class="panel" aria-labelledby="head-start">
      <h2 id="head-start">Give one token a head start</h2>
      <p>
        At the start every logit is 1 + 0.1·N(0, 1). Add a little to token 0's, and see how much oftener it has the largest share at the
        end: feedback makes much of a small lead. Whether that share is large, which makes it a sink, is another matter.
      </p>
      <div class="controls">
        <label class="grow">
          <span>head start δ of token 0: {head.toFixed(2)}</span>
          <input
            type="range"
            min={0}
            max={0.5}
            step={0.01}
            value={Math.max(0, Math.min(0.5, head))}
            onChange={({ currentTarget }) => change({ head: currentTarget.valueAsNumber })}
          />
        </label>
        <button type="button" onClick={trace} disabled={state.value?.startsWith("Following") ?? false}>
          Trace the curve
        </button>
      </div>
      <p aria-live="polite" data-name="head-start">
        {state.value ??
          (current
            ? sides
                .map(
                  (side) =>
                    `Under ${others[side]} token 0 ends with the largest share in ${percent(current[side])} of the runs${largestOf(outcomes[side].value)}.`,
                )
                .join(" ")
            : "")}
      </p>
      <Figure
        name="head-start"
        title="How often token 0 ends with the largest share"
        caption={`By its head start, with 95 % intervals, in the colors of the two normalizers above; dashed, 1/${others.tokens}. The slider changes the whole experiment, and adds a point.`}
        table={() => ({
          header: ["head start", ...sides.flatMap((side) => [others[side], `${others[side]}: low`, `${others[side]}: high`])],
          rows: list.map((entry) => [entry.head, ...sides.flatMap((side) => [entry[side].share, ...entry[side].interval])]),
        })}
      >
        <div ref={box}>
          <svg class="plot" width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
            <ValueAxis domain={[0, 1]} box={frame} format={(tick) => `${Math.round(100 * tick)} %`} />
            <line class="reference" x1={frame.left} x2={frame.right} y1={y(1 / others.tokens)} y2={y(1 / others.tokens)} />
            {sides.map((side) => (
              <g key={side} style={{ "--color": colorOf(others[side]) }}>
                <path class="median" d={pathOf(list.map((entry) => [x(entry.head), y(entry[side].share)]))} />
                {list.map((entry) => (
                  <g key={entry.head}>
                    <line
                      class="interval"
                      x1={x(entry.head)}
                      x2={x(entry.head)}
                      y1={y(entry[side].interval[0])}
                      y2={y(entry[side].interval[1])}
                    />
                    <circle class="dot" cx={x(entry.head)} cy={y(entry[side].share)} r={entry.head === head ? 5.5 : 3.5} />
                  </g>
                ))}
              </g>
            ))}
            <g class="axis">
              <line x1={frame.left} x2={frame.right} y1={frame.bottom} y2={frame.bottom} />
              {ticksOf(least, most, Math.max(2, width / 110)).map((tick) => (
                <text key={tick} x={x(tick)} y={frame.bottom + 17} text-anchor="middle">
                  {tick}
                </text>
              ))}
              <text x={frame.right} y={frame.bottom + 32} text-anchor="end">
                head start δ
              </text>
            </g>
          </svg>
        </div>
      </Figure>
    </section>
  );
}

/** How large the largest share is at the end, in words. */
function largestOf(outcome: Outcome | undefined): string {
  const { sinkShare } = outcome?.report ?? {};
  if (!outcome || !sinkShare || (outcome.point.headStart?.by ?? 0) !== experiment.value.head) return "";
  if (sinkShare.max <= (1 + 1e-6) / outcome.point.tokens) return ", but all shares stay equal, and it is only named first";
  return `, which is ${(100 * sinkShare.median).toFixed(1)} % in the median run`;
}

const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
/** What two ensembles of one experiment share. */
const pointKey = ({ point: { normalizer: _, ...rest }, engine }: { point: object & { normalizer: unknown }; engine: string }) => ({
  ...rest,
  engine,
});
