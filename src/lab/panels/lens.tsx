import { Lines, type Quantity, quantities, seriesOf, sinkOf } from "../figures/lines.tsx";
import type { Outcome } from "../protocol.ts";
import { outcomes, selected, sides } from "../session.ts";
import { Space } from "../space/space.tsx";
import { NumberField } from "./controls.tsx";
import { colorOf } from "./sidePanel.tsx";

/** One run: its weights and alignments over log time, and its path in space. */
export function Lens() {
  const [left, right] = [outcomes.left.value, outcomes.right.value];
  if (!left || !right) return null;
  const most = Math.min(left.sampled.runs, right.sampled.runs) - 1;
  const run = Math.min(selected.value, most);
  const pair = { left, right };
  return (
    <section class="panel" aria-labelledby="lens">
      <h2 id="lens">One run under the lens</h2>
      <div class="controls">
        <NumberField
          label="run"
          value={run}
          min={0}
          max={most}
          step={1}
          onNumber={(next) => {
            selected.value = next;
          }}
        />
        <p class="note grow" aria-live="polite">
          {sides.map((side) => storyOf(pair[side], run)).join(" ")} (Alignment: how well a token's value alone would lower the loss.)
        </p>
      </div>
      <div class="pair">
        {(Object.keys(quantities) as Quantity[]).flatMap((quantity) =>
          sides.map((side) => (
            <div key={`${quantity} ${side}`} style={{ "--color": colorOf(pair[side].point.normalizer.kind) }}>
              <Lines outcome={pair[side]} quantity={quantity} run={run} side={side} />
            </div>
          )),
        )}
      </div>
      <Space left={left} right={right} run={run} />
    </section>
  );
}

/** What became of a run, and whether it could be told from its start. */
function storyOf(outcome: Outcome, run: number): string {
  const sink = sinkOf(outcome, run);
  const at = (quantity: Quantity, slot: number) => seriesOf(outcome, quantity, run).at(slot) ?? new Float32Array(1);
  const rank = (x: Float32Array) => 1 + x.filter((y) => y > (x[sink] as number)).length;
  const share = at("shares", -1)[sink] as number;
  if (share <= (1 + 1e-6) / outcome.point.tokens)
    return `Under ${outcome.point.normalizer.kind}, no token leads at the end: all shares are equal.`;
  return `Under ${outcome.point.normalizer.kind}, token ${sink} leads at the end with ${(100 * share).toFixed(1)} %; at the start it was number ${rank(at("shares", 0))} by attention and number ${rank(at("alignments", 0))} by alignment.`;
}
