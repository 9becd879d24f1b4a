import { once } from "node:events";
import { SinkflowError } from "../model/errors.ts";
import type { Abandoned } from "../results/folder.ts";

/** What an interrupted command can't do. */
const noResumption = "It can't be resumed: the same command starts anew.";

/** What is said where a process ends before it can tidy up. */
export const cutShort =
  "interrupted before it could tidy up. A folder of --out, if there is one, may hold unfinished files. It can't be resumed: --fresh starts anew there.";

const nothing = `Nothing was written. ${noResumption}`;
const interrupted = (outcome: string) => new SinkflowError("interrupted", "interrupted", outcome);

/** The error of a command that was interrupted while it wrote into a folder. */
export function interruptedIn(path: string, { isWritten, outcome }: Abandoned): SinkflowError {
  if (isWritten) return interrupted(`${path} is written, and complete.`);
  if (outcome === undefined) return interrupted(`Nothing was written: ${path} is as it was before. ${noResumption}`);
  return interrupted(`${outcome} It can't be resumed: --fresh starts anew there.`);
}

/** Settles as the promise does, or rejects as soon as the signal fires, whether or not the work itself can be interrupted. */
export function untilAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  const work = promise.catch((error) => {
    throw isInterruption(error) ? interrupted(nothing) : error;
  });
  work.catch(() => {}); // it may fail after the signal
  const aborted = signal.aborted ? Promise.resolve() : once(signal, "abort");
  const stopped = aborted.then(() => {
    throw interrupted(nothing);
  });
  return Promise.race([work, stopped]);
}

export const isInterruption = (error: unknown): boolean => error instanceof SinkflowError && error.failure === "interrupted";
