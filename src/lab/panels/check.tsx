import { useSignal } from "@preact/signals";
import type { Verification } from "../../ensemble/verify.ts";
import { TableHead } from "../figures/frame.tsx";
import { computer, opened, pointsInTab, settings, sides } from "../session.ts";
import { useTask, type Work } from "./useTask.ts";

/** This many runs of each normalizer are checked. */
const maxCheckedRuns = 32;
const columns = ["", "runs", "undecided", "beyond their bound", "largest difference of a weight", "allowed", "of an entropy", "same sink"];

/** Follows a sample of the runs in float64 too, from the starts that the device drew, and shows how far the two ends are apart. */
export function Check() {
  const verifications = useSignal<(Verification | undefined)[] | undefined>(undefined);
  const now = settings.value;
  const [task, start] = useTask(now, () => {
    verifications.value = undefined;
  });
  const runs = Math.min(maxCheckedRuns, now.runs);
  const check: Work = async (signal) => {
    verifications.value = await Promise.all(
      pointsInTab(now).map((ensemble) => computer.ask({ kind: "verify", ensemble, runs }, { signal })),
    );
  };
  return (
    <section class="panel" aria-labelledby="check">
      <h2 id="check">Is it right?</h2>
      <p>
        The device computes in float32, by shaders. A second program, written apart from them, follows the same runs in float64 here on the
        CPU, from the very starts that the device drew. How far a weight may differ is measured, run by run, on the second program itself:
        four times as far as it moves when its numbers are rounded as float32's after every step, and when it is ten times as strict with
        its steps. A run is undecided where such rounding decides its course.
      </p>
      {opened.value?.kind === "cpu" ? (
        <p class="soft">Without WebGPU the second program is all that computes here, so there is nothing to compare.</p>
      ) : (
        <p>
          <button type="button" onClick={() => start(check)} disabled={task.kind === "busy" || !opened.value}>
            {task.kind === "busy" ? "Checking…" : `Check ${runs} runs of each`}
          </button>
        </p>
      )}
      <div aria-live="polite">
        {task.kind === "failed" && <p class="problem">{task.message}</p>}
        {verifications.value && (
          <section class="scroll" aria-label="Differences">
            <table data-name="verification">
              <TableHead cells={columns} />
              <tbody>
                {sides.map((side, i) => (
                  <VerificationRow key={side} name={now[side]} result={verifications.value?.[i]} />
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
  const agreement = result?.sinkAgreement;
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{result?.runs ?? 0}</td>
      <td>{result?.undecided ?? 0}</td>
      <td>{result?.exceeded ?? 0}</td>
      <td>{small(result?.worstWeight)}</td>
      <td>{small(result?.bound)}</td>
      <td>{small(result?.worstEntropy)}</td>
      <td>{agreement === undefined ? "–" : `${(100 * agreement).toFixed(0)} %`}</td>
    </tr>
  );
}
