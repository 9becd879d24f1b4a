import { SinkflowError } from "../model/errors.ts";
import { isOverTime, type Point, recordedTimes } from "../model/point.ts";
import type { Engine, EnsembleResult, RunBatch, RunOptions } from "../model/result.ts";
import { columnNames, emptyRows } from "../model/rows.ts";
import { Tallies, talliedNames } from "../model/tallies.ts";
import type { Pool } from "./tasks.ts";

/** How long a task should take, so that progress moves and an interruption is heard; and most runs in one. */
const targetMs = 300;
const mostRuns = 4096;

/** The CPU engine: the float64 reference over a pool of workers. */
export function cpuEngine(pool: Pool): Engine {
  return { kind: "cpu", adapter: null, check: () => {}, run, close: () => pool.close() };

  async function run(point: Point, options: RunOptions = {}): Promise<EnsembleResult> {
    const began = performance.now();
    const keepRows = options.keepRows ?? true;
    const rows = emptyRows(keepRows ? point.runs : 0, Float64Array);
    const result: EnsembleResult = {
      rows,
      timing: { compileMs: 0, initialMs: 0, simulateMs: 0, readMs: 0 },
      trajectories: [],
      samples: [],
    };
    const times = recordedTimes(point).length;
    const tallies = isOverTime(point) ? new Tallies(times) : undefined;
    // Runs a task: few at first, then by how long the last one took. Results do not depend on it.
    let size = Math.min(4, Math.ceil(point.runs / pool.size));
    let next = 0;
    let done = 0;
    // Tasks end in any order; batches are handed over in that of the runs, one at a time.
    const finished = new Map<number, RunBatch>();
    let handed = 0;
    let handing = Promise.resolve();
    const handOver = () => {
      handing = handing.then(async () => {
        for (let batch = finished.get(handed); batch; batch = finished.get(handed)) {
          finished.delete(handed);
          await options.onBatch?.(batch);
          handed += batch.count;
        }
      });
      return handing;
    };
    const worker = async () => {
      while (next < point.runs) {
        if (options.signal?.aborted) throw new SinkflowError("interrupted", "interrupted");
        const first = next;
        const count = Math.min(size, point.runs - first);
        next += count;
        const start = performance.now();
        const { rows: part, vectors, trajectories, observed } = await pool.perform({ kind: "simulate", point, first, count });
        const ideal = Math.min((count * targetMs) / Math.max(performance.now() - start, 0.1), 8 * count, mostRuns);
        size = Math.max(1, Math.floor(ideal));
        if (keepRows) for (const name of columnNames) rows[name].set(part[name], first);
        result.trajectories.push(...trajectories);
        if (tallies && observed)
          for (const [q, name] of talliedNames.entries())
            for (let at = 0; at < times * count; at++)
              tallies.add(name, Math.floor(at / count), observed[q * times * count + at] as number);
        finished.set(first, { first, count, rows: part, ...(vectors && { vectors }) });
        await handOver();
        done += count;
        options.onProgress?.(done / point.runs);
      }
    };
    await Promise.all(Array.from({ length: pool.size }, worker));
    if (tallies) result.tallies = tallies;
    result.trajectories.sort((a, b) => a.run - b.run);
    result.timing.simulateMs = performance.now() - began;
    return result;
  }
}
