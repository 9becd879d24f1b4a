import type { Verification } from "../../verification/judge.ts";
import { TableHead } from "../figures/frame.tsx";
import { computer, ensemblesInTab, opened, settings, sides } from "../session.ts";
import { useTask } from "./useTask.ts";

/** Runs of each normalizer that are checked, at most. */
const maxCheckedRuns = 32;
const columns = ["", "runs", "undecided", "beyond their bound", "largest difference of a weight", "allowed", "of an entropy", "same sink"];

/** Follows the first runs in float64 too, from the starts that the device drew, and shows by how much the two ends differ. */
export function Check() {
  const now = settings.value;
  const runs = Math.min(maxCheckedRuns, now.runs);
  const {
    task,
    result: verifications,
    start,
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
        <p>
          <button type="button" onClick={start} disabled={task.kind === "busy" || !opened.value}>
            {task.kind === "busy" ? "Checking…" : `Check ${runs} runs of each`}
          </button>
        </p>
      )}
      <div aria-live="polite">
        {task.kind === "failed" && <p class="problem">{task.message}</p>}
        {verifications && (
          <section class="scroll" aria-label="Differences">
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
  const small = (x: number | undefined) => (x === undefined ? "–" : x.toExponential(1));
  const cells = [
    result?.runs ?? 0,
    result?.undecided ?? 0,
    result?.exceeded ?? 0,
    small(result?.worstWeight),
    small(result?.bound),
    small(result?.worstEntropy),
    result?.sinkAgreement === undefined ? "–" : `${(100 * result.sinkAgreement).toFixed(0)} %`,
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
