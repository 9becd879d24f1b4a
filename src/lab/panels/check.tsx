import { useSignal } from "@preact/signals";
import { scientific, shareText } from "../../report/format.ts";
import { verdict } from "../../report/verification.ts";
import type { Verification } from "../../verification/judge.ts";
import { TableHead } from "../figures/frame.tsx";
import { runsText } from "../format.ts";
import { computer, ensemblesInTab, opened, runsInTab, settings, sides } from "../session.ts";
import { NumberField } from "./numberField.tsx";
import { TaskButton } from "./taskButton.tsx";
import { useTask } from "./useTask.ts";

/** Runs of each normalizer that are checked, unless the reader wants another number of them; and at most. */
const checkedRuns = { usual: 32, max: 1024 };
const columns = [
  "normalizer",
  "runs followed in both",
  "undecided",
  "beyond their bound",
  "largest difference of a weight",
  "allowed",
  "of an entropy",
  "same winner",
];

/** Follows some of the runs in float64 too, from the starts that the device drew, and shows by how much the two ends differ. */
export function Check() {
  const now = settings.value;
  const all = runsInTab();
  const wanted = useSignal(checkedRuns.usual);
  const runs = Math.min(wanted.value, all);
  const {
    task,
    result: verifications,
    start,
    cancel,
  } = useTask(now, (signal) =>
    Promise.all(ensemblesInTab(now).map((ensemble) => computer.ask({ kind: "verify", ensemble, runs }, { signal }))),
  );
  return (
    <section class="panel" aria-labelledby="check">
      <h2 id="check">Is it right?</h2>
      <p>
        The device computes in float32, by shaders. A second program, written apart from them, follows the same runs in float64 here on the
        CPU, from the very starts that the device drew, and compares every number that is reported. How far one may differ is measured on
        the second program itself: four times as far as it moves when its numbers are rounded as float32's after every step, and when it is
        ten times as strict with its steps. A run is undecided where such rounding decides its course.
      </p>
      {opened.value?.kind === "cpu" ? (
        <p class="soft">Without WebGPU the second program is all that computes here, so there is nothing to compare.</p>
      ) : (
        <div class="controls">
          <NumberField
            label="runs to check"
            value={runs}
            min={1}
            max={Math.min(checkedRuns.max, all)}
            step={1}
            onNumber={(number) => {
              wanted.value = number;
            }}
          />
          <TaskButton task={task} start={start} cancel={cancel} disabled={!opened.value}>
            Check {runsText(runs)} of each
          </TaskButton>
        </div>
      )}
      <div aria-live="polite">
        {task.kind === "busy" && <p>Checking…</p>}
        {task.kind === "failed" && <p class="problem">{task.message}</p>}
        {verifications && (
          <div data-name="verdict">
            {sides.map((side, i) => (
              <p key={side}>{verdict(`Under ${now[side]}`, verifications[i], all)}</p>
            ))}
          </div>
        )}
        {verifications && (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
          <section class="scroll" tabIndex={0} aria-label="Differences">
            <table data-name="verification">
              <TableHead cells={columns} />
              <tbody>
                {sides.map((side, i) => (
                  <VerificationRow key={side} name={now[side]} result={verifications[i]} />
                ))}
              </tbody>
            </table>
          </section>
        )}
      </div>
    </section>
  );
}

function VerificationRow({ name, result }: { name: string; result: Verification | undefined }) {
  const small = (x: number | undefined) => (x === undefined ? "–" : scientific(x));
  const cells = [
    result?.runs ?? 0,
    result?.undecided ?? 0,
    result?.exceeded ?? 0,
    small(result?.worstWeight),
    small(result?.bound),
    small(result?.worstEntropy),
    result?.sinkAgreement === undefined ? "–" : `${shareText(result.sinkAgreement, 0)} % of ${result.decided}`,
  ];
  return (
    <tr>
      <th scope="row">{name}</th>
      {cells.map((cell, i) => (
        <td key={columns[i + 1]}>{cell}</td>
      ))}
    </tr>
  );
}
