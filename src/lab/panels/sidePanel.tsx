import { colorOf } from "../colors.ts";
import { EntropyFan } from "../figures/fan.tsx";
import { Heatmap } from "../figures/heatmap.tsx";
import { useComputedWith } from "../figures/hooks.ts";
import { Lines } from "../figures/lines.tsx";
import { Winners } from "../figures/winners.tsx";
import { percent, runsText, spread, unbroken } from "../format.ts";
import { playhead, slotAt } from "../playback.ts";
import type { LabResult } from "../protocol.ts";
import { results, type Side, selected } from "../session.ts";
import { useNarrow, useWide } from "../widths.ts";

/** All runs under one normalizer, at the playhead. */
export function SidePanel({ side }: { side: Side }) {
  const isOpen = useWide();
  const isNarrow = useNarrow();
  const result = results.value?.[side];
  if (!results.value || !result) return <section class="side waiting" aria-label={`${side} normalizer`} />;
  const { kind } = result.ensemble.normalizer;
  return (
    <section class="side" aria-label={`${kind}, at the ${side}`} style={{ "--color": colorOf(kind) }}>
      <h2>
        <span class="swatch" />
        {kind}
        <small data-name="runs">
          {runsText(result.report.runs)}, {result.engine === "cpu" ? "CPU in float64" : "WebGPU in float32"}
        </small>
      </h2>
      <Heatmap result={result} side={side} />
      {!isNarrow && <Readout result={result} />}
      <details class="folds" open={isOpen.value} onToggle={(event) => (isOpen.value = event.currentTarget.open)}>
        <summary>More of {kind}</summary>
        {isNarrow && <Readout result={result} />}
        <Winners result={result} side={side} largest={results.value.largestWin} />
        <EntropyFan result={result} side={side} />
        <Lines result={result} quantity="alignments" run={Math.min(selected.value, result.sampled.runs - 1)} side={side} />
      </details>
    </section>
  );
}

/** The statistics over all runs at the playhead. */
function Readout({ result }: { result: LabResult }) {
  const { overTime } = result.report;
  const numbers = useComputedWith(() => {
    const slot = Math.min(slotAt(playhead.value, result.settling.times.length), (overTime?.times.length ?? 1) - 1);
    const polarized = overTime?.polarized[slot];
    const at = (name: "entropy" | "sinkShare") => {
      const bands = overTime?.[name];
      return bands && { median: bands.median[slot] as number, q05: bands.q05[slot] as number, q95: bands.q95[slot] as number };
    };
    const [entropy, share] = [at("entropy"), at("sinkShare")];
    return {
      polarized: polarized ? percent(polarized) : "–",
      entropy: entropy ? spread(entropy, (x) => x.toFixed(2)) : "–",
      share: share ? spread(share, (x) => (100 * x).toFixed(1), " %") : "–",
    };
  }, [result]);
  return (
    <dl class="readout">
      <div>
        <dt>{unbroken(`runs that have reached ${Math.round(100 * result.ensemble.polarizedAt)} %`)}</dt>
        <dd data-name="polarized">{numbers.value.polarized}</dd>
      </div>
      <div>
        <dt>largest share (middle 90 %)</dt>
        <dd>{numbers.value.share}</dd>
      </div>
      <div>
        <dt>entropy in nats (middle 90 %)</dt>
        <dd data-name="entropy">{numbers.value.entropy}</dd>
      </div>
    </dl>
  );
}
