import { columnNames, emptyRows } from "../model/columns.ts";
import { type Ensemble, isOverTime, recordedTimes } from "../model/ensemble.ts";
import { SinkflowError } from "../model/errors.ts";
import type { Engine, EnsembleResult, RunBatch, RunOptions } from "../model/result.ts";
import { Tallies } from "../model/tallies.ts";
import type { Pool } from "./perform.ts";

/** Milliseconds that a task should take: short enough to report progress and to react to an interruption. */
const targetMs = 300;
/** The largest number of runs in one task. */
const maxTaskRuns = 4096;

/** The CPU engine: the float64 reference on a pool of threads. */
export function cpuEngine(pool: Pool): Engine {
  return {
    kind: "cpu",
    adapter: null,
    check: () => {},
    run: (ensemble, options = {}) => runOn(pool, ensemble, options),
    close: () => pool.close(),
  };
}

async function runOn(pool: Pool, ensemble: Ensemble, options: RunOptions): Promise<EnsembleResult> {
  const began = performance.now();
  const keepRows = options.keepRows ?? true;
  const rows = emptyRows(keepRows ? ensemble.runs : 0, Float64Array);
  const result: EnsembleResult = {
    rows,
    timing: { compileMs: 0, initialMs: 0, simulateMs: 0, readMs: 0 },
    trajectories: [],
    samples: [],
    ...(isOverTime(ensemble) && { tallies: new Tallies(recordedTimes(ensemble).length) }),
  };
  const handOver = inOrder(options.onBatch);
  // Runs in a task: few at first, then as the time of the last task suggests. Results do not depend on it.
  let size = Math.min(4, Math.ceil(ensemble.runs / pool.size));
  let next = 0;
  let done = 0;
  const worker = async () => {
    while (next < ensemble.runs) {
      if (options.signal?.aborted) throw new SinkflowError("interrupted", "interrupted");
      const first = next;
      const count = Math.min(size, ensemble.runs - first);
      next += count;
      const start = performance.now();
      const { rows: part, vectors, trajectories, observed } = await pool.perform({ kind: "simulate", ensemble, first, count });
      const ideal = Math.min((count * targetMs) / Math.max(performance.now() - start, 0.1), 8 * count, maxTaskRuns);
      size = Math.max(1, Math.floor(ideal));
      if (keepRows) for (const name of columnNames) rows[name].set(part[name], first);
      result.trajectories.push(...trajectories);
      if (observed) result.tallies?.addRuns(observed);
      await handOver({ first, count, rows: part, ...(vectors && { vectors }) });
      done += count;
      options.onProgress?.(done / ensemble.runs);
    }
  };
  await Promise.all(Array.from({ length: pool.size }, worker));
  result.trajectories.sort((a, b) => a.run - b.run);
  result.timing.simulateMs = performance.now() - began;
  return result;
}

/** Takes batches in any order, and hands them over in the order of their runs, one at a time. */
function inOrder(onBatch: RunOptions["onBatch"]): (batch: RunBatch) => Promise<void> {
  const finished = new Map<number, RunBatch>();
  let handed = 0;
  let handing = Promise.resolve();
  return (batch) => {
    finished.set(batch.first, batch);
    handing = handing.then(async () => {
      for (let due = finished.get(handed); due; due = finished.get(handed)) {
        finished.delete(handed);
        await onBatch?.(due);
        handed += due.count;
      }
    });
    return handing;
  };
}
