import { createHash } from "node:crypto";
import { hostname } from "node:os";
import { SinkflowError } from "../model/errors.ts";
import type { Engine } from "../model/result.ts";
import { prepareFolder, type ResultsFolder } from "../sweep/folder.ts";
import type { Origin } from "../sweep/manifest.ts";
import { version } from "../version.ts";
import { withProgress } from "./terminal.ts";

/** Options of every command that writes results. */
export interface ResultsOptions {
  out: string;
  fresh?: boolean;
  quiet?: boolean;
}

export function checkOut(out: string | undefined): void {
  if (out === "") throw new SinkflowError("input", '--out: expected a folder, got ""');
}

/** Prepares a results folder and shows progress while `work` computes and writes; where `work` fails, the folder is abandoned. */
export async function intoFolder<T>(
  { out, fresh = false, quiet = false }: ResultsOptions,
  work: (folder: ResultsFolder, onProgress: (done: number) => void) => Promise<T>,
): Promise<T> {
  const folder = await prepareFolder(out, fresh);
  return withProgress(quiet, async (onProgress) => {
    try {
      return await work(folder, onProgress);
    } catch (error) {
      await folder.abandon();
      throw error;
    }
  });
}

/** A manifest: how results came about, and `more` about what they are of. It is made when they have just ended. */
export function manifestOf<More extends object>(engine: Engine, started: Date, more: More): Origin & More {
  return {
    sinkflow: version,
    engine: engine.kind,
    adapter: engine.adapter,
    host: hostname(),
    started: started.toISOString(),
    ended: new Date().toISOString(),
    ...more,
  };
}

/** SHA-256, in hexadecimal digits. */
export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
