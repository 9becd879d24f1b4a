import { none } from "../../model/columns.ts";
import { colorOf } from "../colors.ts";
import { Lines, quantities } from "../figures/lines.tsx";
import type { LabResult } from "../protocol.ts";
import { type Quantity, sinkOf, tokensAt } from "../sampled.ts";
import { results, selected, sides } from "../session.ts";
import { Space } from "../space/space.tsx";
import { NumberField } from "./numberField.tsx";

/** The selected run: its shares and alignments over log time, and its path in space. */
export function Lens() {
  const pair = results.value;
  if (!pair) return null;
  const max = Math.min(...sides.map((side) => pair[side].sampled.runs)) - 1;
  const run = Math.min(selected.value, max);
  return (
    <section class="panel" aria-labelledby="lens">
      <h2 id="lens">One run under the lens</h2>
      <div class="controls">
        <NumberField
          label="run"
          value={run}
          min={0}
          max={max}
          step={1}
          onNumber={(next) => {
            selected.value = next;
          }}
        />
        <p class="note grow" aria-live="polite">
          {sides.map((side) => sentence(pair[side], run)).join(" ")} (Alignment: how well a token's value alone would lower the loss.)
        </p>
      </div>
      <div class="pair">
        {(Object.keys(quantities) as Quantity[]).flatMap((quantity) =>
          sides.map((side) => (
            <div key={`${quantity} ${side}`} style={{ "--color": colorOf(pair[side].ensemble.normalizer.kind) }}>
              <Lines result={pair[side]} quantity={quantity} run={run} side={side} />
            </div>
          )),
        )}
      </div>
      <Space left={pair.left} right={pair.right} run={run} />
    </section>
  );
}

/** Which token leads a run at the end, and its ranks at the start. */
function sentence(result: LabResult, run: number): string {
  const { sampled, ensemble } = result;
  const sink = sinkOf(result, run);
  if (sink === none) return `Under ${ensemble.normalizer.kind}, no token leads at the end: the largest shares are tied.`;
  const rankAtStart = (quantity: Quantity) => {
    const x = tokensAt(sampled, quantity, run, 0);
    return 1 + x.filter((y) => y > (x[sink] as number)).length;
  };
  const share = tokensAt(sampled, "shares", run, sampled.times.length - 1)[sink] as number;
  return `Under ${ensemble.normalizer.kind}, token ${sink} leads at the end with ${(100 * share).toFixed(1)} %; at the start it was number ${rankAtStart("shares")} by attention and number ${rankAtStart("alignments")} by alignment.`;
}
