import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Fragility } from "../../ensemble/fragility.ts";
import { powerOfTen } from "../../report/format.ts";
import { areaOf, pathOf, ticksOf } from "../figures/axes.tsx";
import { Figure, useWidth } from "../figures/frame.tsx";
import { computer, currentSignal, experiment, failureOf, outcomes, type Side, sides } from "../session.ts";
import { colorOf } from "./sidePanel.tsx";

/** Runs of each normalizer that are broken, and the parts of the sink's value that are taken away. */
const brokenRuns = 64;
const parts = Array.from({ length: 21 }, (_, i) => i / 20);
const height = 230;

type Both = Record<Side, Fragility>;
const percent = (x: number) => `${(100 * x).toFixed(x < 0.1 ? 1 : 0)} %`;
const small = (x: number) => (x < 0.001 ? x.toExponential(1) : String(Number(x.toPrecision(2))));

/** What becomes of the answer where the sink's value is taken away, in part or whole. */
export function BreakIt() {
  const both = useSignal<Both | undefined>(undefined);
  const state = useSignal<"idle" | "busy" | string>("idle");
  const part = useSignal(1);
  const now = experiment.value;
  useEffect(() => {
    both.value = undefined;
    state.value = "idle";
  }, [now]);
  const runs = Math.min(brokenRuns, now.runs);
  const attempt = async () => {
    const [left, right] = sides.map((side) => outcomes[side].value?.point);
    if (!left || !right) return;
    state.value = "busy";
    try {
      const signal = currentSignal();
      const found = await Promise.all([left, right].map((point) => computer.ask({ kind: "break", point, runs, parts }, { signal })));
      both.value = { left: found[0] as Fragility, right: found[1] as Fragility };
      state.value = "idle";
    } catch (error) {
      state.value = failureOf(error) ?? "idle";
    }
  };
  const at = Math.round(part.value * (parts.length - 1));
  return (
    <section class="panel" aria-labelledby="break-it">
      <h2 id="break-it">Break it</h2>
      <p>
        At the end of training, take a part of the sink's value away, and look at what is read, the output, and at the loss. Where one token
        has everything, everything is taken; where all of them share, the others still stand.
      </p>
      <div class="controls">
        <label class="grow">
          <span>part of the sink's value that is taken: {percent(part.value)}</span>
          <input
            type="range"
            min={0}
            max={1}
            step={0.05}
            value={part.value}
            onInput={({ currentTarget }) => {
              part.value = currentTarget.valueAsNumber;
            }}
          />
        </label>
        <button type="button" onClick={attempt} disabled={state.value === "busy" || !outcomes.left.value}>
          {state.value === "busy" ? "Breaking…" : `Break ${runs} runs of each`}
        </button>
      </div>
      <div aria-live="polite" data-name="broken">
        {state.value !== "idle" && state.value !== "busy" && <p class="problem">{state.value}</p>}
        {both.value && sides.map((side) => <p key={side}>{sentence(now[side], both.value?.[side], at, part.value)}</p>)}
      </div>
      {both.value && <Losses both={both.value} at={at} />}
    </section>
  );
}

function sentence(name: string, found: Fragility | undefined, at: number, part: number): string {
  const [before, after] = [found?.losses[0], found?.losses[at]];
  if (!found?.change || !before || !after) return `Under ${name}, no run came to a sound end with a sink.`;
  const { median, q05, q95 } = found.change;
  const moved = `${percent(part * median)} (${percent(part * q05)} to ${percent(part * q95)})`;
  const loss = `${small(before.median)} to ${small(after.median)} (${small(after.q05)} to ${small(after.q95)})`;
  return `Under ${name}, the output moves by ${moved} of its length, and the loss goes from ${loss}: medians of ${found.runs} runs, and the middle 90 %.`;
}

function Losses({ both, at }: { both: Both; at: number }) {
  const [box, width] = useWidth<HTMLDivElement>(720);
  const frame = { left: 52, right: width - 26, top: 10, bottom: height - 36 };
  const all = sides.flatMap((side) => both[side].losses.flatMap(({ q05, q95 }) => [q05, q95])).filter((loss) => loss > 0);
  const [low, high] = [Math.floor(Math.log10(Math.min(1, ...all))), Math.ceil(Math.log10(Math.max(...all, 1e-12)))];
  const x = (i: number) => frame.left + (i / (parts.length - 1)) * (frame.right - frame.left);
  const y = (loss: number) =>
    frame.bottom - ((Math.log10(Math.max(loss, 10 ** low)) - low) / Math.max(1, high - low)) * (frame.bottom - frame.top);
  const line = (side: Side, key: "q05" | "median" | "q95") => both[side].losses.map((loss, i): [number, number] => [x(i), y(loss[key])]);
  const powers = ticksOf(low, high, 5).filter(Number.isInteger);
  return (
    <Figure
      name="broken"
      title="Loss by the part that is taken"
      caption="Medians over runs, and 90 % of them, by the part of the sink's value that is taken away. Each run is followed in float64."
      table={() => ({
        header: ["part", ...sides.flatMap((side) => ["5 %", "median", "95 %"].map((name) => `${side}: ${name}`))],
        rows: parts.map((part, i) => [
          part,
          ...sides.flatMap((side) => {
            const { q05, median, q95 } = both[side].losses[i] ?? {};
            return [q05, median, q95];
          }),
        ]),
      })}
    >
      <div ref={box}>
        <svg class="plot" width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
          <g class="axis">
            {powers.map((power) => (
              <g key={power}>
                <line class="grid" x1={frame.left} x2={frame.right} y1={y(10 ** power)} y2={y(10 ** power)} />
                <text x={frame.left - 7} y={y(10 ** power) + 4} text-anchor="end">
                  {powerOfTen(10 ** power)}
                </text>
              </g>
            ))}
            <line x1={frame.left} x2={frame.right} y1={frame.bottom} y2={frame.bottom} />
            {[0, 0.25, 0.5, 0.75, 1].map((part) => (
              <text key={part} x={x(part * (parts.length - 1))} y={frame.bottom + 17} text-anchor="middle">
                {`${100 * part} %`}
              </text>
            ))}
            <text x={frame.right} y={frame.bottom + 32} text-anchor="end">
              part taken away
            </text>
          </g>
          {sides.map((side) => (
            <g key={side} style={{ "--color": colorOf(experiment.value[side]) }}>
              <path class="band outer" d={areaOf(line(side, "q95"), line(side, "q05"))} />
              <path class="median" d={pathOf(line(side, "median"))} />
              {both[side].losses[at] && <circle class="dot" cx={x(at)} cy={y(both[side].losses[at].median)} r={4.5} />}
            </g>
          ))}
          <line class="cursor" x1={x(at)} x2={x(at)} y1={frame.top} y2={frame.bottom} />
        </svg>
      </div>
    </Figure>
  );
}
