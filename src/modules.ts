import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { AnyDefinition, Registered } from "./model/definitions.ts";
import { SinkflowError, show } from "./model/errors.ts";
import { registerDefinitions } from "./reference/definitions/register.ts";

/** What a thread of the reference is started with. */
export interface ThreadSetup {
  /** Addresses of the modules of definitions that are held. */
  modules: readonly string[];
}

/** The address of a module of definitions, from a path or an address. */
export const moduleAddress = (path: string | URL): string =>
  path instanceof URL || /^[a-z][a-z0-9+.-]+:/i.test(path) ? String(path) : pathToFileURL(path).href;

/**
 * The definitions that a module has as its default export, one or a list; their hash is that of the bytes of the module, without what it
 * imports. Throws SinkflowError("input") where there is no such file, or it does not run or export that.
 * @param address a `file:` address
 */
export async function importDefinitions(address: string): Promise<Registered[]> {
  const name = address.startsWith("file:") ? fileURLToPath(address) : address;
  const refuse = (problem: string) => new SinkflowError("input", `${name}: expected a module of definitions, ${problem}`);
  if (!address.startsWith("file:")) throw refuse("a file, got another address");
  const bytes = await readFile(new URL(address)).catch((error: NodeJS.ErrnoException) => {
    throw refuse(`got none: ${error.code === "ENOENT" ? "there is no such file" : (error.message.split("\n")[0] ?? "")}`);
  });
  const module: { default?: unknown } = await import(address).catch((error: unknown) => {
    const isTypeScript = (error as NodeJS.ErrnoException | undefined)?.code === "ERR_UNKNOWN_FILE_EXTENSION" && /\.[mc]?ts$/.test(name);
    throw refuse(
      isTypeScript ? "got TypeScript: compile it to JavaScript before" : `got one that does not run: ${String(error).split("\n")[0]}`,
    );
  });
  const given = [module.default].flat();
  if (module.default === undefined || given.length === 0) throw refuse(`got a default export of ${show(module.default)}`);
  const hash = createHash("sha256").update(bytes).digest("hex");
  return given.map((definition) => ({ definition: definition as AnyDefinition, hash, module: address }));
}

/** Makes the kinds that modules define, for good. Throws SinkflowError("input") as `importDefinitions` and `registerDefinitions` do. */
export async function registerModules(addresses: readonly string[]): Promise<void> {
  if (addresses.length > 0) registerDefinitions((await Promise.all(addresses.map(importDefinitions))).flat());
}
