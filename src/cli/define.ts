import { definitions, nameOf } from "../model/definitions.ts";
import { SinkflowError } from "../model/errors.ts";
import { moduleAddress, registerModules } from "../modules.ts";

/** Makes the kinds that modules define (--define), for the rest of the process. Throws SinkflowError("input"). */
export const define = (paths: readonly string[]): Promise<void> => registerModules([...new Set(paths.map(moduleAddress))]);

/** Refuses stored results with kinds that are not defined, or not as they were. Throws SinkflowError("input"). @param path of their folder */
export function checkDefined(path: string, manifest: Readonly<Record<string, unknown>>): void {
  for (const [name, hash] of Object.entries((manifest["definitions"] ?? {}) as Record<string, string>)) {
    const found = definitions().find(({ definition }) => nameOf(definition) === name);
    if (found?.hash === hash) continue;
    const got = found ? `one of SHA-256 ${found.hash.slice(0, 12)}…` : "none";
    throw new SinkflowError(
      "input",
      `${path}: expected --define with the module of ${name} that it was computed with, SHA-256 ${hash.slice(0, 12)}…, got ${got}`,
    );
  }
}
