import type { Engine } from "../model/result.ts";

/** What the program tells its supervisor (cli.ts), as it becomes known. */
export interface Told {
  /** The exit code: the program is done. */
  code?: number;
  /** What computes: with "webgpu" a driver may end the process. */
  engine?: Engine["kind"];
  /** The results folder that is written. What is whole in it stays, and another process may go on there. */
  folder?: string;
}

let folder: string | undefined;
/** The results folder that is written, as it was told. */
export const writtenFolder = (): string | undefined => folder;

/** Tells the supervisor, if there is one. */
export function tell(told: Told): void {
  folder = told.folder ?? folder;
  if (process.connected) process.send?.(told);
}
