import { colorOf } from "../colors.ts";
import { EntropyFan } from "../figures/fan.tsx";
import { Heatmap } from "../figures/heatmap.tsx";
import { useComputedWith } from "../figures/hooks.ts";
import { Sinks } from "../figures/sinks.tsx";
import { percent } from "../format.ts";
import { playhead, slotAt } from "../playback.ts";
import type { LabResult } from "../protocol.ts";
import { results, type Side } from "../session.ts";

/** All runs under one normalizer, at the playhead. */
export function SidePanel({ side }: { side: Side }) {
  const result = results.value?.[side];
  if (!result) return <section class="side waiting" aria-label={`${side} normalizer`} />;
  const { kind } = result.ensemble.normalizer;
  const color = colorOf(kind);
  return (
    <section class="side" aria-label={`${kind}, at the ${side}`} style={{ "--color": color }}>
      <h2>
        <span class="swatch" />
        {kind}
        <small data-name="runs">
          {result.report.runs.toLocaleString("en")} runs, {result.engine === "cpu" ? "CPU in float64" : "WebGPU in float32"}
        </small>
      </h2>
      <Readout result={result} />
      <div class="rows">
        <Heatmap result={result} side={side} color={color} />
        <Sinks result={result} side={side} />
      </div>
      <EntropyFan result={result} side={side} />
    </section>
  );
}

/** The statistics over all runs at the playhead. */
function Readout({ result }: { result: LabResult }) {
  const { overTime } = result.report;
  const numbers = useComputedWith(() => {
    const slot = Math.min(slotAt(playhead.value, result.settling.times.length), (overTime?.times.length ?? 1) - 1);
    const polarized = overTime?.polarized[slot];
    const entropy = overTime?.entropy;
    return {
      polarized: polarized ? percent(polarized) : "–",
      entropy: entropy ? `${entropy.median[slot]?.toFixed(2)} (${entropy.q05[slot]?.toFixed(2)} to ${entropy.q95[slot]?.toFixed(2)})` : "–",
      share: overTime?.sinkShare ? `${(100 * (overTime.sinkShare.median[slot] as number)).toFixed(1)} %` : "–",
    };
  }, [result]);
  return (
    <dl class="readout">
      <div>
        <dt>runs in which one token holds {Math.round(100 * result.ensemble.polarizedAt)} % by now [95 % interval]</dt>
        <dd data-name="polarized">{numbers.value.polarized}</dd>
      </div>
      <div>
        <dt>largest share by now, median</dt>
        <dd>{numbers.value.share}</dd>
      </div>
      <div>
        <dt>entropy by now in nats, median (middle 90 %)</dt>
        <dd data-name="entropy">{numbers.value.entropy}</dd>
      </div>
    </dl>
  );
}
