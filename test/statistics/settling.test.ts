import { expect, it } from "vitest";
import { cpuEngine } from "../../src/ensemble/cpu.ts";
import { inlinePool } from "../../src/ensemble/perform.ts";
import { runWhole } from "../../src/ensemble/whole.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { soundRuns } from "../../src/model/status.ts";
import { SettlingByTime } from "../../src/statistics/settling.ts";

// Under softmax no run that reaches the threshold falls below it again; trained by Lion, linear weights do, and end as no sink.
const steps = 300;
const lion = { optimizer: { kind: "lion", learningRate: 0.01, beta2: 0.999 }, until: { steps } };
const cases = [
  { name: "softmax", specification: { tokens: 4 }, record: { times: { count: 30 } }, loses: false },
  {
    name: "linear",
    specification: { tokens: 2, normalizer: "linear", loss: "regression", ...lion },
    record: { steps: Array.from({ length: steps + 1 }, (_, step) => step) },
    loses: true,
  },
];
it.each(cases)(
  "counts under $name, by token, the runs that lead for good and those that end as a sink, as trajectories have it",
  async ({ specification, record, loses }) => {
    const runs = 60;
    const ensemble = parseEnsemble({ ...specification, runs, polarizedAt: 0.6, record: { trajectories: runs, ...record } });
    const { tokens } = ensemble;
    const settling = new SettlingByTime(ensemble);
    // Every batch is counted apart, and merged.
    const { trajectories } = await runWhole(cpuEngine(inlinePool), ensemble, {
      onBatch: ({ rows }) => {
        const part = new SettlingByTime(ensemble);
        part.add(rows, soundRuns(rows.status));
        settling.addHeld(part.held());
      },
    });
    const { times, settled, sunk, total } = settling.result();
    expect(total).toBe(runs);
    const shares = trajectories.map(({ weights }) =>
      weights.map((p) => p.map((x) => Math.abs(x) / p.reduce((sum, y) => sum + Math.abs(y), 0))),
    );
    const lead = (p: number[]) => p.indexOf(Math.max(...p));
    let [between, lost] = [0, 0];
    for (const [slot] of times.entries())
      for (let token = 0; token < tokens; token++) {
        // A run may change its lead, or reach the threshold, between two times and take it back: these are none here.
        const leading = shares.filter((run) => run.slice(slot).every((p) => lead(p) === token));
        const reached = leading.filter((run) => run.slice(0, slot + 1).some((p) => Math.max(...p) >= 0.6));
        const sinks = reached.filter((run) => Math.max(...(run.at(-1) as number[])) >= 0.6);
        expect(settled[slot * tokens + token]).toBe(leading.length);
        expect(sunk[slot * tokens + token]).toBe(sinks.length);
        if (leading.length > 0 && reached.length < leading.length) between++;
        lost += reached.length - sinks.length;
      }
    expect(between).toBeGreaterThan(10);
    expect(lost > 0).toBe(loses);
  },
);
