import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { download } from "../download.ts";
import { linkNow } from "../location.ts";
import { computer, ensemblesInTab, runsInTab, settings } from "../session.ts";
import { specificationOf } from "../settings.ts";
import { yamlOf } from "../yaml.ts";
import { TaskButton } from "./taskButton.tsx";
import { useTask } from "./useTask.ts";

/** The ensembles as a specification for the command line, their address, and their runs as a table. */
export function TakeAway() {
  const message = useSignal<string | undefined>(undefined);
  const now = settings.value;
  const specification = specificationOf({ ...now, runs: runsInTab(now.runs) });
  const yaml = yamlOf(specification);
  const address = useRef<HTMLInputElement>(null);
  const copy = async () => {
    const field = address.current;
    if (!field) return;
    field.value = linkNow();
    try {
      await navigator.clipboard.writeText(field.value);
      message.value = "Address copied.";
    } catch {
      field.focus();
      field.select();
      message.value = "The browser does not let the page copy: the address is selected, to be copied by hand.";
    }
  };
  const { task, result, start, cancel } = useTask(now, async (signal) => {
    message.value = undefined;
    const ensembles = ensemblesInTab(now, 0).slice(0, now.left === now.right ? 1 : 2);
    const bytes = await computer.ask({ kind: "table", ensembles, specification }, { signal });
    download("runs.parquet", bytes, "application/vnd.apache.parquet");
    return `runs.parquet: ${bytes.length.toLocaleString("en")} bytes.`;
  });
  const state = { idle: result, busy: "Following all runs for the table…", failed: task.kind === "failed" ? task.message : "" };
  return (
    <section class="panel" aria-labelledby="take-away">
      <h2 id="take-away">Take it away</h2>
      <p>The address is the experiment, with the run and the time that are looked at.</p>
      <div class="controls">
        <label class="grow">
          <span>address</span>
          <input ref={address} type="url" readOnly value={linkNow()} onFocus={(event) => event.currentTarget.select()} />
        </label>
        <button type="button" onClick={copy}>
          Copy the address
        </button>
      </div>
      <p>The same, without a browser, with sweeps over any of it, figures and a report:</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <pre tabIndex={0} data-name="command">{`sinkflow run experiment.yaml --out results`}</pre>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <pre tabIndex={0} data-name="specification">
        {yaml}
      </pre>
      <p class="buttons">
        <button type="button" onClick={() => download("experiment.yaml", yaml, "application/yaml")}>
          experiment.yaml
        </button>
        <TaskButton task={task} start={start} cancel={cancel}>
          runs.parquet
        </TaskButton>
      </p>
      <p aria-live="polite" class="soft">
        {message.value ?? state[task.kind]}
      </p>
    </section>
  );
}
