import { once } from "node:events";
import { SinkflowError } from "../model/errors.ts";
import type { Abandoned } from "../results/folder.ts";

/** What an interrupted command without a folder can't do. */
const noResumption = "It can't be resumed: the same command starts anew.";

/** The command line, as it goes on with results that it has begun. */
export function resumingCommand(args: readonly string[] = process.argv.slice(2)): string {
  const quoted = (text: string) => (/^[\w./:=,@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);
  return ["sinkflow", ...args.filter((text) => text !== "--fresh").map(quoted)].join(" ");
}

/** What is said where a process ends before it can tidy up. @param folder of results that it wrote */
export const cutShort = (folder: string | undefined): string =>
  folder === undefined
    ? `interrupted. ${nothing}`
    : `interrupted before it could tidy up. What is whole in ${folder} stays. Resume with: ${resumingCommand()}.`;

const nothing = `Nothing was written. ${noResumption}`;
const interrupted = (outcome: string) => new SinkflowError("interrupted", "interrupted", outcome);

/** The error of a command that was interrupted while it wrote into a folder. */
export function interruptedIn(path: string, { isWritten, outcome }: Abandoned): SinkflowError {
  if (isWritten) return interrupted(`${path} is written, and complete.`);
  if (outcome === undefined) return interrupted(`Nothing was written: ${path} is as it was before. The same command starts anew.`);
  return interrupted(`${outcome} Resume with: ${resumingCommand()}`);
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
