import { describeAdapter } from "../gpu/device.ts";
import { SinkflowError } from "../model/errors.ts";
import type { Engine } from "../model/result.ts";
import { adapterNames, type EngineChoice, findAdapter, type OpenedEngine, type OpenOptions, openEngine } from "../node.ts";
import { tell } from "./supervised.ts";
import { say } from "./terminal.ts";

/** Options of every command that computes. */
export interface EngineOptions {
  engine: EngineChoice;
  adapter?: string;
  quiet?: boolean;
}

/** Opens the engine that a command's options ask for, and tells the user why `auto` took no GPU. */
export async function engineFor({ engine, adapter, quiet }: EngineOptions, more: OpenOptions = {}): Promise<OpenedEngine> {
  tell({ engine: engine === "cpu" ? "cpu" : "webgpu" }); // before a driver is loaded, which may end the process
  const opened = await openEngine(engine, { adapter, ...more });
  tell({ engine: opened.engine.kind });
  if (opened.note && !quiet) say(opened.note);
  return opened;
}

/**
 * The engine options of a sweep that goes on: `auto` takes the engine and the adapter that its parts are from. Throws
 * SinkflowError("device") where this machine has no such adapter.
 * @param before what the parts are from, if there are any
 */
export async function engineBefore(
  options: EngineOptions,
  before: { engine: Engine["kind"]; adapter: object | null } | undefined,
): Promise<EngineOptions> {
  if (!before || options.engine !== "auto") return options;
  const { engine } = before;
  if (engine === "cpu" || options.adapter !== undefined) return { ...options, engine };
  tell({ engine });
  const wanted = JSON.stringify(before.adapter);
  for (const adapter of [undefined, ...(await adapterNames())]) {
    const found = await findAdapter(adapter);
    if (found && JSON.stringify(describeAdapter(found)) === wanted)
      return { ...options, engine, ...(adapter !== undefined && { adapter }) };
  }
  const { description } = before.adapter as { description?: string };
  throw new SinkflowError(
    "device",
    `--engine: expected the adapter that the parts in the folder are from (${description}), got a machine without`,
  );
}
