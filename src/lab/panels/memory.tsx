import { alignedClaim } from "../../report/claims.ts";
import { short } from "../../report/format.ts";
import { Curve, type Point } from "../figures/curve.tsx";
import type { LabResult } from "../protocol.ts";
import { results, settings, sides } from "../session.ts";
import { memoryOf, reachOf } from "../settings.ts";
import { TaskButton } from "./taskButton.tsx";
import { useCurve } from "./useCurve.ts";

/** The memories at which the curve is traced: how much stays at a step. */
const tracedMemories = [0.9, 0.93, 0.95, 0.97, 0.99, 0.999];
/** Memories stand evenly by how many steps they last, 1/(1 − memory), in powers of ten. */
const place = (memory: number): number => -Math.log10(1 - memory);

/** How often the best aligned token wins, by what an optimizer remembers. */
export function Memory() {
  const now = settings.value;
  const { entries, task, start, cancel } = useCurve("memory", tracedMemories, pointOf);
  const memory = memoryOf(now.optimizer);
  const shown = results.value;
  if (!memory) return null;
  const least = Math.min(...[tracedMemories[0] as number, ...entries.map(({ value }) => value)].map(place));
  const ticks = [0, 0.9, 0.95, 0.99, 0.999].filter((memory) => place(memory) >= least);
  return (
    <section class="panel" aria-labelledby="memory">
      <h2 id="memory">What does {now.optimizer} remember?</h2>
      <p>
        At each step a part {memory.symbol} of what {now.optimizer} remembers of the gradients stays: it remembers some 1/(1 −{" "}
        {memory.symbol}) steps. How far it goes within them is ρ = learning rate/(1 − {memory.symbol}), here {short(reachOf(now))}. The best
        aligned token is the one whose value would help most at the start.
      </p>
      <p class="buttons">
        <TaskButton task={task} start={start} cancel={cancel}>
          Trace the curve over {memory.symbol}
        </TaskButton>
      </p>
      <div aria-live="polite" data-name="memory">
        {task.kind === "busy" && <p>{task.says}</p>}
        {task.kind === "failed" && <p class="problem">{task.message}</p>}
        {task.kind === "idle" &&
          shown &&
          sides.map((side) => <p key={side}>{alignedClaim(`Under ${shown[side].ensemble.normalizer.kind}`, shown[side].report)}</p>)}
      </div>
      {entries.length > 1 && (
        <Curve
          name="memory"
          title="How often the best aligned token wins"
          caption={`By ${memory.symbol}, and ρ; with 95 % intervals, in the colors of the normalizers above; dashed, 1/${now.tokens}.`}
          entries={entries}
          settings={now}
          axis={{
            label: `${memory.symbol} (ρ)`,
            place,
            start: least,
            end: Math.max(...[tracedMemories.at(-1) as number, ...entries.map(({ value }) => value)].map(place)) * 1.02,
            ticks: () => ticks.map((memory) => ({ at: place(memory), text: `${memory} (${short(reachOf({ ...now, memory }))})` })),
          }}
          chosen={now.memory}
        />
      )}
    </section>
  );
}

const pointOf = ({ report }: LabResult): Point | undefined => report.predictors.alignment && { won: report.predictors.alignment };
