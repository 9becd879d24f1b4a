import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { logitStarts } from "../../model/starts.ts";
import { leadClaim } from "../../report/claims.ts";
import { proportion } from "../../statistics/proportion.ts";
import { type Entry, HeadStartCurve } from "../figures/headStartCurve.tsx";
import { sayWith } from "../format.ts";
import type { LabResult } from "../protocol.ts";
import { changeSettings, computer, ensemblesInTab, results, type Side, settings, sides } from "../session.ts";
import { defaultEnsemble } from "../settings.ts";
import { type Task, useTask } from "./useTask.ts";

/** The head starts at which the curve is traced: what is added to a logit. */
const tracedHeads = [0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5];
const maxHead = Math.max(...tracedHeads);
const logitsAtStart = sayWith(logitStarts[defaultEnsemble.logits.kind].says, defaultEnsemble.logits);

/** How often token 0 wins when its logit starts a little higher. */
export function HeadStart() {
  const now = settings.value;
  const { entries, task, trace } = useCurve();
  return (
    <section class="panel" aria-labelledby="head-start">
      <h2 id="head-start">Give one token a head start</h2>
      <p>
        At the start every logit is {logitsAtStart}. Add a little to token 0's, and compare how often it then leads at the start with how
        often it wins, which is to end with the largest share.
      </p>
      <div class="controls">
        <label class="grow">
          <span>head start δ of token 0: {now.head.toFixed(2)}</span>
          <input
            type="range"
            min={0}
            max={maxHead}
            step={0.01}
            value={Math.max(0, Math.min(maxHead, now.head))}
            onChange={({ currentTarget }) => changeSettings({ head: currentTarget.valueAsNumber })}
          />
        </label>
        <button type="button" onClick={trace} disabled={task.kind === "busy"}>
          Trace the curve
        </button>
      </div>
      <div aria-live="polite" data-name="head-start">
        {textOf(task).map((text) => (
          <p key={text}>{text}</p>
        ))}
      </div>
      <HeadStartCurve entries={entries} settings={now} maxHead={maxHead} />
    </section>
  );
}

/** The curve of the settings without their head start, and what traces it. It is cleared when one of these settings changes. */
function useCurve(): { entries: readonly Entry[]; task: Task; trace: () => Promise<void> } {
  const entries = useSignal<readonly Entry[]>([]);
  const { head: _, ...others } = settings.value;
  const subject = JSON.stringify(others);
  const add = (head: number, ensembles: readonly LabResult[]) => {
    const [left, right] = ensembles.map(pointOf);
    const kept = entries.value.filter((other) => other.head !== head);
    entries.value = [...kept, { head, ...(left && { left }), ...(right && { right }) }].sort((a, b) => a.head - b.head);
  };
  const { task, start } = useTask(subject, async (signal, say) => {
    for (const [i, head] of tracedHeads.entries()) {
      say(`Following ${i + 1} of ${tracedHeads.length}…`);
      const ensembles = ensemblesInTab({ ...settings.value, head }, 0);
      add(head, await Promise.all(ensembles.map((ensemble) => computer.ask({ kind: "run", ensemble }, { signal }))));
    }
  });
  useEffect(() => {
    entries.value = [];
  }, [subject]);
  // The ensembles at the top of the page are an entry of the curve as well.
  const above = results.value;
  useEffect(() => {
    if (!above) return;
    const head = headOf(above.left);
    if (above.of === settings.value) add(head, [above.left, above.right]);
  }, [above]);
  return { entries: entries.value, task, trace: start };
}

const headOf = ({ ensemble }: LabResult): number => ensemble.headStart?.by ?? 0;

/** How often token 0 wins, and how often it leads at the start; undefined where no run has a winner. */
function pointOf({ lead: { runs, led, won } }: LabResult): Entry[Side] {
  const [leads, wins] = [proportion(led, runs), proportion(won, runs)];
  return leads && wins && { led: leads.share, won: wins };
}

/** How far the work of the panel is; when it is idle, the result at the head start of what is shown. */
function textOf(task: Task): string[] {
  if (task.kind === "busy") return [task.says ?? ""];
  if (task.kind === "failed") return [task.message];
  const shown = results.value;
  if (!shown) return [];
  return sides.map((side) => {
    const { ensemble, lead } = shown[side];
    return leadClaim(`Under ${ensemble.normalizer.kind}`, lead, ensemble.polarizedAt);
  });
}
