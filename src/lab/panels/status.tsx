import { activity, follow, maxRunsOnCpu, opened, problem, settings, stop } from "../session.ts";

/** What the tab is doing, on which engine, and what is wrong. */
export function Status() {
  const { says, state, done } = activity.value;
  return (
    <section class="status" aria-label="State">
      {problem.value && (
        <p role="alert" class="problem">
          {problem.value}
        </p>
      )}
      <p role="status">{says}</p>
      {state === "busy" && <progress max={1} {...(done !== undefined && { value: done })} aria-label="Progress" />}
      {state === "busy" && (
        <button type="button" onClick={stop}>
          Cancel
        </button>
      )}
      {state === "stopped" && (
        <button type="button" onClick={() => follow(settings.value)}>
          Go on
        </button>
      )}
      {opened.value?.kind === "cpu" && (
        <p>This browser offers no WebGPU adapter: the CPU computes, up to {maxRunsOnCpu.toLocaleString("en")} runs.</p>
      )}
    </section>
  );
}
