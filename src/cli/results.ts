import { createHash } from "node:crypto";
import { hostname } from "node:os";
import { SinkflowError } from "../model/errors.ts";
import type { Engine } from "../model/result.ts";
import { verificationLine } from "../report/verification.ts";
import type { ResultsFolder } from "../sweep/folder.ts";
import { isVerified, type SweepReport } from "../sweep/sweep.ts";
import { version } from "../version.ts";
import { interruptedIn, isInterruption, untilAborted } from "./interruption.ts";

export function checkOut(out: string | undefined): void {
  if (out === "") throw new SinkflowError("input", '--out: expected a folder, got ""');
}

/**
 * Performs `work`, which writes into a folder. Where it fails, or the signal fires before files are put in place, nothing of it stays
 * there. Throws SinkflowError("interrupted"), which says what the folder holds.
 */
export async function orAbandon<T>(folder: ResultsFolder, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    return await untilAborted(signal, work());
  } catch (error) {
    const isWritten = await folder.abandon();
    if (!isInterruption(error)) throw error;
    throw interruptedIn(folder.path, isWritten);
  }
}

/** A manifest: how results came about, and `more` about what they are of. To be made when the results have just been computed. */
export const manifestOf = <More extends object>(engine: Engine, started: Date, more: More) => ({
  sinkflow: version,
  engine: engine.kind,
  adapter: engine.adapter,
  host: hostname(),
  started: started.toISOString(),
  ended: new Date().toISOString(),
  ...more,
});

/** SHA-256, in hexadecimal digits. */
export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Throws SinkflowError("numerical") for the first report of which a verified run went beyond its bound. */
export function checkVerified(reports: readonly SweepReport[], outcome?: string): void {
  const failed = reports.find((report) => !isVerified(report));
  if (failed) throw new SinkflowError("numerical", verificationLine(failed) ?? "", outcome);
}
