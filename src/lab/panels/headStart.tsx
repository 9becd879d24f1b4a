import { logitStarts } from "../../model/starts.ts";
import { leadClaim, leadShares, sankClaim } from "../../report/claims.ts";
import { ticksOf } from "../figures/axes.tsx";
import { Curve, type Point } from "../figures/curve.tsx";
import { sayWith } from "../format.ts";
import type { LabResult } from "../protocol.ts";
import { changeSettings, results, settings, sides } from "../session.ts";
import { defaultEnsemble } from "../settings.ts";
import { TaskButton } from "./taskButton.tsx";
import { useCurve } from "./useCurve.ts";
import type { Task } from "./useTask.ts";

/** The head starts at which the curve is traced: what is added to a logit. */
const tracedHeads = [0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5];
const maxHead = Math.max(...tracedHeads);
const logitsAtStart = sayWith(logitStarts[defaultEnsemble.logits.kind].says, defaultEnsemble.logits);

/** How often token 0 wins when its logit starts a little higher. */
export function HeadStart() {
  const now = settings.value;
  const { entries, task, start, cancel } = useCurve("head", tracedHeads, pointOf);
  const entered = entries.map(({ value }) => value);
  const [least, most] = [Math.min(0, ...entered), Math.max(maxHead, ...entered)];
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
        <TaskButton task={task} start={start} cancel={cancel}>
          Trace the curve
        </TaskButton>
      </div>
      <div aria-live="polite" data-name="head-start">
        {textOf(task).map((text) => (
          <p key={text}>{text}</p>
        ))}
      </div>
      {entries.length > 1 && (
        <Curve
          name="head-start"
          title="How often token 0 wins"
          caption={`By its head start: won (dots, with 95 % intervals), and led at the start (thin line), in the colors of the normalizers above; dashed, 1/${now.tokens}. The slider changes the whole experiment, and adds a point.`}
          entries={entries}
          settings={now}
          axis={{
            label: "head start δ",
            place: (head) => head,
            start: least,
            end: most,
            ticks: (width) => ticksOf(least, most, Math.max(2, width / 110)).map((head) => ({ at: head, text: String(head) })),
          }}
          chosen={now.head}
        />
      )}
    </section>
  );
}

/** How often token 0 wins, and how often it leads at the start; undefined where no run has a winner. */
function pointOf({ lead }: LabResult): Point | undefined {
  const shares = leadShares(lead);
  return shares && { won: shares.won, led: shares.led.share };
}

/** How far the work of the panel is; when it is idle, the result at the head start of what is shown. */
function textOf(task: Task): string[] {
  if (task.kind === "busy") return [task.says ?? ""];
  if (task.kind === "failed") return [task.message];
  const shown = results.value;
  if (!shown) return [];
  return sides.map((side) => {
    const { ensemble, lead } = shown[side];
    return [leadClaim(`Under ${ensemble.normalizer.kind}`, lead), sankClaim(lead, ensemble.polarizedAt)].filter(Boolean).join(" ");
  });
}
