import { useSignal } from "@preact/signals";
import { download } from "../download.ts";
import { specificationOf } from "../experiment.ts";
import { computer, currentSignal, ensembleRuns, ensembles, experiment, failureOf } from "../session.ts";
import { yamlOf } from "../yaml.ts";

/** The experiment for the command line, its address, and its runs as a table. */
export function TakeAway() {
  const state = useSignal<string | undefined>(undefined);
  const now = experiment.value;
  const specification = specificationOf({ ...now, runs: ensembleRuns(now.runs) });
  const yaml = yamlOf(specification);
  const copy = async (what: string, text: string) => {
    try {
      await navigator.clipboard.writeText(text);
      state.value = `${what} copied.`;
    } catch {
      state.value = "The browser did not let the page copy; select the text instead.";
    }
  };
  const table = async () => {
    state.value = "Following all runs for the table…";
    try {
      const points = ensembles(now).map((point) => ({ ...point, record: { ...point.record, trajectories: 0 } }));
      const bytes = await computer.ask({ kind: "table", points, specification }, { signal: currentSignal() });
      download("runs.parquet", bytes, "application/vnd.apache.parquet");
      state.value = `runs.parquet: ${bytes.length.toLocaleString("en")} bytes.`;
    } catch (error) {
      state.value = failureOf(error);
    }
  };
  return (
    <section class="panel" aria-labelledby="take-away">
      <h2 id="take-away">Take it away</h2>
      <p>The page's address is the experiment. The same, without a browser, with sweeps over any of it, figures and a report:</p>
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
        <button type="button" onClick={table}>
          runs.parquet
        </button>
        <button type="button" onClick={() => copy("Address", location.href)}>
          Copy the address
        </button>
      </p>
      <p aria-live="polite" class="soft">
        {state.value}
      </p>
    </section>
  );
}
