import { colorsOf } from "../../report/theme.ts";
import { moment, slotOf } from "../clock.ts";
import { EntropyFan } from "../figures/fan.tsx";
import { Sinks } from "../figures/sinks.tsx";
import { useDerived } from "../figures/useDerived.ts";
import { Wall } from "../figures/wall.tsx";
import { percent } from "../format.ts";
import type { Outcome } from "../protocol.ts";
import { outcomes, type Side } from "../session.ts";

/** The color of a normalizer, as in every figure of the project. */
export const colorOf = (normalizer: string): string => colorsOf([{ label: normalizer, normalizer }]).get(normalizer) as string;

/** All runs under one normalizer, as they are at the moment. */
export function SidePanel({ side }: { side: Side }) {
  const outcome = outcomes[side].value;
  if (!outcome) return <section class="side waiting" aria-label={`${side} normalizer`} />;
  const { kind } = outcome.point.normalizer;
  const color = colorOf(kind);
  return (
    <section class="side" aria-label={`${kind}, at the ${side}`} style={{ "--color": color }}>
      <h2>
        <span class="swatch" />
        {kind}
        <small data-name="runs">
          {outcome.report.runs.toLocaleString("en")} runs, {outcome.engine === "cpu" ? "CPU in float64" : "WebGPU in float32"}
        </small>
      </h2>
      <Readout outcome={outcome} />
      <div class="rows">
        <Wall outcome={outcome} side={side} color={color} />
        <Sinks outcome={outcome} side={side} />
      </div>
      <EntropyFan outcome={outcome} side={side} />
    </section>
  );
}

/** The numbers of the moment, each with its interval. */
function Readout({ outcome }: { outcome: Outcome }) {
  const { overTime } = outcome.report;
  const numbers = useDerived(() => {
    const slot = Math.min(slotOf(moment.value, outcome.settling.times.length), (overTime?.times.length ?? 1) - 1);
    const polarized = overTime?.polarized[slot];
    const entropy = overTime?.entropy;
    return {
      polarized: polarized ? percent(polarized) : "–",
      entropy: entropy ? `${entropy.median[slot]?.toFixed(2)} (${entropy.q05[slot]?.toFixed(2)} to ${entropy.q95[slot]?.toFixed(2)})` : "–",
      share: overTime?.sinkShare ? `${(100 * (overTime.sinkShare.median[slot] as number)).toFixed(1)} %` : "–",
    };
  }, [outcome]);
  return (
    <dl class="readout">
      <div>
        <dt>runs in which one token holds {Math.round(100 * outcome.point.polarizedAt)} % by now [95 % interval]</dt>
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
