import { activity, maxRunsOnCpu, opened, problem } from "../session.ts";

/** What the tab is doing, on which engine, and what is wrong. */
export function Status() {
  const { says, isBusy, done } = activity.value;
  return (
    <section class="status" aria-label="State">
      {problem.value && (
        <p role="alert" class="problem">
          {problem.value.message}
        </p>
      )}
      {opened.value?.kind === "cpu" && (
        <p class="note">
          This browser offers no WebGPU adapter, so the CPU computes, in float64, up to {maxRunsOnCpu.toLocaleString("en")} runs. A recent
          Chrome, Edge, Safari or Firefox has WebGPU; where it is off, its settings or the system's graphics driver may say why.
        </p>
      )}
      <p role="status">{says}</p>
      {isBusy && <progress max={1} {...(done !== undefined && { value: done })} aria-label="Progress" />}
    </section>
  );
}
