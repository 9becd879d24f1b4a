import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Verification } from "../../ensemble/verify.ts";
import { TableHead } from "../figures/frame.tsx";
import { computer, currentSignal, ensembles, experiment, failureOf, opened, sides } from "../session.ts";

/** Runs of each normalizer that are checked. */
const checkedRuns = 32;
const columns = ["", "runs", "undecided", "beyond their bound", "largest difference of a weight", "allowed", "of an entropy", "same sink"];

/** Follows a sample of the runs in float64 too, from the starts that the device drew, and says how far apart the two ended. */
export function Check() {
  const results = useSignal<(Verification | undefined)[] | undefined>(undefined);
  const state = useSignal<"idle" | "busy" | string>("idle");
  const now = experiment.value;
  // What was checked is no longer what is shown.
  useEffect(() => {
    results.value = undefined;
    state.value = "idle";
  }, [now]);
  const check = async () => {
    state.value = "busy";
    try {
      const runs = Math.min(checkedRuns, now.runs);
      const signal = currentSignal();
      results.value = await Promise.all(ensembles(now).map((point) => computer.ask({ kind: "verify", point, runs }, { signal })));
      state.value = "idle";
    } catch (error) {
      state.value = failureOf(error) ?? "idle";
    }
  };
  const kinds = { left: now.left, right: now.right };
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
          <button type="button" onClick={check} disabled={state.value === "busy" || !opened.value}>
            {state.value === "busy" ? "Checking…" : `Check ${Math.min(checkedRuns, now.runs)} runs of each`}
          </button>
        </p>
      )}
      <div aria-live="polite">
        {state.value !== "idle" && state.value !== "busy" && <p class="problem">{state.value}</p>}
        {results.value && (
          <section class="scroll" aria-label="Differences">
            <table data-name="verification">
              <TableHead cells={columns} />
              <tbody>
                {sides.map((side, i) => (
                  <VerificationRow key={side} name={kinds[side]} result={results.value?.[i]} />
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
