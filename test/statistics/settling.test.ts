import { expect, it } from "vitest";
import { cpuEngine } from "../../src/ensemble/cpu.ts";
import { inlinePool } from "../../src/ensemble/perform.ts";
import { runWhole } from "../../src/ensemble/whole.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { soundRuns } from "../../src/model/status.ts";
import { SettlingByTime } from "../../src/statistics/settling.ts";

it("counts, by token, the runs that lead for good and those that have polarized, as their trajectories have it", async () => {
  const runs = 60;
  const ensemble = parseEnsemble({ tokens: 4, runs, polarizedAt: 0.6, record: { trajectories: runs, times: { count: 30 } } });
  const settling = new SettlingByTime(ensemble);
  // Every batch is counted apart, and merged.
  const { trajectories } = await runWhole(cpuEngine(inlinePool), ensemble, {
    onBatch: ({ rows }) => {
      const part = new SettlingByTime(ensemble);
      part.add(rows, soundRuns(rows.status));
      settling.addHeld(part.held());
    },
  });
  const { times, settled, polarized, total } = settling.result();
  expect(total).toBe(runs);
  const lead = (weights: number[]) => weights.indexOf(Math.max(...weights));
  let between = 0;
  for (const [slot] of times.entries())
    for (let token = 0; token < 4; token++) {
      // A run may change its lead, or reach the threshold, between two times and take it back: these are none under softmax.
      const leading = trajectories.filter(({ weights }) => weights.slice(slot).every((p) => lead(p) === token));
      const reached = leading.filter(({ weights }) => weights.slice(0, slot + 1).some((p) => Math.max(...p) >= 0.6));
      expect(settled[slot * 4 + token]).toBe(leading.length);
      expect(polarized[slot * 4 + token]).toBe(reached.length);
      if (leading.length > 0 && reached.length < leading.length) between++;
    }
  expect(between).toBeGreaterThan(10);
});
