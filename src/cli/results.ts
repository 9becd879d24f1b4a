import { hostname } from "node:os";
import { exitCodes, SinkflowError } from "../model/errors.ts";
import type { Engine } from "../model/result.ts";
import { verificationLine } from "../report/verification.ts";
import type { ResultsFolder } from "../results/folder.ts";
import { recordFormat } from "../results/record.ts";
import { isVerified } from "../sweep/sweep.ts";
import { version } from "../version.ts";
import { checkDrawing } from "./figures.ts";
import { interruptedIn, isInterruption, resumingCommand, untilAborted } from "./interruption.ts";

export function checkOut(out: string | undefined): void {
  if (out === "") throw new SinkflowError("input", '--out: expected a folder, got ""');
  if (out !== undefined) checkDrawing("--out");
}

/**
 * Performs `work`, which writes into a folder. Where it fails, the signal fires or the folder is lost, what is whole in the folder stays, and nothing else;
 * the error says what that is. Throws SinkflowError("interrupted") where the signal fires before all is written.
 * @param work is given a signal that fires where it is of no use any more
 */
export async function orAbandon<T>(folder: ResultsFolder, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const ended = AbortSignal.any([signal, folder.lost]);
  try {
    return await untilAborted(ended, work(ended));
  } catch (stopped) {
    const error = folder.lost.aborted && !signal.aborted ? folder.lost.reason : stopped;
    const abandoned = await folder.abandon();
    if (isInterruption(error)) throw interruptedIn(folder.path, abandoned);
    const { outcome } = abandoned;
    if (outcome === undefined) throw error;
    // What passes is worth trying again.
    const again = error instanceof SinkflowError && "mayPass" in exitCodes[error.failure] ? ` Resume with: ${resumingCommand()}` : "";
    if (error instanceof SinkflowError) throw new SinkflowError(error.failure, error.message, `${outcome}${again}`);
    throw Object.assign(error as Error, { outcome });
  }
}

/** The beginning of a manifest: what computes results, and `more` about what they are of. */
export const describe = <More extends object>(engine: Pick<Engine, "kind" | "adapter">, more: More) => ({
  sinkflow: version,
  records: recordFormat,
  engine: engine.kind,
  adapter: engine.adapter,
  host: hostname(),
  node: process.versions.node,
  started: new Date().toISOString(),
  ...more,
});

type Verified = Parameters<typeof verificationLine>[0];

/** Throws SinkflowError("numerical") for the first report of which a verified run went beyond its bound. */
export function checkVerified(reports: readonly Verified[], outcome?: string): void {
  const failed = reports.find((report) => !isVerified(report));
  if (failed) throw new SinkflowError("numerical", verificationLine(failed) ?? "", outcome);
}
