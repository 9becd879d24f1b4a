import { type Ensemble, isOverTime, recordedTimes } from "../model/ensemble.ts";
import { SinkflowError } from "../model/errors.ts";
import { hasDominance } from "../model/fragility.ts";
import type { Engine, Followed, RunBatch, RunOptions, Segment, SegmentResult } from "../model/result.ts";
import { Tallies } from "../model/tallies.ts";
import { bytesOfRun } from "../reference/run.ts";
import type { Pool } from "./perform.ts";

/** Milliseconds that a task should take: short enough to report progress and to react to an interruption. */
const targetMs = 300;
/** The largest number of runs in one task. */
const maxTaskRuns = 4096;

/** Milliseconds between looks at how far tasks are. */
const lookMs = 500;
/** Memory that threads share, where it may be had: a browser gives it only to pages that are isolated from others. */
const Memory = globalThis.SharedArrayBuffer ?? ArrayBuffer;

/** How many runs are followed at a time: one a thread, fewer where these would take more than half of so many bytes. */
const runsAtOnce = (ensemble: Ensemble, threads: number, memory: number): number =>
  Math.max(1, Math.min(threads, Math.floor(memory / 2 / bytesOfRun(ensemble))));

/** Bytes of the states of runs that are followed at a time. */
export const bytesAtOnce = (ensemble: Ensemble, threads: number, memory: number): number =>
  bytesOfRun(ensemble) * Math.min(ensemble.runs, runsAtOnce(ensemble, threads, memory));

/**
 * The CPU engine: the float64 reference on a pool of threads.
 * @param memory bytes that there are for all of the process; by default no matter how many
 */
export function cpuEngine(pool: Pool, memory = Number.POSITIVE_INFINITY): Engine {
  return {
    kind: "cpu",
    adapter: null,
    check: () => {},
    follow: (segments, options = {}) => followOn(pool, memory, segments, options),
    close: () => pool.close(),
  };
}

async function followOn(pool: Pool, memory: number, segments: readonly Segment[], options: RunOptions): Promise<Followed> {
  const began = performance.now();
  const all = segments.reduce((sum, { count }) => sum + count, 0);
  let before = 0;
  for (const [index, segment] of segments.entries()) {
    const progress = (done: number) => options.onProgress?.((before + done) / all);
    await options.onSegment?.(index, await followSegment(pool, memory, index, segment, options, progress));
    before += segment.count;
  }
  return { timing: { compileMs: 0, initialMs: 0, simulateMs: performance.now() - began, readMs: 0 } };
}

async function followSegment(
  pool: Pool,
  memory: number,
  index: number,
  segment: Segment,
  { signal, onBatch }: RunOptions,
  progress: (done: number) => void,
): Promise<SegmentResult> {
  const { ensemble } = segment;
  const result: SegmentResult = {
    trajectories: [],
    samples: [],
    ...(isOverTime(ensemble) && { tallies: new Tallies(recordedTimes(ensemble).length) }),
  };
  const handOver = inOrder(segment.first, onBatch);
  // Runs in a task: few at first, then as the time of the last task suggests. Results do not depend on it.
  let size = Math.min(4, Math.ceil(segment.count / pool.size));
  let next = segment.first;
  const end = segment.first + segment.count;
  let done = 0;
  const threads = runsAtOnce(ensemble, pool.size, memory);
  const reached = new Float32Array(new Memory(4 * threads));
  const worker = async (_: unknown, thread: number) => {
    const own = reached.subarray(thread, thread + 1);
    while (next < end) {
      if (signal?.aborted) throw new SinkflowError("interrupted", "interrupted");
      const first = next;
      const count = Math.min(hasDominance(ensemble) ? size + (size % 2) : size, end - first); // two runs that are compared are in one task
      next += count;
      const start = performance.now();
      const { rows, vectors, trajectories, observed } = await pool.perform({ kind: "simulate", ensemble, first, count, done: own });
      const ideal = Math.min((count * targetMs) / Math.max(performance.now() - start, 0.1), 8 * count, maxTaskRuns);
      size = Math.max(1, Math.floor(ideal));
      result.trajectories.push(...trajectories);
      if (observed) result.tallies?.addRuns(observed);
      await handOver({ segment: index, first, count, rows, ...(vectors && { vectors }) });
      own.fill(0);
      done += count;
      progress(done);
    }
  };
  const looking = setInterval(
    () =>
      progress(
        Math.min(
          segment.count,
          reached.reduce((sum, x) => sum + x, done),
        ),
      ),
    lookMs,
  );
  await Promise.all(Array.from({ length: threads }, worker)).finally(() => clearInterval(looking));
  result.trajectories.sort((a, b) => a.run - b.run);
  return result;
}

/** Takes batches in any order, and hands them over in the order of their runs from `first` on, one at a time. */
function inOrder(first: number, onBatch: RunOptions["onBatch"]): (batch: RunBatch) => Promise<void> {
  const finished = new Map<number, RunBatch>();
  let handed = first;
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
