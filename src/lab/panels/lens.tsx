import { none } from "../../model/columns.ts";
import { scientific, shareText } from "../../report/format.ts";
import { colorOf } from "../colors.ts";
import { Lines } from "../figures/lines.tsx";
import { unbroken } from "../format.ts";
import type { LabResult } from "../protocol.ts";
import { type Quantity, tokensAt, winnerOf } from "../sampled.ts";
import { results, runsToLookAt, selected, sides } from "../session.ts";
import { Space } from "../space/space.tsx";
import { useWide } from "../widths.ts";
import { NumberField } from "./numberField.tsx";

/** The selected run: its path in space, and its shares over log time. */
export function Lens() {
  const isOpen = useWide();
  const pair = results.value;
  if (!pair) return <section class="side waiting" aria-label="One run" />;
  const max = Math.min(...sides.map((side) => pair[side].sampled.runs)) - 1;
  const run = Math.min(selected.value, max);
  return (
    <section class="side" aria-labelledby="lens">
      <div class="run">
        <h2 id="lens">One run</h2>
        <NumberField
          label="run"
          value={selected.value}
          min={0}
          max={Math.max(max, runsToLookAt() - 1)}
          step={1}
          onNumber={(next) => {
            selected.value = next;
          }}
        />
      </div>
      <Space left={pair.left} right={pair.right} run={run} />
      <p class="note" aria-live="polite">
        {unbroken([...new Set(sides.map((side) => sentence(pair[side], run)))].join(" "))}
      </p>
      <details class="folds" open={isOpen.value} onToggle={(event) => (isOpen.value = event.currentTarget.open)}>
        <summary>More of the run</summary>
        {sides.map((side) => (
          <div key={side} style={{ "--color": colorOf(pair[side].ensemble.normalizer.kind) }}>
            <Lines result={pair[side]} quantity="shares" run={run} side={side} />
          </div>
        ))}
      </details>
    </section>
  );
}

/** Which token wins a run, whether it is the sink, and its ranks at the start. */
function sentence(result: LabResult, run: number): string {
  const { sampled, ensemble } = result;
  const { kind } = ensemble.normalizer;
  const winner = winnerOf(result, run);
  if (winner === none) return `Under ${kind}, run ${run} has no winner: the largest shares are tied.`;
  const rankAtStart = (quantity: Quantity) => {
    const x = tokensAt(sampled, quantity, run, 0);
    return 1 + x.filter((y) => y > (x[winner] as number)).length;
  };
  const share = tokensAt(sampled, "shares", run, sampled.times.length - 1)[winner] as number;
  const what = share >= Math.fround(ensemble.polarizedAt) ? "a sink" : "no sink";
  return `Under ${kind}, token ${winner} wins run ${run} with ${shareText(share)} %, ${what}; at t = ${scientific(sampled.times[0] as number)} it was number ${rankAtStart("shares")} by attention and number ${rankAtStart("alignments")} by alignment.`;
}
