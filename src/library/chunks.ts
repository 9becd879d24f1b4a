import { SinkflowError } from "../model/errors.ts";
import type { PointRows, PointVectors } from "./columns.ts";

/** Runs `first` … `first + count − 1` of a point. Its arrays are the caller's. */
export interface Chunk<Columns extends string = never> {
  /** The number of the point in the grid, from 0. */
  point: number;
  /** The values of the grid's keys. */
  parameters: Record<string, unknown>;
  first: number;
  count: number;
  /** The columns of its runs, of `count` numbers each. */
  rows: PointRows<Columns>;
  /** With `record.vectors`: of `tokens` × `count` numbers each. */
  vectors?: PointVectors;
}

/** The runs of a specification as they are computed, chunk by chunk, and then what is said of all of them. */
export interface Chunks<Summary, Columns extends string = never> extends AsyncIterableIterator<Chunk<Columns>, undefined, undefined> {
  return(): Promise<IteratorReturnResult<undefined>>;
  [Symbol.asyncIterator](): Chunks<Summary, Columns>;
  /** The statistics. Computes what is left, of which no chunks are handed out. Rejects where the loop was left before its last chunk. */
  summary(): Promise<Summary>;
}

/** Work that gives values, one at a time: `give` is done when the next one is asked for, so that the work waits for who takes them. */
type Giving<Value, Result> = (give: (value: Value) => Promise<void>, signal: AbortSignal) => Promise<Result>;

/** The values of work that begins when the first one is asked for. When no more are wanted its signal fires, at which it fails at once. */
async function* valuesOf<Value, Result>(
  work: Giving<Value, Result>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Value, Result, undefined> {
  const stop = new AbortController();
  const given: { value: Value; taken: () => void; left: (reason: unknown) => void }[] = []; // one at most
  let isDone = false;
  let wake = () => {};
  const give = (value: Value) =>
    new Promise<void>((taken, left) => {
      if (stop.signal.aborted) return left(stop.signal.reason);
      given.push({ value, taken, left });
      wake();
    });
  const working = work(give, stop.signal).finally(() => {
    isDone = true;
    wake();
  });
  working.catch(() => {}); // it is told below
  try {
    while (!isDone) {
      signal?.throwIfAborted();
      const [next] = given;
      if (next) {
        yield next.value;
        given.pop();
        next.taken();
      }
      if (!isDone && given.length === 0)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
    return await working;
  } finally {
    stop.abort();
    given[0]?.left(stop.signal.reason);
    await working.catch(() => {});
  }
}

/** The chunks that work gives, and what it makes of all of them. @param signal the caller's */
export function chunksOf<Summary>(work: Giving<Chunk, Summary>, signal: AbortSignal | undefined): Chunks<Summary> {
  const values = valuesOf(work, signal);
  let ended: Promise<Summary> | undefined;
  const advance = async (): Promise<IteratorResult<Chunk, undefined>> => {
    const step = values.next();
    const { done = false, value } = await step.catch((error) => {
      ended ??= step as Promise<never>;
      throw error;
    });
    if (!done) return { done: false, value: value as Chunk };
    // A loop that was left has no summary.
    ended ??=
      value === undefined
        ? Promise.reject(new SinkflowError("input", "summary: expected a loop over all chunks, got one that was left before the last"))
        : Promise.resolve(value as Summary);
    ended.catch(() => {});
    return { done: true, value: undefined };
  };
  const chunks: Chunks<Summary> = {
    next: advance,
    async return() {
      await values.return(undefined as never);
      return { done: true, value: undefined };
    },
    async summary() {
      while (!ended && !(await advance()).done);
      return ended as Promise<Summary>;
    },
    [Symbol.asyncIterator]: () => chunks,
  };
  return chunks;
}
