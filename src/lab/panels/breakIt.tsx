import { useSignal } from "@preact/signals";
import type { Fragility } from "../../ensemble/fragility.ts";
import { fragilityClaim } from "../../report/claims.ts";
import { scientific } from "../../report/format.ts";
import { BrokenLosses } from "../figures/brokenLosses.tsx";
import { runsText } from "../format.ts";
import type { LabResult } from "../protocol.ts";
import { computer, results, settings, sides } from "../session.ts";
import { TaskButton } from "./taskButton.tsx";
import { useTask } from "./useTask.ts";

/** Runs of each normalizer that are broken, at most. */
const maxBrokenRuns = 64;
/** The parts of the winner's value that are taken away. */
const parts = Array.from({ length: 21 }, (_, i) => i / 20);

/** How output and loss change when a part of the winner's value, or all of it, is taken away. */
export function BreakIt() {
  const part = useSignal(1);
  const now = settings.value;
  const runs = Math.min(maxBrokenRuns, now.runs);
  const {
    task,
    result: broken,
    start,
    cancel,
  } = useTask(now, async (signal) => {
    if (!results.value) return undefined;
    const ask = ({ ensemble }: LabResult) => computer.ask({ kind: "break", ensemble, runs, parts }, { signal });
    const [left, right] = await Promise.all([ask(results.value.left), ask(results.value.right)]);
    return { left, right };
  });
  const chosen = Math.round(part.value * (parts.length - 1));
  return (
    <section class="panel" aria-labelledby="break-it">
      <h2 id="break-it">Break it</h2>
      <p>
        At the end of training, take a part of the winner's value away, and look at what is read, the output, and at the loss. Then nudge
        the winner, and remove it with its weight, which the normalizer shares out.
      </p>
      <div class="controls">
        <label class="grow">
          <span>part of the winner's value that is taken: {Math.round(100 * part.value)} %</span>
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
        <TaskButton task={task} start={start} cancel={cancel} disabled={!results.value}>
          Break {runsText(runs)} of each
        </TaskButton>
      </div>
      <div aria-live="polite" data-name="broken">
        {task.kind === "busy" && <p>Breaking…</p>}
        {task.kind === "failed" && <p class="problem">{task.message}</p>}
        {broken && sides.map((side) => <p key={side}>{sentence(now[side], broken[side], chosen, part.value)}</p>)}
        {broken && sides.map((side) => <p key={side}>{fragilityClaim(`Under ${now[side]}`, broken[side].disturbed)}</p>)}
      </div>
      {broken && <BrokenLosses broken={broken} parts={parts} chosen={chosen} settings={now} />}
    </section>
  );
}

const percent = (x: number) => `${(100 * x).toFixed(1)} %`;

/** What the runs of one normalizer lose with a part, which has the index `chosen` in `parts`. */
function sentence(name: string, { change, losses, runs }: Fragility, chosen: number, part: number): string {
  const [before, after] = [losses[0], losses[chosen]];
  if (!change || !before || !after) return `Under ${name}, no run came to a sound end with a winner.`;
  const { median, q05, q95 } = change;
  const moved = `${percent(part * median)} (${percent(part * q05)} to ${percent(part * q95)})`;
  const loss = `${scientific(before.median)} to ${scientific(after.median)} (which is ${scientific(after.q05)} to ${scientific(after.q95)})`;
  return `Under ${name}, the output moves by ${moved} of its length, and the loss goes from ${loss}: medians of ${runsText(runs)}, in brackets the middle 90 %.`;
}
