/** What a part goes through. */
export interface Stages<Part, Followed> {
  /** Parts are followed one at a time. */
  follow(part: Part, signal: AbortSignal): Promise<Followed>;
  /** While a part is finished the next are followed. @param ended is told of each stage when it ended */
  finish(followed: Followed, ended: (stage: string) => void): Promise<void>;
}

/** A part that is being finished, and when its stages ended. */
interface Finishing {
  done: Promise<void>;
  ended: { stage: string; at: number }[];
}

/**
 * Has every part go through its stages, in order, with no more than `inFlight` parts between the beginning and the end. Where one fails,
 * no other is begun, and the first error is thrown when all that had begun are at rest.
 * @returns milliseconds in which nothing was followed, by the stage that was waited for
 */
export async function runLine<Part, Followed>(
  parts: readonly Part[],
  { follow, finish }: Stages<Part, Followed>,
  { inFlight, signal }: { inFlight: number; signal?: AbortSignal | undefined },
): Promise<Record<string, number>> {
  const stop = new AbortController();
  const either = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  const failures: unknown[] = [];
  const finishing: Finishing[] = [];
  const waited: Record<string, number> = {};
  const waitForOldest = async () => {
    const { done, ended } = finishing[0] as Finishing;
    let from = performance.now();
    await done;
    finishing.shift();
    for (const { stage, at } of ended) {
      if (at <= from) continue;
      waited[stage] = (waited[stage] ?? 0) + at - from;
      from = at;
    }
  };
  try {
    for (const part of parts) {
      while (finishing.length >= inFlight) await waitForOldest();
      const followed = await follow(part, either);
      const ended: Finishing["ended"] = [];
      const done = finish(followed, (stage) => ended.push({ stage, at: performance.now() }));
      done.catch((error) => {
        failures.push(error);
        stop.abort(); // what is being followed
      });
      finishing.push({ done, ended });
      if (failures.length > 0) break;
    }
    while (finishing.length > 0) await waitForOldest();
    return waited;
  } catch (error) {
    stop.abort();
    await Promise.allSettled(finishing.map(({ done }) => done));
    throw failures.length > 0 ? failures[0] : error;
  }
}

/** Does stages side by side; `ended` is told of the one that ended last. */
export async function together<S extends Record<string, () => Promise<unknown>>>(
  ended: (stage: string) => void,
  stages: S,
): Promise<{ [K in keyof S]: Awaited<ReturnType<S[K]>> }> {
  let last = "";
  const entries = await Promise.all(
    Object.entries(stages).map(async ([stage, work]) => {
      const result = await work();
      last = stage;
      return [stage, result];
    }),
  );
  ended(last);
  return Object.fromEntries(entries);
}
